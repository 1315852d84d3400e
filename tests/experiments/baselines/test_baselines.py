import json
import sys
import warnings

import numpy as np
import pytest
from scipy import sparse

from models.errors import UserError
from models.interactions import Interactions
from pipeline.experiments.baselines import BASELINES, RATING_BASELINES
from pipeline.experiments.baselines.ease import EASE
from pipeline.experiments.baselines.implicit_als import ImplicitALS
from pipeline.experiments.baselines.item_knn import ItemKNN
from pipeline.experiments.baselines.popularity import Popularity, UntouchedFirst
from pipeline.experiments.baselines.rating_biases import BiasBaseline

ALL = {**BASELINES, **RATING_BASELINES}


def interactions(known):
    return Interactions(sparse.csr_matrix(np.float32(known)))


# Two tastes, items 0 to 2 and 3 to 5; user 4 has nothing, nobody has item 6.
TASTES = interactions(
    [
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 0],
        [0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
)
RANDOM = interactions(np.random.default_rng(4).random((40, 25)) < 0.2)


@pytest.mark.parametrize("name", ALL)
def test_scores_of_any_batch(name):
    scorer = ALL[name](TASTES, 1)
    scores = scorer.score(np.arange(5))
    assert scores.shape == (5, 7)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scorer.score(np.array([3, 0])), scores[[3, 0]], rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_the_seed_decides_and_nobody_is_bothered(name, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (ALL[name](RANDOM, 3).score(np.arange(40)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["item-knn", "ease", "ials"])
def test_the_taste_of_a_user(name):
    scores = ALL[name](TASTES, 1).score(np.array([0, 3]))
    assert scores[0, 2] > max(scores[0, 3:])
    assert scores[1, 5] > max(scores[1, [0, 1, 2, 6]])


@pytest.mark.parametrize("name", ["popularity", "item-knn", "ease", "ials"])
def test_an_item_without_train_row_scores_zero(name):
    assert not ALL[name](TASTES, 1).score(np.arange(5))[:, 6].any()


@pytest.mark.parametrize("name", ["item-knn", "ials"])
def test_without_implicit_the_user_is_told_what_to_install(name, monkeypatch):
    for module in ("implicit.als", "implicit.nearest_neighbours"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=r"pip install 'autoncf\[experiments\]'"):
        BASELINES[name](TASTES, 1)


def test_popularity():
    np.testing.assert_array_equal(Popularity(TASTES).score(np.array([0, 4])), [[2, 2, 1, 2, 2, 1, 0]] * 2)


def test_untouched_first():
    np.testing.assert_array_equal(UntouchedFirst(TASTES).score(np.array([0])), [[2, 2, 1, 2, 2, 1, 6]])


def test_cosine_neighbours():
    # cos(0, 1) = 2 / (sqrt 2 sqrt 2) = 1, cos(0, 2) = cos(1, 2) = 1 / sqrt 2
    root = 1 / np.sqrt(2)
    scores = ItemKNN(TASTES, kind="cosine", neighbours=2).score(np.array([0, 1]))
    np.testing.assert_allclose(scores[0, :3], [1, 1, 2 * root], rtol=1e-6)  # an item adds nothing to itself
    np.testing.assert_allclose(scores[1, :3], [1 + root, 1 + root, 2 * root], rtol=1e-6)
    scores = ItemKNN(TASTES, kind="cosine", neighbours=1).score(np.array([0]))
    np.testing.assert_allclose(scores[0, :3], [1, 1, 0], rtol=1e-6)  # items 0 and 1 are next to each other


def test_tfidf_weighs_users_by_how_few_items_they_have():
    known = RANDOM.matrix.toarray().astype(np.float64)
    weighted = known * (np.log(25) - np.log1p(known.sum(axis=1)))[:, None]
    weighted /= np.linalg.norm(weighted, axis=0)
    similarity = weighted.T @ weighted
    np.fill_diagonal(similarity, 0)
    scores = ItemKNN(RANDOM, kind="tfidf", neighbours=25).score(np.arange(40))
    np.testing.assert_allclose(scores, known @ similarity, rtol=1e-4, atol=1e-6)


def test_bm25_is_another_similarity():
    kinds = [ItemKNN(RANDOM, kind=kind, neighbours=5).score(np.arange(40)) for kind in ("bm25", "tfidf")]
    assert not np.allclose(*kinds)


def test_ease_solves_its_problem():
    """Each column of B against ridge regression of an item on the other ones."""
    known, ridge = RANDOM.matrix.toarray().astype(np.float64), 3.0
    expected = np.zeros((25, 25))
    for item in range(25):
        others = np.delete(np.arange(25), item)
        design = known[:, others]
        gram = design.T @ design + ridge * np.eye(24)
        expected[others, item] = np.linalg.solve(gram, design.T @ known[:, item])
    scores = EASE(RANDOM, regularization=ridge).score(np.arange(40))
    np.testing.assert_allclose(scores, known @ expected, atol=1e-5)


def test_ease_of_the_most_popular_items():
    degrees = RANDOM.matrix.getnnz(axis=0)
    kept = np.sort(np.argsort(-degrees, kind="stable")[:10])
    scores = EASE(RANDOM, regularization=3.0, most_items=10).score(np.arange(40))
    head = EASE(Interactions(RANDOM.matrix[:, kept].tocsr()), regularization=3.0).score(np.arange(40))
    np.testing.assert_allclose(scores[:, kept], head, rtol=1e-5)
    assert not np.delete(scores, kept, axis=1).any()


def test_ease_of_nothing():
    assert not EASE(interactions(np.zeros((2, 3)))).score(np.array([0, 1])).any()


def test_ials_solves_its_problem():
    """At the minimum each user's factors are the weighted ridge regression on those of the items."""
    model = ImplicitALS(RANDOM, 1, factors=4, regularization=0.5, alpha=3.0, iterations=150, threads=1)
    known, items = RANDOM.matrix.toarray().astype(np.float64), model.item_factors.astype(np.float64)
    for user in range(40):
        weights = np.where(known[user] > 0, 3.0, 1.0)
        gram = (items * weights[:, None]).T @ items + 0.5 * np.eye(4)
        expected = np.linalg.solve(gram, items.T @ (weights * known[user]))
        np.testing.assert_allclose(model.user_factors[user], expected, atol=2e-3)


def test_ials_of_another_seed_is_another_model():
    scores = [ImplicitALS(RANDOM, seed, iterations=2).score(np.arange(40)) for seed in (1, 2)]
    assert not np.allclose(*scores)


def test_biases_solve_their_problem():
    """Against the normal equations of all biases at once."""
    random = np.random.default_rng(2)
    ratings = np.where(random.random((12, 9)) < 0.5, random.integers(1, 6, (12, 9)), 0)
    ratings[3], ratings[:, 7] = 0, 0  # a user and an item without ratings
    users, items = ratings.nonzero()
    values = ratings[users, items]
    design = np.hstack([np.eye(12)[users], np.eye(9)[items]])
    gram = design.T @ design + 2.0 * np.eye(21)
    biases = np.linalg.solve(gram, design.T @ (values - values.mean()))
    scores = BiasBaseline(interactions(ratings), regularization=2.0).score(np.arange(12))
    expected = values.mean() + biases[:12, None] + biases[12:]
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert scores[3, 7] == pytest.approx(values.mean())


def test_a_rating_of_zero_is_a_rating():
    train = Interactions(sparse.csr_matrix((np.float32([0, 4]), ([0, 1], [0, 0])), shape=(2, 1)))
    # mean 2, and both biases of users are +-2 / (1 + 1) while the item's is 0
    np.testing.assert_allclose(BiasBaseline(train, regularization=1.0).score(np.array([0, 1])), [[1], [3]])


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("item-knn", {"kind": "jaccard"}),
        ("item-knn", {"neighbours": 0}),
        ("ease", {"regularization": 0}),
        ("biases", {"regularization": -1.0}),
    ],
)
def test_impossible_hyperparameters(name, point):
    (key,) = point
    with pytest.raises(ValueError, match=f"`{key}` should be"):
        ALL[name](TASTES, 1, **point)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("item-knn", {"kind": "bm25", "neighbours": 20}),
        ("ease", {"regularization": 50.0}),
        ("ials", {"factors": 8, "regularization": 0.1, "alpha": 5.0, "iterations": 3}),
        ("biases", {"regularization": 5.0}),
    ],
)
def test_hyperparameters_are_json_values(name, point):
    ALL[name](RANDOM, 1, **json.loads(json.dumps(point)))
