"""What a model keeps for the next one, and what the next one begins with."""

import dataclasses

import numpy as np
import pytest
from scipy import sparse

from models.carry_over import CarryOver
from models.interactions import Interactions
from models.preparation import make_recommender
from models.presets import PRESETS
from models.recommender import Recommender
from models.structure import Structure
from models.warm_start import WARM_START_FOLDER, ColdStart, WarmStart
from models.weights import weight_names
from tests.models.conftest import assert_alike, score_matrix, shake, small

# In another order, with some new ones and some gone; "\x00" and "b " are ids like others.
OLD = {"users": [b"ann", b"bob", b"\x00", b"eve"], "items": [b"a", b"b ", b"c", b"d", b"e"]}
NEW = {"users": [b"eve", b"new", b"ann", b"\x00"], "items": [b"y", b"e", b"z", b"b ", b"a", b"d"]}
CASES = [(preset, "implicit") for preset in PRESETS]
CASES += [(preset, "explicit") for preset, structure in PRESETS.items() if not structure.loss.ranks]
KNOWN_TO_BOTH = [("ann", "a", 5), ("ann", "e", 1), ("\x00", "d", 4), ("eve", "b ", 2), ("eve", "a", 3)]


def interactions(ids):
    """Those above, behind the indices of `ids`."""
    rows = [ids["users"].index(user.encode()) for user, _, _ in KNOWN_TO_BOTH]
    columns = [ids["items"].index(item.encode()) for _, item, _ in KNOWN_TO_BOTH]
    values = np.float32([value for *_, value in KNOWN_TO_BOTH])
    shape = len(ids["users"]), len(ids["items"])
    return Interactions(sparse.csr_matrix((values, (rows, columns)), shape=shape))


def model_of(structure: Structure, ids, feedback, seed) -> Recommender:
    return make_recommender(structure, interactions(ids), feedback == "explicit", seed)


def kept_by(model: Recommender, feedback) -> WarmStart:
    weights = [variable.numpy() for variable in model.trainable_variables]
    named = dict(zip(weight_names(model), weights, strict=True))
    return WarmStart(model.structure.to_dict(), feedback, named, OLD)


def both(first, second):
    """Where each id that both know stands in either."""
    common = sorted(set(first) & set(second))
    return [first.index(value) for value in common], [second.index(value) for value in common]


@pytest.mark.parametrize(("preset", "feedback"), CASES)
def test_weights_move_with_their_ids(preset, feedback, tmp_path):
    structure = small(PRESETS[preset])
    champion = shake(model_of(structure, OLD, feedback, seed=1))
    kept_by(champion, feedback).save(str(tmp_path))
    carry_over = CarryOver(WarmStart.load(str(tmp_path)), structure, feedback, NEW)
    assert carry_over.carried_over == {"users": 3, "items": 4}

    model, untouched = (model_of(structure, NEW, feedback, seed=2) for _ in range(2))
    carry_over(model)
    assert weight_names(model) == weight_names(champion)
    for name, was, initial, now in zip(
        weight_names(model),
        *(
            [variable.numpy() for variable in each.trainable_variables]
            for each in (champion, untouched, model)
        ),
        strict=True,
    ):
        side, last = name.split("/")[0], name.split("/")[-1]
        if last == "table" or name.endswith("/encoder/kernel"):
            of_users = (side == "user_side") == (last == "table")
            ids = "users" if of_users else "items"
            old, new = both(OLD[ids], NEW[ids])
            np.testing.assert_array_equal(now[new], was[old], err_msg=name)
            rest = np.setdiff1d(np.arange(len(NEW[ids])), new)
            np.testing.assert_array_equal(now[rest], initial[rest], err_msg=name)
        else:
            np.testing.assert_array_equal(now, was, err_msg=name)

    # Whatever the weights are called: pairs that both know have the same interactions, and so the same score.
    (old_users, new_users), (old_items, new_items) = (both(OLD[ids], NEW[ids]) for ids in ("users", "items"))
    assert_alike(
        score_matrix(model)[np.ix_(new_users, new_items)],
        score_matrix(champion)[np.ix_(old_users, old_items)],
    )


def test_another_structure_or_feedback_is_told(tmp_path):
    structure = small(PRESETS["gmf"])
    champion = kept_by(model_of(structure, OLD, "implicit", seed=1), "implicit")
    for other, feedback in ((small(PRESETS["mlp"]), "implicit"), (structure, "explicit")):
        with pytest.raises(ColdStart, match="another structure or feedback"):
            CarryOver(champion, other, feedback, NEW)


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: {name: value[:, :3] if value.ndim > 1 else value for name, value in weights.items()},
        lambda weights: {name: value[:3] for name, value in weights.items()},
        lambda weights: {f"{name}s": value for name, value in weights.items()},
        lambda weights: dict(list(weights.items())[1:]),
    ],
)
def test_weights_of_another_version_of_the_code_are_told(change):
    structure = small(PRESETS["neumf"])
    champion = kept_by(model_of(structure, OLD, "implicit", seed=1), "implicit")
    with pytest.raises(ColdStart, match="another version of the code"):
        CarryOver(dataclasses.replace(champion, weights=change(champion.weights)), structure, "implicit", NEW)


def test_a_model_that_kept_nothing_is_told(tmp_path):
    with pytest.raises(ColdStart, match=r"trained without train\.warm_start"):
        WarmStart.load(str(tmp_path))


@pytest.mark.parametrize("name", ["manifest.json", "users", "weights/user_side.bias.table.npy"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_what_cannot_be_read_is_told(name, damage, tmp_path):
    structure = small(PRESETS["mf"])
    kept_by(model_of(structure, OLD, "explicit", seed=1), "explicit").save(str(tmp_path))
    file = tmp_path / WARM_START_FOLDER / name
    contents = file.read_bytes()
    file.unlink()
    if damage == "cut" and name != "manifest.json":
        file.write_bytes(contents[: len(contents) // 2])
    elif damage == "cut":
        file.write_bytes(contents[:-1])
    with pytest.raises(ColdStart, match=r"without train\.warm_start|cannot be read|version of the code"):
        CarryOver(WarmStart.load(str(tmp_path)), structure, "explicit", NEW)
