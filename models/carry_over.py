"""Carrying a champion's weights over into a model whose users and items are partly others."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from models.interactions import Interactions
from models.preparation import make_recommender
from models.recommender import Recommender
from models.settings import Feedback
from models.structure import Structure
from models.warm_start import ColdStart, WarmStart
from models.weights import row_vocabularies, weight_names


class CarryOver:
    """Gives new models the champion's weights.

    Weights with a row per id are matched by the ids themselves: the indices move from one training to the
    next. Rows of new ids stay as they were initialised, those of vanished ids are dropped, and all other
    weights are taken whole.

    Args:
        champion: what the champion kept.
        structure, feedback: of the new models.
        vocabularies: the ids of "users" and of "items" of the new models, in the order of their indices.

    Attributes:
        carried_over: how many users and items of the new vocabularies are in the champion's.

    Raises:
        ColdStart: if the champion is of another structure or feedback, or its weights have other names or
            shapes, as those of an older version of the code may have.
    """

    def __init__(
        self,
        champion: WarmStart,
        structure: Structure,
        feedback: Feedback,
        vocabularies: Mapping[str, Sequence[bytes]],
    ):
        _check(champion, structure, feedback)
        self.champion = champion
        self._rows = {name: _matches(champion.vocabularies[name], ids) for name, ids in vocabularies.items()}
        self.carried_over = {name: len(new_rows) for name, (_, new_rows) in self._rows.items()}

    def __call__(self, model: Recommender) -> None:
        """Sets the weights of a model that was not trained yet, whose variables are made."""
        vocabularies = row_vocabularies(model)
        for variable, name in zip(model.trainable_variables, weight_names(model), strict=True):
            value = self.champion.weights[name]
            if name in vocabularies:
                rows, new_rows = self._rows[vocabularies[name]]
                initial = variable.numpy()
                initial[new_rows] = value[rows]
                value = initial
            variable.assign(value)


def _matches(old_ids: Sequence[bytes], new_ids: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the ids that are in both, int64 [n] of the old and of the new."""
    old, new = pa.array(old_ids, pa.binary()), pa.array(new_ids, pa.binary())
    positions = pc.fill_null(pc.index_in(new, value_set=old), -1).to_numpy().astype(np.int64)
    new_rows = np.flatnonzero(positions >= 0)
    return positions[new_rows], new_rows


def _check(champion: WarmStart, structure: Structure, feedback: Feedback) -> None:
    if (champion.structure, champion.feedback) != (structure.to_dict(), feedback):
        raise ColdStart("it is of another structure or feedback")
    # The names and shapes of weights need no more than a model of one user and one item.
    one = Interactions(sparse.csr_matrix(np.ones([1, 1], np.float32)))
    model = make_recommender(structure, one, feedback == "explicit", seed=1)
    names, of_ids = weight_names(model), row_vocabularies(model)
    expected = {
        name: (len(champion.vocabularies[of_ids[name]]), *variable.shape[1:])
        if name in of_ids
        else tuple(variable.shape)
        for name, variable in zip(names, model.trainable_variables, strict=True)
    }
    if {name: value.shape for name, value in champion.weights.items()} != expected:
        raise ColdStart("its weights have other names or shapes: it was made by another version of the code")
