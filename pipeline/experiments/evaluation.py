"""How good scores of candidates are."""

import numpy as np

from models.holdout import Holdout
from models.metrics import mean_ndcg, rmse
from models.settings import Feedback
from pipeline.experiments.data import Data, RankingData
from pipeline.experiments.protocols import TOP_K, protocol_metrics
from pipeline.experiments.scorer import Scorer

USERS_PER_BLOCK = 256


def candidate_scores(scorer: Scorer, holdout: Holdout) -> np.ndarray:
    """The score of every candidate, float [sum of lengths]."""
    ends = np.cumsum(holdout.lengths)
    starts = ends - holdout.lengths
    blocks = [np.empty(0)]
    for first in range(0, len(ends), USERS_PER_BLOCK):
        block = slice(first, first + USERS_PER_BLOCK)
        users, lengths = holdout.user_indices[block], holdout.lengths[block]
        items = holdout.item_indices[starts[block][0] : ends[block][-1]]
        blocks.append(scorer.score(users)[np.repeat(np.arange(len(users)), lengths), items])
    return np.concatenate(blocks)


def quality(holdout: Holdout, scores: np.ndarray, feedback: Feedback) -> float:
    """What hyper-parameters are chosen by, higher is better: NDCG@10, or the RMSE times -1."""
    if feedback == "explicit":
        return -rmse(holdout.labels, scores)
    return mean_ndcg(holdout.labels, scores, holdout.lengths, TOP_K)


def metrics_on_test(data: Data, scores: np.ndarray) -> dict[str, float]:
    """Every figure that needs no more than the scores of the test candidates, by the name of its column."""
    if isinstance(data, RankingData):
        return protocol_metrics(data, scores)
    return {"rmse": rmse(data.test.labels, scores)}
