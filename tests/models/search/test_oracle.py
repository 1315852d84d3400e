"""Which structures are tried, and which trials go on."""

from pathlib import Path

import keras_tuner
import pytest

from models.presets import PRESETS
from models.search.oracle import StructureOracle
from models.search.space import SearchSpace
from models.settings import TrainSettings

NDCG = keras_tuner.Objective("ndcg_at_10", "max")


def make_oracle(
    folder: Path, *, trials: int = 100, seed: int = 1, objective: keras_tuner.Objective = NDCG, **restrictions
) -> StructureOracle:
    space = SearchSpace("implicit", PRESETS["gmf"], TrainSettings(), 1000, restrictions)
    oracle = StructureOracle(space, objective, max_trials=trials, max_epochs=50, seed=seed)
    oracle.verbose = 0
    oracle._set_project_dir(folder, "search")
    return oracle


def end(oracle: StructureOracle, trial, curve: list[float]) -> int:
    """Reports a curve until the oracle stops the trial; the epochs that it had."""
    for epoch, value in enumerate(curve, start=1):
        if (
            oracle.update_trial(trial.trial_id, {oracle.objective.name: value}, step=epoch).status
            == "STOPPED"
        ):
            break
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    return epoch


def next_trial(oracle: StructureOracle, curve: list[float]) -> tuple[str, dict, int]:
    trial = oracle.create_trial("worker")
    return oracle.origins[trial.trial_id], dict(trial.hyperparameters.values), end(oracle, trial, curve)


def test_the_config_and_all_presets_come_first(tmp_path):
    oracle = make_oracle(tmp_path)
    origins = [next_trial(oracle, [0.1])[0] for _ in PRESETS]
    assert origins[:4] == ["config", "autoncf-views", "autoncf", "mf"]
    assert {*origins, "gmf"} == {"config", *PRESETS}  # gmf is the config's
    assert next_trial(oracle, [0.1])[0] not in PRESETS


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_tries_the_same(tmp_path, seed):
    drawn = [
        [next_trial(oracle, [0.1]) for _ in range(25)]
        for oracle in (make_oracle(tmp_path / "one", seed=seed), make_oracle(tmp_path / "two", seed=seed))
    ]
    assert drawn[0] == drawn[1]


def test_nothing_is_tried_twice(tmp_path):
    oracle = make_oracle(tmp_path)
    drawn = [tuple(sorted(next_trial(oracle, [0.1])[1].items())) for _ in range(80)]
    assert len(set(drawn)) == 80


def test_a_space_can_be_exhausted(tmp_path):
    """Two learning rates, each with and without weight decay."""
    fixed = {
        slot: [value]
        for slot, value in make_oracle(tmp_path / "all").create_trial("worker").hyperparameters.values.items()
    }
    oracle = make_oracle(
        tmp_path / "few", **{**fixed, "learning_rate": [1e-3, 1e-2], "weight_decay": [0.0, 1e-3]}
    )
    drawn = [next_trial(oracle, [0.1]) for _ in range(4)]
    assert {(values["learning_rate"], values["weight_decay"]) for _, values, _ in drawn} == {
        (1e-3, 0.0),
        (1e-3, 1e-3),
        (1e-2, 0.0),
        (1e-2, 1e-3),
    }
    assert oracle.create_trial("worker").status == "STOPPED"


def test_good_trials_have_children(tmp_path):
    """Every trial is better than the one before, and what follows comes from the last five presets."""
    oracle = make_oracle(tmp_path)
    values = {}
    for number in range(1, len(PRESETS) + 1):
        _, values[number], _ = next_trial(oracle, [0.1 + 0.01 * number])
    origins = []
    for number in range(len(PRESETS) + 1, 76):
        origin, values[number], _ = next_trial(oracle, [0.0])
        origins.append(origin)
        if origin != "random":
            parent = int(origin.removeprefix("from "))
            assert len(PRESETS) - 5 < parent <= len(PRESETS)
            assert values[number] != values[parent]
    assert 0.05 < origins.count("random") / len(origins) < 0.3


def test_numbers_change_by_one_step(tmp_path):
    """The learning rates of children, each once beside that of its parent."""
    rates = [3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 3e-2]
    oracle = make_oracle(tmp_path, learning_rate=rates)
    values = {}
    for number in range(1, 81):
        origin, values[number], _ = next_trial(oracle, [1 / number])
        if origin.startswith("from"):
            parent = values[int(origin.removeprefix("from "))]["learning_rate"]
            assert abs(rates.index(values[number]["learning_rate"]) - rates.index(parent)) <= 1
    assert len({drawn["learning_rate"] for drawn in values.values()}) > 2


def test_children_of_one_slot_keep_the_others(tmp_path):
    oracle = make_oracle(
        tmp_path, learning_rate=[1e-3, 2e-3, 5e-3, 1e-2], user_input=["id"], item_input=["id"]
    )
    while (drawn := next_trial(oracle, [0.5]))[0] in ("config", *PRESETS):
        parents = len(oracle.trials)
    one_slot = 0
    for _ in range(40):
        origin, values, _ = next_trial(oracle, [0.0])
        if origin.startswith("from"):
            parent = oracle.trials[oracle.start_order[int(origin.split()[1]) - 1]].hyperparameters.values
            one_slot += sum(values[slot] != parent[slot] for slot in values.keys() & parent.keys()) == 1
    assert parents > 1
    assert drawn[0] not in PRESETS
    assert one_slot >= 8


@pytest.mark.parametrize(("origin", "rung"), [("preset", 16), ("child", 8)])
def test_what_is_hopeless_is_stopped_at_its_first_rung(tmp_path, origin, rung):
    oracle = make_oracle(tmp_path)
    for _ in range(3 if origin == "preset" else len(PRESETS)):
        assert next_trial(oracle, [0.5] * 20)[2] == 20
    assert next_trial(oracle, [0.1] * 20)[2] == rung


def test_what_has_finished_before_a_rung_is_compared_there(tmp_path):
    """Three that ended at .5 in epoch 4 are ahead of the fourth at .4; with none of them it would go on."""
    oracle = make_oracle(tmp_path)
    for _ in range(3):
        assert next_trial(oracle, [0.5] * 4)[2] == 4
    assert next_trial(oracle, [0.4] * 20)[2] == 16


def test_what_was_halved_is_no_rival_at_a_later_rung(tmp_path):
    """The last one is third of seven at epoch 16, and second of two at epoch 32."""
    oracle = make_oracle(tmp_path)
    curves = [[0.9] * 40, [0.8] * 40, [0.7] * 40, [0.1] * 40, [0.1] * 40, [0.1] * 40, [0.7] * 40]
    assert [next_trial(oracle, curve)[2] for curve in curves] == [40, 16, 16, 16, 16, 16, 32]


def test_lower_is_better_of_an_error(tmp_path):
    oracle = make_oracle(tmp_path, objective=keras_tuner.Objective("rmse", "min"))
    for _ in range(3):
        next_trial(oracle, [0.9] * 20)
    assert next_trial(oracle, [1.2] * 20)[2] == 16
    assert next_trial(oracle, [0.8] * 20)[2] == 20
    assert oracle.get_best_trials(1)[0].score == pytest.approx(0.8)


def test_an_interrupted_search_goes_on(tmp_path):
    """What ended is remembered, what ran begins anew, and what follows is as without a break."""
    before, unbroken = make_oracle(tmp_path / "broken"), make_oracle(tmp_path / "unbroken")
    for oracle in (before, unbroken):
        for _ in range(20):
            next_trial(oracle, [0.3, 0.4])
    interrupted = before.create_trial("worker")
    before.update_trial(interrupted.trial_id, {"ndcg_at_10": 0.9}, step=1)
    before.save()

    after = make_oracle(tmp_path / "broken")
    after.reload()
    again = after.create_trial("worker")
    assert again.trial_id == interrupted.trial_id
    assert again.hyperparameters.values == interrupted.hyperparameters.values
    assert after.curve(again.trial_id) == []
    assert after.origins == before.origins
    end(after, again, [0.2])
    next_trial(unbroken, [0.2])
    assert next_trial(after, [0.1]) == next_trial(unbroken, [0.1])


def taken_up(folder: Path) -> StructureOracle:
    """The oracle of another process, from what the files say."""
    after = make_oracle(folder)
    after.reload()
    return after


def queue(oracle: StructureOracle) -> list[str]:
    """The trials that are run again, in their order, and each once."""
    again = []
    while oracle._retry_queue:
        trial = oracle.create_trial(f"worker{len(again)}")
        assert (trial.status, trial.score, trial.message) == ("RUNNING", None, None)
        assert oracle.curve(trial.trial_id) == []
        again.append(trial.trial_id)
    return again


def test_what_had_not_ended_runs_again_in_its_order(tmp_path):
    oracle = make_oracle(tmp_path)
    one, two, three = (oracle.create_trial(f"worker{place}") for place in range(3))
    end(oracle, two, [0.3])
    oracle.save()
    assert queue(taken_up(tmp_path)) == [one.trial_id, three.trial_id]
    # What was taken from the queue was interrupted once more.
    assert queue(taken_up(tmp_path)) == [one.trial_id, three.trial_id]


def test_killed_between_the_files_of_an_ended_trial(tmp_path, monkeypatch):
    """`trial.json` says that it was completed, but `oracle.json` not that it has ended."""
    oracle = make_oracle(tmp_path)
    trial = oracle.create_trial("worker")
    monkeypatch.setattr(oracle, "save", lambda: None)
    end(oracle, trial, [0.3])
    after = taken_up(tmp_path)
    assert after.get_best_trials(1)[0].status == "RUNNING"
    assert queue(after) == [trial.trial_id]
    # and so does its file, whatever becomes of it
    assert taken_up(tmp_path).trials[trial.trial_id].score is None


def test_killed_before_an_ended_trial_is_known_not_to_run(tmp_path):
    """In `oracle.json` it is among those that have ended and those that run."""
    oracle = make_oracle(tmp_path)
    trial = oracle.create_trial("worker")
    end(oracle, trial, [0.3])
    oracle.ongoing_trials["worker"] = trial
    oracle.save()
    after = taken_up(tmp_path)
    assert queue(after) == []
    assert after.get_best_trials(1)[0].score == pytest.approx(0.3)


def test_starts_are_remembered(tmp_path):
    oracle = make_oracle(tmp_path)
    trial = oracle.create_trial("worker")
    oracle.count_start(trial.trial_id)
    after = taken_up(tmp_path)
    assert after.starts == {trial.trial_id: 1}
    after.count_start(trial.trial_id)
    after.count_start(trial.trial_id, -1)
    assert taken_up(tmp_path).starts == {trial.trial_id: 1}
