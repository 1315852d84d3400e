import pytest

from models.choices import Activation
from models.presets import PRESETS
from pipeline.experiments.table2 import contenders

ROWS = {contender.name: contender for contender in contenders("implicit")}


def test_every_preset_and_baseline_is_a_row_once():
    names = [contender.name for contender in contenders("implicit")]
    assert len(names) == len(set(names))
    expected = {"untouched-first", "popularity", "item-knn", "ease", "ials", "cfnet-dropping", *PRESETS}
    assert set(names) == expected - {"autoncf-views"}  # a variant of autoncf


def test_structures_that_rank_are_no_rows_of_ratings():
    names = {contender.name for contender in contenders("explicit")}
    assert {"biases", "i-autorec", "cfnet"} <= names
    assert not {"popularity", "oncf", "autoncf"} & names


def test_the_published_cfnet_sees_every_interaction_through_rectified_units():
    product, concatenation = ROWS["cfnet"].variants[0].structure.branches
    assert product.user.activation is product.item.activation is Activation.RELU
    assert concatenation.user.activation is concatenation.item.activation is Activation.LINEAR
    towers = (product.user, product.item, concatenation.user, concatenation.item)
    assert [tower.interaction_dropout for tower in towers] == [0.0] * 4
    assert [product.user.hidden_sizes, product.item.hidden_sizes] == [(512,), (1024,)]
    assert ROWS["cfnet-dropping"].variants[0].structure == PRESETS["cfnet"]


def test_autoncf_has_one_view_or_two_at_two_drop_rates():
    variants = [
        (len(variant.structure.branches), variant.structure.branches[0].user.interaction_dropout)
        for variant in ROWS["autoncf"].variants
    ]
    assert sorted(variants) == [(1, 0.5), (1, 0.7), (2, 0.5), (2, 0.7)]
    assert {variant.hyperparameters["interaction_dropout"] for variant in ROWS["autoncf"].variants} == {
        0.5,
        0.7,
    }


@pytest.mark.parametrize("name", ["item-knn", "ease", "ials", "mf", "neumf"])
def test_rows_that_are_quick_are_tuned(name):
    row = ROWS[name]
    assert len(getattr(row, "grid", None) or row.variants) > 2
