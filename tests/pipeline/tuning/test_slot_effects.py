"""Effects against planted ones, and against the same fit computed otherwise."""

import itertools
import math
import random

import numpy as np
import pytest

from pipeline.tuning.slot_effects import slot_effects
from tests.pipeline.tuning.reports import make_report, make_trial, small_report

NOISE = 0.004


def by_choice(effects, field="effect"):
    return {
        (slot.name, choice.value): getattr(choice, field) for slot in effects.slots for choice in slot.choices
    }


def drawn(count, slots, seed=1):
    """Trials with one of the choices of every slot; the objective is 0.5, their effects and some noise."""
    generator = random.Random(seed)
    for number in range(1, count + 1):
        values = {slot: generator.choice(list(choices)) for slot, choices in slots.items()}
        noise = generator.gauss(0, NOISE)
        yield values, 0.5 + sum(slots[slot][value] for slot, value in values.items()) + noise, number


def test_balanced_table():
    # All combinations, four times each: 12 trials with each fusion and 8 with each width. Choices of other
    # slots cancel out, so the fit is the planted effect times n / (n + ridge), with the weakest ridge as
    # nothing is noise.
    planted = {"fusion": {"product": 0.03, "concat": -0.03}, "width": {32: -0.06, 64: 0.0, 128: 0.06}}
    combinations = list(itertools.product(planted["fusion"], planted["width"])) * 4
    trials = [
        make_trial(
            number,
            0.5 + planted["fusion"][fusion] + planted["width"][width],
            {"fusion": fusion, "width": width, "masking": True},
        )
        for number, (fusion, width) in enumerate(combinations, start=1)
    ]
    effects = slot_effects(make_report(*trials))
    found = by_choice(effects)
    assert found == pytest.approx(
        {
            ("width", 128): 0.06 * 8 / 8.03,
            ("width", 64): 0.0,
            ("width", 32): -0.06 * 8 / 8.03,
            ("fusion", "product"): 0.03 * 12 / 12.03,
            ("fusion", "concat"): -0.03 * 12 / 12.03,
        },
        abs=1e-12,
    )
    assert [slot.name for slot in effects.slots] == ["width", "fusion"]  # masking has one choice alone
    assert [choice.value for choice in effects.slots[0].choices] == [128, 64, 32]
    assert effects.slots[0].best.effect - effects.slots[0].worst.effect == pytest.approx(0.12 * 8 / 8.03)
    assert effects.predicted > 0.999


def test_planted_effects_are_found_where_slots_hang_on_others():
    slots = {
        "fusion": {"product": 0.02, "normalized-product": 0.05, "concat": -0.1},
        "temperature": {1.0: -0.03, 3.5: 0.0, 7.0: 0.02},
        "learning_rate": {0.001: -0.02, 0.005: 0.01},
        "masking": {True: 0.01, False: 0.0},
    }
    trials, plain = [], []
    for values, value, number in drawn(600, slots):
        if values["fusion"] != "normalized-product":
            value -= slots["temperature"][values.pop("temperature")]
        trials.append(make_trial(number, value, values))
        plain.append(values)
    found = slot_effects(make_report(*trials))
    # Centred: less the mean over the trials that have the slot.
    for slot, choices in slots.items():
        tried = [choices[values[slot]] for values in plain if slot in values]
        for choice, effect in choices.items():
            told = by_choice(found)[slot, choice]
            mean = sum(tried) / len(tried)
            if slot == "fusion":  # whose normalized product comes with the average temperature
                warm = [slots["temperature"][v["temperature"]] for v in plain if "temperature" in v]
                share = len(warm) / len(plain)
                own = sum(warm) / len(warm)
                effect, mean = effect + own * (choice == "normalized-product"), mean + share * own
            assert told == pytest.approx(effect - mean, abs=0.002), (slot, choice)
            assert by_choice(found, "error")[slot, choice] < 0.002
    assert found.predicted > 0.95


def test_same_fit_by_other_means():
    # A search of few trials and many choices, once more as least squares with one row per choice that says
    # "0", and the misses by leaving each trial out indeed.
    slots = {name: {value: 0.02 * value for value in range(5)} for name in "abc"}
    trials = [make_trial(number, value, values) for values, value, number in drawn(24, slots, seed=3)]
    found = slot_effects(make_report(*trials))

    columns = sorted({(slot, value) for trial in trials for slot, value in trial.values.items()})
    table = np.array([[trial.values[slot] == value for slot, value in columns] for trial in trials], float)
    table -= table.mean(axis=0)
    values = np.array([trial.value for trial in trials])

    def fit(rows, ridge):
        zeros = np.zeros((len(columns), 1))
        left = np.block([[np.ones((len(rows), 1)), table[rows]], [zeros, ridge**0.5 * np.eye(len(columns))]])
        return np.linalg.lstsq(left, np.concatenate([values[rows], np.zeros(len(columns))]), rcond=None)[0]

    def misses(ridge):
        for left_out in range(24):
            rows = [row for row in range(24) if row != left_out]
            start, *rest = fit(rows, ridge)
            yield values[left_out] - start - table[left_out] @ rest

    squares = {ridge: sum(miss**2 for miss in misses(ridge)) for ridge in (1.0, 0.3, 0.1, 0.03)}
    ridge = min(squares, key=squares.get)
    weights = fit(range(24), ridge)[1:]
    for slot in "abc":
        own = [index for index, column in enumerate(columns) if column[0] == slot]
        counts = [sum(trial.values[slot] == columns[index][1] for trial in trials) for index in own]
        mean = np.average(weights[own], weights=counts)
        for index, count in zip(own, counts, strict=True):
            assert by_choice(found)[columns[index]] == pytest.approx(weights[index] - mean, abs=1e-12)
            assert by_choice(found, "trials")[columns[index]] == count

    mean_misses = [values[i] - np.delete(values, i).mean() for i in range(24)]
    assert found.predicted == pytest.approx(1 - squares[ridge] / np.square(mean_misses).sum())


def planted_search(seed, size, noise):
    """A hundred trials of six slots, whose effects have the standard deviation `size`; with the effects."""
    generator = random.Random(seed)
    slots = {f"slot {n}": {value: generator.gauss(0, size) for value in range(2 + n % 3)} for n in range(6)}
    trials = []
    for number in range(1, 101):
        values = {slot: generator.choice(list(choices)) for slot, choices in slots.items()}
        value = 0.5 + sum(slots[slot][choice] for slot, choice in values.items())
        trials.append(make_trial(number, value + generator.gauss(0, noise), values))
    return slots, trials


@pytest.mark.parametrize(("size", "noise"), [(0.01, 0.01), (0.01, 0.0005)], ids=["noise", "little noise"])
def test_two_errors_hold_the_planted_effects(size, noise):
    covered = []
    for seed in range(30):
        slots, trials = planted_search(seed, size, noise)
        for slot in slot_effects(make_report(*trials)).slots:
            mean = np.mean([slots[slot.name][trial.values[slot.name]] for trial in trials])
            for choice in slot.choices:
                effect = slots[slot.name][choice.value] - mean
                covered.append(abs(choice.effect - effect) <= 2 * choice.error)
    assert 0.93 <= np.mean(covered) <= 0.98  # 0.954 of a normal distribution


def test_chance_stands_out_in_one_slot_of_twenty():
    slots = [
        slot
        for seed in range(60)
        for slot in slot_effects(make_report(*planted_search(seed, 0.0, 0.01)[1])).slots
    ]
    assert len(slots) == 360
    assert np.mean([slot.stands_out for slot in slots]) <= 0.07


def test_slots_that_stand_out_come_first():
    # A choice of `wide` has a single trial; those of `clear` have twenty each.
    generator = random.Random(2)
    trials = [
        make_trial(n, 0.5 + 0.02 * (n % 2) + generator.gauss(0, 0.01), {"clear": n % 2, "wide": n // 40})
        for n in range(1, 41)
    ]
    clear, wide = slot_effects(make_report(*trials)).slots
    assert (clear.name, clear.stands_out) == ("clear", True)
    assert (wide.name, wide.stands_out) == ("wide", False)
    # The best and the worst half differ by their means' difference, of which the error is noise * sqrt(2/20).
    difference = clear.best.effect - clear.worst.effect
    assert clear.clearness == pytest.approx(difference / (0.01 * math.sqrt(2 / 20)), rel=0.25)


def test_what_is_predicted_is_left_unsaid_with_few_trials():
    slots = {"fusion": {"product": 0.0, "concat": 0.1}}
    trials = [make_trial(number, value, values) for values, value, number in drawn(20, slots)]
    assert slot_effects(make_report(*trials)).predicted > 0.9
    assert slot_effects(make_report(*trials[:19])).predicted is None


def test_trials_without_time_are_no_failures():
    fusion = {"fusion": "product"}
    trials = [make_trial(1, 0.4, fusion), make_trial(2, 0.5, {"fusion": "concat"})]
    cut = [make_trial(3, None, fusion, status="out of time"), make_trial(4, None, fusion)]
    found = slot_effects(make_report(*trials, *cut))
    assert by_choice(found, "failed") == {("fusion", "product"): 1, ("fusion", "concat"): 0}


def test_standard_errors_are_those_of_repeated_searches():
    # Two choices, 50 trials each: the difference of two means has an error of noise * sqrt(2 / 50), and an
    # effect is half of it.
    effects, errors = [], []
    for seed in range(200):
        generator = random.Random(seed)
        trials = [
            make_trial(n, 0.5 + generator.gauss(0, NOISE), {"masking": n % 2 == 0}) for n in range(1, 101)
        ]
        found = slot_effects(make_report(*trials))
        effects.append(by_choice(found)["masking", True])
        errors.append(by_choice(found, "error")["masking", True])
    expected = NOISE * math.sqrt(2 / 50) / 2
    assert np.mean(errors) == pytest.approx(expected, rel=0.03)
    assert np.std(effects) == pytest.approx(expected, rel=0.15)


def test_counts_and_the_best_value():
    fusion = next(slot for slot in slot_effects(small_report()).slots if slot.name == "fusion")
    # <outer> has no trial with a value.
    assert {c.value: (c.trials, c.cut_short, c.failed, c.best) for c in fusion.choices} == {
        "concat": (2, 0, 0, 0.6),
        "product": (2, 1, 0, 0.4),
    }
    assert (fusion.best.value, fusion.worst.value) == ("concat", "product")
    dropout = next(slot for slot in slot_effects(small_report()).slots if slot.name == "dropout")
    assert {choice.value: choice.failed for choice in dropout.choices} == {0.0: 0, 0.2: 1, 0.5: 0}


def test_less_is_better_and_nothing_is_beyond_measure():
    trials = [make_trial(n, 0.9 if n % 2 else 1.1, {"masking": n % 2 == 1}) for n in range(1, 11)]
    errors = {"objective": "rmse", "higher_is_better": False}
    found = slot_effects(make_report(*trials, **errors))
    assert by_choice(found)["masking", True] == pytest.approx(0.1 * 5 / 5.03)  # 5 trials each, no noise
    assert found.capped == 0
    # The median of eleven is 1.1, so a thousand counts as 2.2.
    wild, tame = (
        slot_effects(make_report(*trials, make_trial(11, value, {"masking": False}), **errors))
        for value in (1000.0, 2.2)
    )
    assert by_choice(wild) == by_choice(tame)
    assert (wild.capped, tame.capped) == (1, 0)


def test_choices_that_always_came_together_share_their_effect():
    trials = [
        make_trial(n, 0.6 if n % 2 else 0.4, {"a": n % 2, "b": "x" if n % 2 else "y"}) for n in range(1, 21)
    ]
    found = by_choice(slot_effects(make_report(*trials)))
    assert found["a", 1] == pytest.approx(found["b", "x"])
    assert found["a", 1] + found["b", "x"] == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize(
    "trials",
    [
        [],
        [make_trial(1, None, {"fusion": "product"}), make_trial(2, None, {"fusion": "concat"})],
        [make_trial(1, 0.5, {"fusion": "product"})],
        [make_trial(1, 0.5, {"fusion": "product"}), make_trial(2, 0.6, {"fusion": "product"})],
        [make_trial(1, 0.5, {"fusion": "product"}), make_trial(2, None, {"fusion": "concat"})],
    ],
    ids=["empty", "failed", "one", "one choice", "one that did not fail"],
)
def test_nothing_to_compare(trials):
    effects = slot_effects(make_report(*trials))
    assert (effects.slots, effects.predicted, effects.capped) == ((), None, 0)


def test_ties_have_no_effect():
    slots = {"fusion": ("product", "concat"), "masking": (True, False)}
    trials = [
        make_trial(n, 0.5, dict(zip(slots, values, strict=True)))
        for n, values in enumerate(itertools.product(*slots.values()), start=1)
    ]
    effects = slot_effects(make_report(*trials))
    assert set(by_choice(effects).values()) == {0.0}
    assert effects.predicted is None
    # In the order of the first trial, and of the choices' names.
    assert [(s.name, [c.value for c in s.choices]) for s in effects.slots] == [
        ("fusion", ["concat", "product"]),
        ("masking", [False, True]),
    ]
