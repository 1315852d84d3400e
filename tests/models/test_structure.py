import pytest

from models.choices import Fusion, Input
from models.presets import PRESETS
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

ID = Tower(Input.ID)


def test_presets_survive_their_plain_values():
    for preset in PRESETS.values():
        assert Structure.from_dict(preset.to_dict()) == preset


def test_presets_take_what_table_one_says_as_corrected_by_section_five():
    inputs = {name: (p.user_towers[0].input, p.item_towers[0].input) for name, p in PRESETS.items()}
    assert inputs == {
        "mf": (Input.ID, Input.ID),
        "cfnet-rl": (Input.INTERACTIONS, Input.INTERACTIONS),
        "u-autorec": (Input.INTERACTIONS, Input.ID),
        "i-autorec": (Input.ID, Input.INTERACTIONS),
    }


def test_only_user_sides_without_ids_fold_in():
    assert {name for name, preset in PRESETS.items() if preset.folds_in} == {"cfnet-rl", "u-autorec"}


def test_both_inputs_are_twice_as_wide():
    assert Tower(Input.BOTH, embedding_size=8).width == 16


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Tower(Input.ID, hidden_sizes=(8,)), "needs an interaction vector"),
        (lambda: Tower(Input.INTERACTIONS, hidden_sizes=(0,)), "should be positive"),
        (lambda: Tower(Input.ID, dropout=1.0), "less than 1"),
        (lambda: Branch(ID, Tower(Input.ID, embedding_size=32), Fusion.PRODUCT), "64 units.*32"),
        (lambda: Prediction("mlp"), "at least one hidden layer"),
        (lambda: Prediction("linear", hidden_sizes=(4,)), "does not fit"),
        (lambda: Structure((), Prediction("linear"), Loss("mse")), "at least one branch"),
        (
            lambda: Structure((Branch(ID, ID, Fusion.CONCAT),), Prediction("linear"), Loss("mse")),
            'Use prediction "mlp"',
        ),
        (
            lambda: Structure((Branch(ID, ID, Fusion.CONCAT),), Prediction("non-linear"), Loss("bce")),
            'Use prediction "mlp"',
        ),
        (
            lambda: Structure((Branch(ID, ID, Fusion.PRODUCT),), Prediction("linear"), Loss("bce")),
            "between 0 and 1",
        ),
    ],
)
def test_slots_that_do_not_fit_are_refused_with_what_would(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_concatenation_takes_unequal_widths():
    assert Branch(ID, Tower(Input.ID, embedding_size=32), Fusion.CONCAT).fusion is Fusion.CONCAT
