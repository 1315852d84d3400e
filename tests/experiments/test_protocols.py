import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from models.holdout import Holdout
from models.interactions import Interactions
from pipeline.experiments.baselines.popularity import UntouchedFirst
from pipeline.experiments.data import RankingData
from pipeline.experiments.protocols import protocol_metrics, user_ndcgs

# Items 4 and 5 have no train row. User 0's candidates hold the train positives 0 and 1.
KNOWN = np.float32([[1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0]])
TEST = Holdout(
    user_indices=np.array([0, 1]),
    lengths=np.array([5, 3]),
    item_indices=np.array([2, 0, 1, 3, 4, 5, 0, 4]),
    labels=np.float32([1, 0, 0, 0, 0, 1, 0, 0]),
)
DATA = RankingData("tiny", Interactions(sparse.csr_matrix(KNOWN)), np.array([1, 3]), TEST)
SCORES = np.float32([0.5, 0.9, 0.8, 0.1, 0.7, 0.9, 0.2, 0.3])


def test_ndcg_by_protocol():
    metrics = protocol_metrics(DATA, SCORES)
    # User 0: raw rank 4; cold-last rank 3, as the cold item 4 goes down; clean rank 2, without items 0 and 1.
    # User 1: raw and clean rank 1; cold-last rank 2, the cold positive before cold item 4 but after item 0.
    discounts = {rank: 1 / np.log2(1 + rank) for rank in range(1, 5)}
    assert metrics["raw_ndcg_at_10"] == pytest.approx((discounts[4] + discounts[1]) / 2)
    assert metrics["cold_last_ndcg_at_10"] == pytest.approx((discounts[3] + discounts[2]) / 2)
    assert metrics["clean_ndcg_at_10"] == pytest.approx((discounts[2] + discounts[1]) / 2)
    assert user_ndcgs(DATA, SCORES) == pytest.approx([discounts[3], discounts[2]])


def test_hit_rate_by_protocol():
    # 13 items: 0 is held out, 1 to 10 are warm, of which the user has 9 and 10; 11 and 12 are cold.
    known = np.zeros((2, 13), np.float32)
    known[0, 9:11] = known[1, :11] = 1
    test = Holdout(np.array([0]), np.array([13]), np.arange(13), np.float32([1] + [0] * 12))
    data = RankingData("tiny", Interactions(sparse.csr_matrix(known)), np.array([10, 10]), test)
    assert _hits(data, [*range(1, 9), 11, 12]) == {"raw": 0, "cold_last": 1, "clean": 0}
    assert _hits(data, [*range(1, 11)]) == {"raw": 0, "cold_last": 0, "clean": 1}
    assert _hits(data, [*range(1, 10)]) == {"raw": 1, "cold_last": 1, "clean": 1}


def _hits(data, before):
    """Whether item 0 is hit if those items have a better score, by protocol."""
    scores = np.float64(np.arange(13) == 0)
    scores[before] = 2
    metrics = protocol_metrics(data, scores)
    return {protocol: metrics[f"{protocol}_hr_at_10"] for protocol in ("raw", "cold_last", "clean")}


def test_held_out_item_among_the_train_rows_stays_in_the_clean_list():
    test = Holdout(np.array([0]), np.array([2]), np.array([0, 3]), np.float32([1, 0]))
    data = RankingData("tiny", DATA.train, DATA.last_items, test)
    assert protocol_metrics(data, np.array([1.0, 0.0]))["clean_hr_at_10"] == 1


def test_a_cold_item_is_below_warm_ones_of_any_score():
    scores = SCORES.astype(np.float64)
    scores[[5, 6, 7]] = [np.inf, -np.inf, 0]
    assert user_ndcgs(DATA, scores)[1] == pytest.approx(1 / np.log2(3))
    scores[6] = np.nan
    assert user_ndcgs(DATA, scores)[1] == pytest.approx(1 / np.log2(3))


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8), st.floats(0.5, 4))
def test_only_the_order_of_scores_matters(scores, factor):
    powers_of_two = 2.0 ** np.round(factor)  # exact, so that nothing new is equal
    assert protocol_metrics(DATA, np.array(scores)) == protocol_metrics(
        DATA, np.array(scores) * powers_of_two
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_without_cold_candidates_cold_last_is_raw(scores):
    warm = Interactions(sparse.csr_matrix(np.vstack([KNOWN, np.ones((1, 6), np.float32)])))
    metrics = protocol_metrics(RankingData("tiny", warm, np.array([1, 3, 5]), TEST), np.array(scores))
    assert metrics["raw_hr_at_10"] == metrics["cold_last_hr_at_10"]
    assert metrics["raw_ndcg_at_10"] == metrics["cold_last_ndcg_at_10"]


def test_a_rule_that_knows_nothing_wins_raw_and_loses_cold_last():
    test = Holdout(np.array([0]), np.array([3]), np.array([4, 1, 0]), np.float32([1, 0, 0]))
    data = RankingData("tiny", DATA.train, DATA.last_items, test)
    metrics = protocol_metrics(data, UntouchedFirst(data.train).score(np.array([0]))[0, test.item_indices])
    assert metrics["raw_ndcg_at_10"] == 1
    assert metrics["cold_last_ndcg_at_10"] == pytest.approx(0.5)  # rank 3
