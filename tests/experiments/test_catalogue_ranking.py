import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from models.holdout import Holdout
from models.interactions import Interactions
from models.metrics import mean_hit_rate, mean_ndcg
from pipeline.experiments import catalogue_ranking
from pipeline.experiments.catalogue_ranking import catalogue_metrics
from pipeline.experiments.data import RankingData


class Table:
    """Scores that are written down."""

    def __init__(self, scores):
        self.scores = np.asarray(scores)

    def score(self, users):
        return self.scores[users]


def ranking_data(known, users, held_out):
    """Test lists of a held-out item and one more candidate."""
    candidates = np.stack([held_out, np.zeros(len(users), np.int64)], axis=1).ravel()
    labels = np.tile(np.float32([1, 0]), len(users))
    test = Holdout(np.asarray(users), np.full(len(users), 2), candidates, labels)
    train = Interactions(sparse.csr_matrix(np.float32(known)))
    return RankingData("tiny", train, np.full(len(known), -1), test)


def test_small_catalogue():
    # Degrees 2, 1, 1, 0. User 0 ranks items 1 and 2, user 1 ranks item 2 only, none ranks the cold item 3.
    data = ranking_data([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], [0, 1], [2, 3])
    scorer = Table([[9, 5, 4, 8], [9, 8, 1, 7]])
    assert catalogue_metrics(data, scorer) == {
        "full_hr_at_10": 0.5,  # the held-out item of user 1 has no train row
        "full_ndcg_at_10": pytest.approx(1 / np.log2(3) / 2),  # rank 2 of user 0
        "full_recall_at_50": 0.5,
        "coverage_at_10": pytest.approx(2 / 3),  # items 1 and 2 of 0, 1, 2
        "novelty_at_10": 2.0,  # both have one user of four
    }


def test_depths():
    known = np.ones((2, 61))
    known[0, :] = 0
    scores = np.tile(-np.arange(61.0), (2, 1))
    for item, expected in ((9, (1, 1)), (10, (0, 1)), (49, (0, 1)), (50, (0, 0))):
        metrics = catalogue_metrics(ranking_data(known, [0], [item]), Table(scores))
        assert (metrics["full_hr_at_10"], metrics["full_recall_at_50"]) == expected
        assert metrics["coverage_at_10"] == pytest.approx(10 / 61)
        assert metrics["novelty_at_10"] == 1.0


@pytest.mark.parametrize("score", [0.0, -np.inf, np.nan])
def test_equal_scores_earn_nothing(score):
    known = np.ones((2, 61))
    known[0, :] = 0
    metrics = catalogue_metrics(ranking_data(known, [0], [0]), Table(np.full((2, 61), score)))
    assert metrics["full_hr_at_10"] == metrics["full_recall_at_50"] == 0
    assert metrics["coverage_at_10"] == pytest.approx(10 / 61)


def test_held_out_item_among_the_train_rows_is_ranked():
    data = ranking_data([[1, 1, 0]], [0], [1])
    assert catalogue_metrics(data, Table([[5, 4, 3]]))["full_ndcg_at_10"] == 1


def test_chosen_lists():
    data = ranking_data(np.eye(3), [2, 0, 1], [0, 1, 2])
    scorer = Table([[0, 2, 1], [1, 0, 2], [1, 2, 0]])  # ranks 2, 1 and 1
    assert catalogue_metrics(data, scorer, np.array([0]))["full_ndcg_at_10"] == pytest.approx(1 / np.log2(3))
    assert catalogue_metrics(data, scorer, np.array([1, 2]))["full_ndcg_at_10"] == 1
    assert all(np.isnan(list(catalogue_metrics(data, scorer, np.array([], int)).values())))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_against_lists_written_out(seed):
    """Each user's ranking as a list of its own, measured by `models.metrics`."""
    random = np.random.default_rng(seed)
    users, items = 6, 30
    known = random.random((users, items)) < random.choice([0.05, 0.3])
    known[0, 0] = True
    held_out = random.integers(0, items, users)
    data = ranking_data(known, np.arange(users), held_out)
    scores = random.integers(0, 12, (users, items)).astype(np.float32)
    labels, flat, lengths, best = [], [], [], []
    for user in range(users):
        warm = known.any(axis=0)
        ranked = [
            item for item in range(items) if warm[item] and (not known[user, item] or item == held_out[user])
        ]
        best += sorted(ranked, key=lambda item: (-scores[user, item], item))[:10]
        beyond = [] if warm[held_out[user]] else [held_out[user]]  # a miss: far below
        labels += [item == held_out[user] for item in ranked + beyond]
        flat += [scores[user, item] for item in ranked] + [-1e9] * (len(beyond))
        lengths.append(len(ranked + beyond))
        if beyond:
            padding = 60
            labels += [False] * padding
            flat += [0.0] * padding
            lengths[-1] += padding
    metrics = catalogue_metrics(data, Table(scores))
    assert metrics["full_hr_at_10"] == pytest.approx(mean_hit_rate(labels, flat, lengths, 10))
    assert metrics["full_ndcg_at_10"] == pytest.approx(mean_ndcg(labels, flat, lengths, 10))
    assert metrics["full_recall_at_50"] == pytest.approx(mean_hit_rate(labels, flat, lengths, 50))
    assert metrics["coverage_at_10"] == pytest.approx(len(set(best)) / known.any(axis=0).sum())
    if best:
        novelty = np.mean(-np.log2(known.sum(axis=0)[best] / users))
        assert metrics["novelty_at_10"] == pytest.approx(novelty)


def test_blocks_make_no_difference(monkeypatch):
    random = np.random.default_rng(3)
    data = ranking_data(random.random((20, 40)) < 0.2, np.arange(20), random.integers(0, 40, 20))
    scorer = Table(random.random((20, 40)))
    whole = catalogue_metrics(data, scorer)
    monkeypatch.setattr(catalogue_ranking, "BYTES_PER_BLOCK", 8 * 40 * 3)
    assert catalogue_metrics(data, scorer) == pytest.approx(whole)
