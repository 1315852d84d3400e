import pytest

from models.choices import Fusion
from models.slots import Branch, Loss, Prediction, Tower

ID = Tower("id")

REFUSED = [
    (lambda: Tower("id", hidden_sizes=(8,)), ["hidden_sizes = [8]", 'input = "id"', '"both", or leave']),
    (
        lambda: Tower("id", normalization="l2"),
        ['normalization = "l2"', 'input = "id"', '"interactions" or "both", or leave them'],
    ),
    (lambda: Tower("id", interaction_dropout=0.5), ["interaction_dropout = 0.5", 'input = "id"']),
    (lambda: Tower("interactions", hidden_sizes=(8, 0)), ["hidden_sizes should be positive", "[8, 0]"]),
    (lambda: Tower("id", embedding_size=0), ["embedding_size", "greater than or equal to 1"]),
    (lambda: Tower("id", dropout=1.0), ["dropout", "less than 1"]),
    (lambda: Tower("interactions", interaction_dropout=-0.1), ["interaction_dropout", "greater than or"]),
    (lambda: Tower("name"), ["'id', 'interactions' or 'both'"]),
    (lambda: Tower("id", width=8), ["width", "Unexpected keyword argument"]),
    (
        lambda: Branch(ID, Tower("id", embedding_size=32), "product"),
        ['fusion = "product" needs equal widths', "64 units", "32", 'alike, or use fusion "concat"'],
    ),
    (lambda: Branch(Tower("both"), ID, "normalized-product"), ["normalized-product", "128 units", "64"]),
    (
        lambda: Branch(ID, ID, "product", temperature=2.0),
        ["temperature = 2.0", 'fusion "normalized-product"'],
    ),
    (lambda: Branch(ID, ID, "normalized-product", temperature=0.0), ["temperature", "greater than 0"]),
    (lambda: Branch(ID, ID, "product", hidden_sizes=(0,)), ["hidden_sizes should be positive", "[0]"]),
    (lambda: Branch(ID, ID, "sum"), ["'sum' should be", '"outer-product", or the dotted name']),
    (lambda: Branch(ID, ID, "absent.module.Sum"), ["'absent.module'", "not on the Python path"]),
    (
        lambda: Branch(ID, ID, "models.fusion.Concat.call"),
        ["'models.fusion.Concat'", "not on the Python path"],
    ),
    (lambda: Prediction("mlp"), ['kind = "mlp"', "hidden_sizes = []", "at least one hidden layer"]),
    (lambda: Prediction("cnn"), ['kind = "cnn"', "hidden_sizes = []", "at least one hidden layer"]),
    (lambda: Prediction("linear", hidden_sizes=(4,)), ['"linear" does not fit hidden_sizes = [4]', "none"]),
    (lambda: Prediction("mlp", hidden_sizes=(-1,)), ["hidden_sizes should be positive", "[-1]"]),
    (lambda: Loss("mse", sampled_items=9), ["sampled_items = 9", '"mse"', "Use negatives_per_positive"]),
    (lambda: Loss("softmax", sampled_items=0), ["sampled_items", "greater than or equal to 1"]),
    (lambda: Loss("mse", negatives_per_positive=0), ["negatives_per_positive", "greater than or equal to 1"]),
    (
        lambda: Loss("softmax", negative_sampling="popularity"),
        ['negative_sampling = "popularity"', "softmax over all items", 'sampled_items, or use "uniform"'],
    ),
]


@pytest.mark.parametrize(("build", "fragments"), REFUSED, ids=[fragments[0] for _, fragments in REFUSED])
def test_what_does_not_fit_is_refused_with_what_would(build, fragments):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - several fragments are looked for
        build()
    for fragment in fragments:
        assert fragment in str(refusal.value)


@pytest.mark.parametrize("fusion", ["concat", "outer-product", "tests.models.test_slots.OwnFusion"])
def test_fusions_that_are_no_products_take_unequal_widths(fusion):
    assert Branch(ID, Tower("id", embedding_size=32), fusion).fusion == fusion


def test_both_inputs_are_twice_as_wide():
    assert Tower("both", embedding_size=8).width == 16


def test_a_fusion_may_be_given_by_name_or_choice():
    assert Branch(ID, ID, "concat") == Branch(ID, ID, Fusion.CONCAT)


def test_popularity_may_sample_the_items_of_a_softmax():
    assert Loss("softmax", sampled_items=9, negative_sampling="popularity").sampled_items == 9


def test_only_losses_that_compare_rank():
    ranking = {kind: Loss(kind).ranks for kind in ("mse", "bce", "normalized-bce", "bpr", "softmax")}
    assert ranking == {"mse": False, "bce": False, "normalized-bce": False, "bpr": True, "softmax": True}
