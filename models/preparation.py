"""A model and its batches, ready to be fitted."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras

from models.choices import LossKind
from models.devices import Devices, training_devices
from models.errors import UserError
from models.interactions import Interactions
from models.optimizers import make_optimizer
from models.recommender import Recommender
from models.sampling import PairSampler
from models.scale import ValueScale
from models.settings import Feedback, TrainSettings
from models.structure import Structure

BATCH_SIGNATURE = {
    "user_index": tf.TensorSpec([None], tf.int64),
    "item_index": tf.TensorSpec([None], tf.int64),
    "value": tf.TensorSpec([None], tf.float32),
    "negatives": tf.TensorSpec([None, None], tf.int64),
    "seed": tf.TensorSpec([None], tf.int64),
}


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What `model.fit(batches)` needs.

    Attributes:
        model: compiled.
        batches: of one epoch, of all devices and workers: `fit` gives each its share.
        steps_per_epoch: number of batches.
    """

    model: Recommender
    batches: tf.data.Dataset
    steps_per_epoch: int


def prepare(
    structure: Structure,
    interactions: Interactions,
    settings: TrainSettings,
    feedback: Feedback,
    devices: Devices | None = None,
) -> Prepared:
    """Makes the model, its optimiser and the sampler of its batches, for `devices` or `training_devices()`.

    Raises:
        UserError: if the loss of the structure does not fit the feedback or the values, or if TF_CONFIG is
            not right.
    """
    tf_keras.utils.set_random_seed(settings.seed)
    explicit = feedback == "explicit"
    if explicit and structure.loss.ranks:
        raise UserError(
            f'structure.loss.kind = "{structure.loss.kind.value}" ranks against negatives, but explicit '
            "feedback has none. Use mse, bce or normalized-bce, or implicit feedback."
        )
    if not explicit:
        interactions = interactions.binarized()
    sampler = PairSampler(interactions, structure, explicit, settings.batch_size, settings.seed)
    with (devices or training_devices()).strategy.scope():
        model = make_recommender(structure, interactions, explicit, settings.seed, settings.mixed_precision)
        optimizer = make_optimizer(settings, sampler.steps)
        # A step that made variables would be traced twice.
        optimizer.build(model.trainable_variables)
        model.compile(optimizer=optimizer)
    batches = tf.data.Dataset.from_generator(sampler.epoch, output_signature=BATCH_SIGNATURE)
    options = tf.data.Options()
    # Every worker draws the same batches, and takes its part of each.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return Prepared(model, batches.prefetch(2).with_options(options), sampler.steps)


def make_recommender(
    structure: Structure, interactions: Interactions, explicit: bool, seed: int, mixed_precision: bool = False
) -> Recommender:
    """A model that was not trained; with `mixed_precision` its dense layers compute in bfloat16."""
    normalized = structure.loss.kind is LossKind.NORMALIZED_BCE
    if explicit:
        scale = ValueScale.of_ratings(interactions.matrix.data, from_zero=normalized)
    else:
        scale, interactions = ValueScale(), interactions.binarized()
    # Biases would lead a cosine out of the range that its loss needs.
    biased = explicit and not (normalized and structure.prediction.is_linear)
    policy = tf_keras.mixed_precision.global_policy()
    tf_keras.mixed_precision.set_global_policy("mixed_bfloat16" if mixed_precision else "float32")
    try:
        model = Recommender(structure, interactions, scale, biased, seed)
        nobody = tf.zeros([1], tf.int64)
        model.scores(model.represent_users(nobody), model.represent_items(nobody))  # makes all variables
        return model
    finally:
        tf_keras.mixed_precision.set_global_policy(policy)


def as_served(model: Recommender, interactions: Interactions, explicit: bool, seed: int) -> Recommender:
    """The same weights in a model that computes in float32, on one device of this process."""
    served = make_recommender(model.structure, interactions, explicit, seed)
    copy_weights(served, [variable.numpy() for variable in model.trainable_variables])
    return served


def copy_weights(model: Recommender, weights: list[np.ndarray]) -> None:
    """Gives a model, whose variables are made, other weights."""
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
