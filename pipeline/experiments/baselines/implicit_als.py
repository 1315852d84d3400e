"""Matrix factorisation for implicit feedback, from the library `implicit`."""

import numpy as np

from models.interactions import Interactions
from pipeline.experiments.baselines.implicit_library import implicit_library


class ImplicitALS:
    """`score(u, i) = p_u . q_i`, where p and q minimise, over all pairs of users and items, known or not,

        sum c_ui (r_ui - p_u . q_i)^2 + regularization (sum |p_u|^2 + sum |q_i|^2)

    with r = 1 and c = alpha of known pairs, r = 0 and c = 1 of all others. Items without a train row score 0.

    Args:
        train: known interactions, each of the value 1.
        seed: of the factors that it starts from; the same seed gives the same factors.
        factors: positive int, width of p_u.
        regularization: float.
        alpha: positive float, the weight of a known pair.
        iterations: int, how often both sides are solved for.
        threads: 0 for all cores.

    References:
        Hu et al., "Collaborative Filtering for Implicit Feedback Datasets" (ICDM 2008). `implicit.als`.
    """

    def __init__(
        self,
        train: Interactions,
        seed: int,
        *,
        factors: int = 64,
        regularization: float = 0.01,
        alpha: float = 1.0,
        iterations: int = 15,
        threads: int = 0,
    ):
        library = implicit_library("als")
        from threadpoolctl import threadpool_limits  # comes with implicit

        # Threads of BLAS inside those of implicit make it many times slower, of which it would warn the user.
        with threadpool_limits(1, "blas"):
            model = library.AlternatingLeastSquares(
                factors=factors,
                regularization=regularization,
                alpha=alpha,
                iterations=iterations,
                num_threads=threads,
                random_state=seed,
                use_gpu=False,
            )
            model.fit(train.matrix, show_progress=False)
        self.user_factors, self.item_factors = model.user_factors, model.item_factors

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of every item: int64 [batch] user indices -> float32 [batch, items]."""
        return self.user_factors[users] @ self.item_factors.T
