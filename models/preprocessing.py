"""The Transform step: ids become indices, implicit values become ones."""

from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

USER_INDEX = "user_index"
ITEM_INDICES = "item_indices"
VALUES = "values"
CANDIDATE_INDICES = "candidate_indices"
LABELS = "labels"

USER_VOCABULARY = "users"
ITEM_VOCABULARY = "items"


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, Any]) -> dict[str, Any]:
    """Looks ids up in the vocabularies of the train split.

    Args:
        inputs: the raw features of an Example (a user with history and candidates), each a sparse [batch, ...].
        custom_config: `feedback`, "explicit" or "implicit".

    Returns:
        `user_index`, `item_indices`, `candidate_indices` int64, where the number of known ids stands for every
        unknown one; `values` and `labels` float: for implicit feedback every value above 0 is 1.
    """
    tft.vocabulary(inputs["user_id"], vocab_filename=USER_VOCABULARY)
    tft.vocabulary(inputs["item_ids"], vocab_filename=ITEM_VOCABULARY)
    values = inputs["values"]
    if custom_config["feedback"] == "implicit":
        values = tf.sparse.map_values(lambda value: tf.cast(value > 0, tf.float32), values)
    return {
        USER_INDEX: _look_up(inputs["user_id"], USER_VOCABULARY),
        ITEM_INDICES: _look_up(inputs["item_ids"], ITEM_VOCABULARY),
        VALUES: values,
        CANDIDATE_INDICES: _look_up(inputs["candidate_ids"], ITEM_VOCABULARY),
        LABELS: inputs["labels"],
    }
