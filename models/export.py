"""Export of a trained model as the SavedModel that is evaluated, pushed and served."""

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from models.recommender import Recommender
from models.serving_module import ServingModule
from serving.warmup import write_warmup_requests


def export(model: Recommender, transform: tft.TFTransformOutput, max_k: int, folder: str) -> None:
    """Writes the SavedModel with its signatures, vocabularies and warm-up requests into `folder`.

    The optimiser stays behind: its slots would triple the size.
    """
    module = ServingModule(model, transform, max_k)
    tf.saved_model.save(module, folder, signatures=module.signatures())
    write_warmup_requests(folder, _warmup_requests(module, transform))


def _warmup_requests(
    module: ServingModule, transform: tft.TFTransformOutput
) -> dict[str, dict[str, np.ndarray]]:
    """One small request per signature, of a known user and a known item."""
    user = transform.vocabulary_by_name("users")[0]
    item = transform.vocabulary_by_name("items")[0]
    feature = tf.train.Feature
    example = tf.train.Example(
        features=tf.train.Features(
            feature={
                "user_id": feature(bytes_list=tf.train.BytesList(value=[user])),
                "item_ids": feature(bytes_list=tf.train.BytesList(value=[item])),
                "values": feature(float_list=tf.train.FloatList(value=[1.0])),
                "candidate_ids": feature(bytes_list=tf.train.BytesList(value=[item])),
            }
        )
    )
    k = np.array([10], np.int32)
    requests = {
        "serving_default": {"examples": np.array([example.SerializeToString()], object)},
        "score": {"user_id": np.array([user], object), "item_id": np.array([item], object)},
        "recommend": {"user_id": np.array([user], object), "k": k},
        "recommend_from_history": {
            "item_ids": np.array([[item]], object),
            "values": np.ones([1, 1], np.float32),
            "k": k,
        },
        "similar_items": {"item_id": np.array([item], object), "k": k},
    }
    return {name: requests[name] for name in module.signatures()}
