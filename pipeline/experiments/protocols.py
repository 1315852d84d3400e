"""The three protocols under which one and the same scores of the test candidates are ranked.

`raw` is the protocol as DeepCF wrote it. On data where held-out items are more often without a train row than
the random candidates are, a rule that knows nothing but which items nobody has touched wins under it, so two
others stand beside it:

* `cold_last`: every candidate without a train row ranks below all that have one.
* `clean`: `raw` without the candidates that the user has in train, which are no negatives.

Reference: Deng et al., "DeepCF: A Unified Framework of Representation Learning and Matching Function Learning
in Recommender System" (AAAI 2019), for `raw`.
"""

import numpy as np

from models.holdout import Holdout
from models.interactions import Interactions
from models.metrics import mean_hit_rate, mean_ndcg, ndcgs
from pipeline.experiments.data import RankingData

TOP_K = 10


def protocol_metrics(data: RankingData, scores: np.ndarray) -> dict[str, float]:
    """HR@10 and NDCG@10 of the test lists under every protocol, by the names of the columns of `results.csv`.

    Args:
        data: whose test lists were scored.
        scores: float [candidates], aligned with `data.test.item_indices`; higher is better.
    """
    test, cold_last = data.test, _cold_last(data, scores)
    lists = np.repeat(np.arange(len(test.lengths)), test.lengths)
    clean = _clean(data.train, test, lists)
    clean_lengths = np.bincount(lists[clean], minlength=len(test.lengths))
    return {
        **_metrics("raw", test.labels, scores, test.lengths),
        **_metrics("cold_last", test.labels, cold_last, test.lengths),
        **_metrics("clean", test.labels[clean], scores[clean], clean_lengths),
    }


def user_ndcgs(data: RankingData, scores: np.ndarray) -> np.ndarray:
    """NDCG@10 of every test list under `cold_last`, float64 [lists]; arguments as for `protocol_metrics`."""
    return ndcgs(data.test.labels, _cold_last(data, scores), data.test.lengths, TOP_K)


def _metrics(protocol: str, labels: np.ndarray, scores: np.ndarray, lengths: np.ndarray) -> dict[str, float]:
    return {
        f"{protocol}_hr_at_{TOP_K}": mean_hit_rate(labels, scores, lengths, TOP_K),
        f"{protocol}_ndcg_at_{TOP_K}": mean_ndcg(labels, scores, lengths, TOP_K),
    }


def _cold_last(data: RankingData, scores: np.ndarray) -> np.ndarray:
    """Places instead of scores, in the same order but for the cold candidates, which are below all others.

    Places, because no number subtracted from any score would do: scores may be infinite or not a number.
    """
    degrees = data.train.matrix.getnnz(axis=0)
    _, places = np.unique(scores, return_inverse=True)
    places = np.where(np.isnan(scores), -1, places)
    cold = degrees[data.test.item_indices] == 0
    return np.where(cold, places - len(places) - 1, places)


def _clean(train: Interactions, test: Holdout, lists: np.ndarray) -> np.ndarray:
    """Which candidates are not among the user's train rows, or are the held-out item: bool [candidates]."""
    users, items, _ = train.pairs()
    candidates = test.user_indices[lists] * train.items + test.item_indices
    return ~np.isin(candidates, users * train.items + items) | (test.labels > 0)
