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
        inputs: the raw features of an Example (a user with history and candidates): `user_id` dense
            [batch, 1], the others sparse [batch, length].
        custom_config: `feedback`, "explicit" or "implicit".

    Returns:
        `user_index`, `item_indices`, `candidate_indices` int64, where the number of known ids stands for
        every unknown one; `values` and `labels` float: for implicit feedback a value above 0 is 1.
    """
    users = tft.vocabulary(inputs["user_id"], vocab_filename=USER_VOCABULARY)
    items = tft.vocabulary(inputs["item_ids"], vocab_filename=ITEM_VOCABULARY)
    values = inputs["values"]
    if custom_config["feedback"] == "implicit":
        values = tf.sparse.map_values(lambda value: tf.cast(value > 0, tf.float32), values)
    return {
        USER_INDEX: tft.apply_vocabulary(inputs["user_id"], users, num_oov_buckets=1),
        ITEM_INDICES: tft.apply_vocabulary(inputs["item_ids"], items, num_oov_buckets=1),
        VALUES: values,
        CANDIDATE_INDICES: tft.apply_vocabulary(inputs["candidate_ids"], items, num_oov_buckets=1),
        LABELS: inputs["labels"],
    }
