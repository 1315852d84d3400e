"""The Transform step: ids become indices, implicit values become ones."""

from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from models.settings import Feedback

USER_INDEX = "user_index"
ITEM_INDICES = "item_indices"
VALUES = "values"
CANDIDATE_INDICES = "candidate_indices"
LABELS = "labels"

USER_VOCABULARY = "users"
ITEM_VOCABULARY = "items"


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, Any]) -> dict[str, Any]:
    """Looks ids up in vocabularies of what may be learnt.

    Those are the users and the items of the splits that Transform analyses: of the histories, and of what is
    held out. So where the model is fitted again on train + eval, Transform has to analyse both, or users and
    items that are new in eval could not be learnt. Candidates that nobody touched stay unknown.

    Args:
        inputs: the raw features of an Example (a user with history and candidates): `user_id` dense
            [batch, 1], the others sparse [batch, length].
        custom_config: `feedback`, "explicit" or "implicit".

    Returns:
        `user_index`, `item_indices`, `candidate_indices` int64, where the number of known ids stands for
        every unknown one; `values` and `labels` float: for implicit feedback a value above 0 is 1.
    """
    feedback: Feedback = custom_config["feedback"]
    users = tft.vocabulary(inputs["user_id"], vocab_filename=USER_VOCABULARY)
    items = tft.vocabulary(
        tf.concat([inputs["item_ids"].values, _held_out(inputs, feedback)], axis=0),
        vocab_filename=ITEM_VOCABULARY,
    )
    values = inputs["values"]
    if feedback == "implicit":
        values = tf.sparse.map_values(lambda value: tf.cast(value > 0, tf.float32), values)
    return {
        USER_INDEX: tft.apply_vocabulary(inputs["user_id"], users, num_oov_buckets=1),
        ITEM_INDICES: tft.apply_vocabulary(inputs["item_ids"], items, num_oov_buckets=1),
        VALUES: values,
        CANDIDATE_INDICES: tft.apply_vocabulary(inputs["candidate_ids"], items, num_oov_buckets=1),
        LABELS: inputs["labels"],
    }


def _held_out(inputs: dict[str, Any], feedback: Feedback) -> tf.Tensor:
    """The ids of the candidates that are no negatives: string [n]."""
    ids = inputs["candidate_ids"].values
    return ids if feedback == "explicit" else tf.boolean_mask(ids, inputs["labels"].values > 0)
