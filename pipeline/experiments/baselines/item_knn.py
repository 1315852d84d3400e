"""Items like those that the user has, from the library `implicit`."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from scipy import sparse

from models.interactions import Interactions
from pipeline.experiments.baselines.implicit_library import implicit_library

Kind = Literal["cosine", "tfidf", "bm25"]


class ItemKNN:
    """Sum of the similarities between an item and those that the user has: `score(u) = R[u] @ S`.

    Row j of S holds the similarities of item j's nearest neighbours and nothing else, not itself either: an
    item is no evidence for itself. An item without a train row has no neighbour and scores 0.

    Args:
        train: known interactions.
        kind: similarity of two columns of R: "cosine", "tfidf" (cosine after users are weighted by how few
            items they have) or "bm25" (inner product after the weighting of Okapi BM25, K1 = 1.2, B = 0.75).
        neighbours: positive int, of each item; with "bm25" one more where that many are nearer than
            the item itself.
        threads: 0 for all cores.

    References:
        Sarwar et al., "Item-based Collaborative Filtering Recommendation Algorithms" (WWW 2001).
        `implicit.nearest_neighbours`.
    """

    def __init__(self, train: Interactions, *, kind: Kind = "cosine", neighbours: int = 50, threads: int = 0):
        library = implicit_library("nearest_neighbours")
        weightings: dict[str, Callable[[Any], Any]] = {
            "cosine": library.normalize,
            "tfidf": lambda columns: library.normalize(library.tfidf_weight(columns)),
            "bm25": lambda columns: library.bm25_weight(columns, K1=1.2, B=0.75),
        }
        if kind not in weightings:
            raise ValueError(f"`kind` should be one of {', '.join(weightings)}. Received: {kind}")
        if neighbours < 1:
            raise ValueError(f"`neighbours` should be a positive int. Received: {neighbours}")
        recommender = library.ItemItemRecommender(
            K=neighbours + 1, num_threads=threads
        )  # with the item itself
        recommender.fit(weightings[kind](train.matrix.T).T.tocsr(), show_progress=False)
        similarity = recommender.similarity.tocoo()
        other = similarity.row != similarity.col
        cells = similarity.data[other], (similarity.row[other], similarity.col[other])
        self.similarity = sparse.csr_matrix(cells, shape=similarity.shape, dtype=np.float32)
        self.train = train

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of every item: int64 [batch] user indices -> float32 [batch, items]."""
        return (self.train.matrix[users] @ self.similarity).toarray()
