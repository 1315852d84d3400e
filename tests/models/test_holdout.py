import numpy as np
import pytest

from models.holdout import Holdout
from models.presets import MF
from models.recommender import Recommender
from models.scale import ValueScale

HOLDOUT = Holdout(
    user_indices=np.array([0, 2]),
    lengths=np.array([3, 2]),
    item_indices=np.array([2, 3, 4, 1, 2]),  # item 4 is unknown
    labels=np.float32([1, 0, 0, 0, 1]),
)


@pytest.fixture
def model(interactions):
    """MF whose score is user + 1 times item's number; an unknown item has 0."""
    model = Recommender(MF, interactions, ValueScale(), biased=False)
    width = model.user_side.representations[0].embedding.table.shape[1]
    users, items = (side.representations[0].embedding.table for side in (model.user_side, model.item_side))
    users.assign(np.arange(1, 4, dtype=np.float32)[:, None] * np.eye(1, width))
    items.assign(np.arange(4, dtype=np.float32)[:, None] * np.eye(1, width))
    return model


def test_scores_stand_in_the_order_of_the_candidates(model):
    np.testing.assert_allclose(HOLDOUT.score(model), [2, 3, 0, 3, 6])


def test_ranking_metrics(model):
    # user 0: item 3 before the held-out 2, so rank 2; user 2: rank 1
    assert HOLDOUT.evaluate(model, "implicit", top_k=1) == {"hr_at_1": 0.5, "ndcg_at_1": 0.5}
    ndcg = (1 / np.log2(3) + 1) / 2
    assert HOLDOUT.evaluate(model, "implicit", top_k=2) == {"hr_at_2": 1.0, "ndcg_at_2": pytest.approx(ndcg)}


def test_rating_error(model):
    squares = [1, 9, 0, 9, 25]
    assert HOLDOUT.evaluate(model, "explicit", 10)["rmse"] == pytest.approx(np.sqrt(np.mean(squares)))


def test_held_out_interactions_without_negatives_or_unknown_items():
    learnt = HOLDOUT.interactions((3, 4), "implicit").matrix
    assert [tuple(cell) for cell in np.argwhere(learnt.toarray())] == [(0, 2), (2, 2)]
    assert HOLDOUT.interactions((3, 4), "explicit").matrix.nnz == 4
