import numpy as np
import pytest
from scipy import sparse

from models.errors import UserError
from models.holdout import Holdout
from models.interactions import Interactions
from pipeline.experiments.cut import cut, split_ratings
from pipeline.experiments.data import RankingData, RatingData

NOBODY = Holdout(np.empty(0, int), np.empty(0, int), np.empty(0, int), np.empty(0, np.float32))


@pytest.fixture
def ranking():
    """User 0 touched items 3, 5 and last 4; user 1 touched 7 alone; user 2 nothing."""
    cells = ([1.0, 1.0, 1.0, 1.0], ([0, 0, 0, 1], [3, 5, 4, 7]))
    train = Interactions(sparse.csr_matrix(cells, shape=(3, 200), dtype=np.float32))
    return RankingData("tiny", train, np.array([4, 7, -1]), NOBODY)


def test_the_last_row_of_users_who_have_another_is_held_out(ranking):
    train, validation = cut(ranking).train, cut(ranking).validation
    assert sorted(zip(*train.matrix.nonzero(), strict=True)) == [(0, 3), (0, 5), (1, 7)]
    assert train.matrix.shape == (3, 200)
    assert validation.user_indices.tolist() == [0]
    assert validation.item_indices[0] == 4
    assert validation.labels.tolist() == [1.0] + [0.0] * (validation.lengths[0] - 1)


def test_random_items_are_different_and_may_be_known_to_the_user(ranking):
    known = 0
    for seed in range(40):
        validation = cut(ranking, seed).validation
        negatives = validation.item_indices[1:]
        assert len(set(negatives)) == len(negatives) in (98, 99)
        assert 4 not in negatives
        known += bool({3, 5} & set(negatives))
    assert known > 20  # either is drawn with a chance of three quarters


def test_the_same_seed_cuts_the_same_way(ranking):
    first, second = cut(ranking, 3), cut(ranking, 3)
    assert first.validation.item_indices.tolist() == second.validation.item_indices.tolist()
    assert first.validation.item_indices.tolist() != cut(ranking, 4).validation.item_indices.tolist()


def test_ratings_are_parted():
    random = np.random.default_rng(0)
    matrix = sparse.random(30, 20, 0.5, "csr", dtype=np.float32, random_state=random)
    ratings = Interactions(matrix)
    train, held_out = split_ratings(ratings, 0.2, 1)
    assert len(held_out.labels) == round(0.2 * matrix.nnz) == matrix.nnz - train.matrix.nnz
    users = np.repeat(held_out.user_indices, held_out.lengths)
    back = train.matrix + sparse.csr_matrix((held_out.labels, (users, held_out.item_indices)), matrix.shape)
    assert abs(back - matrix).max() == 0


def test_the_cut_of_ratings_is_a_tenth():
    matrix = sparse.random(30, 20, 0.5, "csr", dtype=np.float32, random_state=np.random.default_rng(0))
    part = cut(RatingData("ratings", Interactions(matrix), NOBODY))
    assert len(part.validation.labels) == round(matrix.nnz / 10)


def test_without_two_rows_of_anybody_nothing_can_be_chosen(ranking):
    matrix = ranking.train.matrix[1:]
    lonely = RankingData("lonely", Interactions(matrix), np.array([7, -1]), NOBODY)
    with pytest.raises(UserError, match="lonely: no user has two train rows"):
        cut(lonely)
