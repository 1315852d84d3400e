import pytest

from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

ID, VECTOR = Tower("id"), Tower("interactions")
HALF, MORE = (Tower("interactions", interaction_dropout=rate) for rate in (0.5, 0.6))


def make(fusion, kind="non-linear", loss="mse", sides=(ID, ID), masking=False, **branch):
    """A structure of one branch, or of two if there are two fusions; `loss` is a kind or a Loss."""
    fusions = (fusion,) if isinstance(fusion, str) else fusion
    return Structure(
        tuple(Branch(*sides, each, **branch) for each in fusions),
        Prediction(kind, hidden_sizes=(8,) if kind in ("mlp", "cnn") else ()),
        Loss(loss) if isinstance(loss, str) else loss,
        masking,
    )


def dropped(*sides, masking=False):
    return make("concat", "mlp", Loss("mse", targets="dropped"), sides, masking)


NO_INTERACTION = 'Use prediction "mlp", hidden_sizes in the branch, or fusion "product"'
NO_MAP = 'Use prediction "cnn", or fusion "product"'
UNBOUNDED = 'Use prediction "non-linear" or "mlp", or loss "mse"'
NO_COSINE = 'single branch with fusion "normalized-product", temperature 1 and prediction "linear", or'
RATES = ('loss.targets = "dropped"', "one interaction_dropout", 'Set it alike, or use "all"')

REFUSED = [
    (lambda: make(()), ["branches is empty", "at least one branch"]),
    (lambda: make("concat", "linear"), ['fusion = "concat"', '"linear"', NO_INTERACTION]),
    (lambda: make("concat", "learnt-linear"), ['fusion = "concat"', '"learnt-linear"', NO_INTERACTION]),
    (lambda: make("concat"), ['fusion = "concat"', '"non-linear"', NO_INTERACTION]),
    (lambda: make(["concat", "concat"]), ['fusion = "concat"', '"non-linear"', NO_INTERACTION]),
    (lambda: make(["product", "concat"], "linear"), ['fusion = "concat"', '"linear"', NO_INTERACTION]),
    (lambda: make("outer-product", "linear"), ['"outer-product" makes a map', '"linear"', NO_MAP]),
    (lambda: make("outer-product", "learnt-linear"), ['"outer-product"', '"learnt-linear"', NO_MAP]),
    (lambda: make("outer-product"), ['"outer-product" makes a map', '"non-linear"', NO_MAP]),
    (lambda: make("outer-product", "mlp"), ['"outer-product" makes a map', '"mlp"', NO_MAP]),
    (lambda: make("product", "cnn"), ['"cnn" reads a map', 'fusion "outer-product", or prediction "mlp"']),
    (lambda: make(["outer-product", "product"], "cnn"), ['"cnn" reads a map', '"outer-product"']),
    (lambda: make(["outer-product"] * 2, "cnn"), ['"outer-product" stands alone', "Use one branch"]),
    (
        lambda: make("outer-product", "cnn", hidden_sizes=(8,)),
        ['"outer-product" stands alone', "hidden_sizes of the branch", "hidden_sizes of the prediction"],
    ),
    (lambda: make("product", "linear", "bce"), ['loss = "bce"', '"linear" is unbounded', UNBOUNDED]),
    (lambda: make("product", "learnt-linear", "bce"), ['loss = "bce"', '"learnt-linear"', UNBOUNDED]),
    (lambda: make("product", "linear", "normalized-bce"), ['loss = "normalized-bce"', '"linear"', NO_COSINE]),
    (
        lambda: make("normalized-product", "learnt-linear", "normalized-bce"),
        ['loss = "normalized-bce"', '"learnt-linear"', NO_COSINE],
    ),
    (lambda: make("normalized-product", "linear", "normalized-bce", temperature=9.0), [NO_COSINE]),
    (lambda: make("normalized-product", "linear", "normalized-bce", hidden_sizes=(8,)), [NO_COSINE]),
    (lambda: make(["normalized-product"] * 2, "linear", "normalized-bce"), [NO_COSINE]),
    (lambda: make("product", masking=True), ["masking = true", 'every input = "id"', '"interactions"']),
    (lambda: dropped(ID, ID), [*RATES, "nowhere"]),
    (lambda: dropped(VECTOR, ID), [*RATES, "it is [0.0]"]),
    (lambda: dropped(HALF, VECTOR), [*RATES, "it is [0.0, 0.5]"]),
    (lambda: dropped(HALF, MORE), [*RATES, "it is [0.5, 0.6]"]),
    (lambda: dropped(HALF, HALF, masking=True), ["masking = true", RATES[0], "Set masking to false"]),
]


@pytest.mark.parametrize(("build", "fragments"), REFUSED, ids=[fragments[0] for _, fragments in REFUSED])
def test_slots_that_do_not_fit_are_refused_naming_both_and_what_would(build, fragments):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - several fragments are looked for
        build()
    for fragment in fragments:
        assert fragment in str(refusal.value)


TAKEN = {
    "hidden layers join a concatenation": lambda: make("concat", "linear", hidden_sizes=(8,)),
    "one branch joins what the other leaves apart": lambda: make(["product", "concat"]),
    "a map and a CNN": lambda: make("outer-product", "cnn", "bpr"),
    "a cosine is up to 1": lambda: make("normalized-product", "linear", "normalized-bce"),
    "a sigmoid is up to 1": lambda: make("product", "mlp", "normalized-bce"),
    "a fusion of one's own": lambda: make(f"{__name__}.OwnFusion", "learnt-linear"),
    "one vector to mask": lambda: make("product", sides=(VECTOR, ID), masking=True),
    "one vector to drop from": lambda: dropped(ID, HALF),
}


@pytest.mark.parametrize("build", TAKEN.values(), ids=TAKEN)
def test_slots_that_fit_are_taken(build):
    assert build().branches
