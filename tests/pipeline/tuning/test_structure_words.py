"""Structures in a few words, which tell them apart."""

import copy

import pytest

from models.presets import PRESETS
from pipeline.tuning.structure_words import structure_in_words


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ("mf", "id·id 64 product → linear, mse"),
        (
            "u-autorec",
            "interactions·id 256 product (sigmoid, interaction dropout 0.3, dropout 0.5) → non-linear, mse",
        ),
        ("neumf", "id·id 64 product + id·id 64 concat [64-32-16] → non-linear, bce"),
        (
            "autoncf-views",
            "interactions·interactions 128 normalized-product (normalization degree, linear, "
            "interaction dropout 0.7, temperature 3.5) + the same (normalization l2) → linear, "
            "softmax (targets dropped)",
        ),
        (
            "dmf",
            "interactions [512]·interactions [1024] 64 normalized-product → linear, "
            "normalized-bce (negatives 7)",
        ),
        ("oncf", "id·id 64 outer-product → cnn [32-32-32-32-32-32], bpr (negatives 1)"),
    ],
)
def test_presets(preset, words):
    assert structure_in_words(PRESETS[preset].to_dict()) == words


def test_presets_have_words_of_their_own():
    assert len({structure_in_words(structure.to_dict()) for structure in PRESETS.values()}) == len(PRESETS)


def leaves(values, path=()):
    if isinstance(values, dict):
        for name, value in values.items():
            yield from leaves(value, (*path, name))
    elif isinstance(values, list) and values and isinstance(values[0], dict):
        for position, value in enumerate(values):
            yield from leaves(value, (*path, position))
    else:
        yield path, values


def other_than(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, 8]
    if value is None:
        return 4000
    return f"other-{value}" if isinstance(value, str) else value + 0.25


def test_any_two_structures_are_told_apart():
    # CFNet has towers with vectors in two branches, one with layers behind it; each of its slots is changed.
    before = PRESETS["cfnet"].to_dict()
    before["prediction"] |= {"kind": "mlp", "hidden_sizes": [64]}
    told = {structure_in_words(before)}
    changed = [path for path, _ in leaves(before) if path != ("branches", 0, "activation")]  # without layers
    for path in changed:
        after = copy.deepcopy(before)
        *way, last = path
        place = after
        for step in way:
            place = place[step]
        place[last] = other_than(place[last])
        told.add(structure_in_words(after))
    assert len(changed) == 4 * 7 + 2 * 4 - 1 + 3 + 5 + 1
    assert len(told) == 1 + len(changed)


def test_a_branch_that_is_the_same_but_for_what_the_first_had():
    twice = PRESETS["autoncf-views"].to_dict()
    for side in ("user", "item"):
        twice["branches"][1][side]["normalization"] = "none"
    assert "+ the same (normalization none) →" in structure_in_words(twice)
    twice["branches"][1] = twice["branches"][0]
    assert "+ the same →" in structure_in_words(twice)


def test_sides_that_differ():
    unlike = PRESETS["autoncf"].to_dict()
    unlike["branches"][0]["item"] |= {"normalization": "l2", "embedding_size": 32}
    assert structure_in_words(unlike).startswith(
        "interactions·interactions 128·32 normalized-product (normalization degree·l2, linear, "
    )
