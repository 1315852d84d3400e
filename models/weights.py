"""The weights of a model by name, and whose ids their rows belong to."""

from collections.abc import Iterator

import tensorflow as tf

from models.preprocessing import ITEM_VOCABULARY, USER_VOCABULARY
from models.recommender import Recommender


def weight_names(model: Recommender) -> list[str]:
    """A name for each of the model's trainable variables, in their order.

    It is the path of attributes that leads there, as in "user_side/representations/0/embedding/table": the
    same for all models of a structure, whatever else was made in the process.
    """
    parts = ("user_side", "item_side", "joints", "prediction")
    names = {ref: name for part in parts for ref, name in _walk(getattr(model, part), part)}
    return [names[variable.ref()] for variable in model.trainable_variables]


def row_vocabularies(model: Recommender) -> dict[str, str]:
    """By name, the vocabulary of the weights that have a row per id; all others are the same for all ids.

    Embeddings and biases have rows for the ids of their own side. An encoder's first layer has one for each
    place of an interaction vector: for the ids of the other side.
    """
    variables = zip(model.trainable_variables, weight_names(model), strict=True)
    names = {variable.ref(): name for variable, name in variables}
    found: dict[str, str] = {}
    for side, own, other in (
        (model.user_side, USER_VOCABULARY, ITEM_VOCABULARY),
        (model.item_side, ITEM_VOCABULARY, USER_VOCABULARY),
    ):
        embeddings = [representation.embedding for representation in side.representations]
        encoders = [representation.encoder for representation in side.representations]
        found |= {names[table.table.ref()]: own for table in (*embeddings, side.bias) if table is not None}
        found |= {names[encoder.kernel.ref()]: other for encoder in encoders if encoder is not None}
    return found


def _walk(node: object, path: str) -> Iterator[tuple[object, str]]:
    """The reference and the path of each variable below `node`."""
    for name, child in tf.train.TrackableView(node).children(node).items():
        if isinstance(child, tf.Variable):
            yield child.ref(), f"{path}/{name}"
        else:
            yield from _walk(child, f"{path}/{name}")
