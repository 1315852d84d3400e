"""The full ranking: the held-out item among all items instead of among a hundred candidates.

Every user gets all items that have a train row, without those that the user has in train. The held-out item
stays even if it is among the user's train rows; without a train row it is a miss. `rank` counts from 1, and
the held-out item ranks below all others with the same score, as in `models.metrics`.

* `full_hr_at_10`: mean over users of [rank <= 10].
* `full_ndcg_at_10`: mean over users of [rank <= 10] / log2(1 + rank).
* `full_recall_at_50`: mean over users of [rank <= 50]; with one relevant item recall and hit rate are one.
* `coverage_at_10`: fraction of the items with a train row that are among anybody's ten best. Fewer users
  reach fewer items: compare it only between models that ranked for the same users.
* `novelty_at_10`: mean over users and their ten best of -log2(degree / users), in bits, where degree is how
  many of all users have the item in train: 0 for what everybody has, 1 more for every halving.

References: Krichene & Rendle, "On Sampled Metrics for Item Recommendation" (KDD 2020), why all items; He et
al., "Neural Collaborative Filtering" (WWW 2017), for HR and NDCG with one relevant item; Ge et al., "Beyond
Accuracy" (RecSys 2010), for the coverage of the catalogue; Zhou et al., "Solving the apparent
diversity-accuracy dilemma of recommender systems" (PNAS 2010), for novelty as self-information.
"""

import numpy as np

from models.interactions import Interactions
from pipeline.experiments.data import RankingData
from pipeline.experiments.protocols import TOP_K
from pipeline.experiments.scorer import Scorer

RECALL_DEPTH = 50
BYTES_PER_BLOCK = 64 << 20
"""Of the scores of one block of users."""


def catalogue_metrics(data: RankingData, scorer: Scorer, users: np.ndarray | None = None) -> dict[str, float]:
    """Every metric of the full ranking, by the names of the columns of `results.csv`; nan without users.

    Args:
        data: whose held-out items are ranked.
        scorer: scores all items, float [batch, items].
        users: int64 [chosen], positions of test lists; all of them if None.
    """
    lists = np.arange(len(data.test.lengths)) if users is None else np.asarray(users)
    if not len(lists):
        return _metrics(np.empty(0), float("nan"), float("nan"))
    owners = data.test.user_indices[lists]
    held_out = data.test.item_indices[data.test.labels > 0][lists]  # one of every list
    degrees = data.train.matrix.getnnz(axis=0)
    ranks, recommended = [], np.zeros(data.train.items, np.int64)
    block_size = max(1, BYTES_PER_BLOCK // (8 * data.train.items))
    for start in range(0, len(lists), block_size):
        block = slice(start, start + block_size)
        scores = _scores(scorer, owners[block])
        ranked = _ranked(data.train, owners[block], held_out[block], degrees)
        ranks.append(_ranks(scores, ranked, held_out[block]))
        recommended += _best(scores, ranked).sum(axis=0)
    return _metrics(
        np.concatenate(ranks),
        float(np.mean(recommended[degrees > 0] > 0)) if degrees.any() else float("nan"),
        _novelty(recommended, degrees, data.train.users),
    )


def _metrics(ranks: np.ndarray, coverage: float, novelty: float) -> dict[str, float]:
    def mean(values: np.ndarray) -> float:
        return float(values.mean()) if len(values) else float("nan")

    return {
        f"full_hr_at_{TOP_K}": mean(ranks <= TOP_K),
        f"full_ndcg_at_{TOP_K}": mean(np.where(ranks <= TOP_K, 1.0 / np.log2(1.0 + ranks), 0.0)),
        f"full_recall_at_{RECALL_DEPTH}": mean(ranks <= RECALL_DEPTH),
        f"coverage_at_{TOP_K}": coverage,
        f"novelty_at_{TOP_K}": novelty,
    }


def _scores(scorer: Scorer, users: np.ndarray) -> np.ndarray:
    """Float64 [block, items], where what is not a number is minus infinity."""
    scores = np.array(scorer.score(users), np.float64)
    scores[np.isnan(scores)] = -np.inf
    return scores


def _ranked(train: Interactions, users: np.ndarray, held_out: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Which items each user's ranking holds, bool [block, items]."""
    ranked = np.tile(degrees > 0, (len(users), 1))
    ranked[train.matrix[users].nonzero()] = False
    ranked[np.arange(len(users)), held_out] = degrees[held_out] > 0
    return ranked


def _ranks(scores: np.ndarray, ranked: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """The rank of the held-out item, float [block]; infinity where the ranking does not hold it."""
    rows = np.arange(len(held_out))
    in_ranking = ranked[rows, held_out]
    at_least = ((scores >= scores[rows, held_out][:, None]) & ranked).sum(axis=1)  # itself among them
    return np.where(in_ranking, at_least, np.inf)


def _best(scores: np.ndarray, ranked: np.ndarray) -> np.ndarray:
    """The ten best of each ranking, bool [block, items]; among equals the items of smaller index."""
    scores = np.where(ranked, scores, -np.inf)
    depth = min(TOP_K, scores.shape[1])
    tenth = -np.partition(-scores, depth - 1, axis=1)[:, depth - 1 : depth]
    better, equal = scores > tenth, (scores == tenth) & ranked
    open_places = depth - better.sum(axis=1, keepdims=True)
    return better | (equal & (np.cumsum(equal, axis=1) <= open_places))


def _novelty(recommended: np.ndarray, degrees: np.ndarray, users: int) -> float:
    """Mean self-information of all recommendations.

    Args:
        recommended: int64 [items], to how many users.
        degrees: int64 [items], of how many users in train.
        users: all.
    """
    items = np.flatnonzero(recommended)
    if not len(items):
        return float("nan")
    return float(np.average(-np.log2(degrees[items] / users), weights=recommended[items]))
