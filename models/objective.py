"""What a step of training minimises: its interactions, their negatives, and what their vectors may show."""

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from models.choices import LossKind, NegativeSampling, Targets
from models.encoder import Cells
from models.losses import make_loss, sampled_softmax

if TYPE_CHECKING:
    from models.recommender import Recommender

IMPOSSIBLE = -1e9
"""The logit of what must not count."""


class Represented(NamedTuple):
    """The users and items of a step, each represented once; those of masked pairs once per pair.

    Attributes:
        user: float [users, D]; item: float [items, E].
        positive_user: float [P, D]; positive_item: float [P, E], of the pairs that are learnt.
    """

    user: tf.Tensor
    item: tf.Tensor
    positive_user: tf.Tensor
    positive_item: tf.Tensor


class Objective:
    """The loss of a batch of `PairSampler`.

    Args:
        model: whose loss it is.
    """

    def __init__(self, model: "Recommender"):
        self.model = model
        self.loss = model.structure.loss
        self.drops = any(tower.interaction_dropout for tower in model.structure.interaction_towers)

    def __call__(self, inputs: dict[str, tf.Tensor], training: bool) -> tf.Tensor:
        """The mean loss over `targets`, float []."""
        # A replica's share of a short batch may be empty, and has no first element.
        seed = tf.reduce_max(inputs["seed"]) if training and self.drops else None
        if self.loss.kind is LossKind.SOFTMAX:
            return self._against_the_catalogue(inputs, seed, training)
        return self._against_own_negatives(inputs, seed, training)

    def targets(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """The interactions of a batch that are learnt in training: all, or those dropped from the inputs."""
        if self.loss.targets is Targets.ALL:
            return inputs
        rate = self.model.structure.interaction_towers[0].interaction_dropout
        seed = tf.reduce_max(inputs["seed"])
        coins = self.model.user_vectors.toss(inputs["user_index"], inputs["item_index"], seed)
        dropped = tf.where(coins < rate)[:, 0]
        return {name: tf.gather(value, dropped) for name, value in inputs.items()}

    def _against_own_negatives(
        self, inputs: dict[str, tf.Tensor], seed: tf.Tensor | None, training: bool
    ) -> tf.Tensor:
        users, user_positions = tf.unique(inputs["user_index"])
        negatives = inputs["negatives"]
        positives = tf.size(user_positions)
        items, item_positions = tf.unique(
            tf.concat([inputs["item_index"], tf.reshape(negatives, [-1])], axis=0)
        )
        item_positions, negative_positions = item_positions[:positives], item_positions[positives:]
        step = self._represent(inputs, users, items, user_positions, item_positions, seed, training)
        owners = tf.repeat(user_positions, tf.shape(negatives)[1])
        logits = self.model.logits(
            tf.concat([step.positive_user, tf.gather(step.user, owners)], axis=0),
            tf.concat([step.positive_item, tf.gather(step.item, negative_positions)], axis=0),
        )
        return make_loss(self.model.structure)(
            self.model.scale.to_unit(inputs["value"]),
            logits[:positives],
            tf.reshape(logits[positives:], tf.shape(negatives)),
        )

    def _against_the_catalogue(
        self, inputs: dict[str, tf.Tensor], seed: tf.Tensor | None, training: bool
    ) -> tf.Tensor:
        users, user_positions = tf.unique(inputs["user_index"])
        candidates, log_chance = self._candidates(tf.reduce_max(inputs["seed"]))
        count = tf.size(candidates)
        items, item_positions = tf.unique(tf.concat([candidates, inputs["item_index"]], axis=0))
        step = self._represent(inputs, users, items, user_positions, item_positions[count:], seed, training)
        logits = self.model.logits_of_all(step.user, step.item[:count]) - log_chance
        negative = tf.reduce_logsumexp(self._hide_known(logits, users, candidates), axis=1)
        positive = self.model.logits(step.positive_user, step.positive_item)
        return sampled_softmax(positive, tf.gather(negative, user_positions))

    def _represent(
        self,
        inputs: dict[str, tf.Tensor],
        users: tf.Tensor,
        items: tf.Tensor,
        user_positions: tf.Tensor,
        item_positions: tf.Tensor,
        seed: tf.Tensor | None,
        training: bool,
    ) -> Represented:
        model = self.model
        user_encodings = model.user_side.begin(users, seed=seed)
        item_encodings = model.item_side.begin(items, seed=seed)
        user = model.user_side(users, user_encodings, training=training)
        item = model.item_side(items, item_encodings, training=training)
        if not (model.structure.masking and training):
            return Represented(user, item, tf.gather(user, user_positions), tf.gather(item, item_positions))
        user_index, item_index = inputs["user_index"], inputs["item_index"]
        values = model.user_vectors.standardize(inputs["value"])
        masked_users = model.user_side.without(
            user_encodings, user_positions, Cells(user_index, item_index, values), seed
        )
        masked_items = model.item_side.without(
            item_encodings, item_positions, Cells(item_index, user_index, values), seed
        )
        return Represented(
            user,
            item,
            model.user_side(user_index, masked_users, training=training),
            model.item_side(item_index, masked_items, training=training),
        )

    def _candidates(self, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Different items, int64 [S], and the logarithm of each one's chance to be among them, float [S].

        Subtracting it from the logits makes the sampled sum an estimate of the whole one (Bengio & Senécal,
        IEEE Trans. Neural Networks 2008).
        """
        model, draws = self.model, self.loss.sampled_items
        catalogue, interactions = model.item_vectors.rows, model.user_vectors
        popular = self.loss.negative_sampling is NegativeSampling.POPULARITY
        if draws is None or (draws >= catalogue and not popular):
            everything = tf.range(catalogue, dtype=tf.int64)
            return everything, tf.zeros_like(everything, tf.float32)
        places = interactions.values.shape[0] if popular else catalogue
        drawn = tf.random.stateless_uniform([draws], tf.stack([seed, seed]), 0, places, tf.int64)
        if popular:  # the item of a random interaction
            drawn = tf.cast(tf.gather(interactions.column_indices, drawn), tf.int64)
        items, _ = tf.unique(drawn)
        counts = tf.gather(interactions.column_degrees, items) if popular else tf.ones_like(items, tf.float32)
        chance = tf.minimum(counts / places, 1 - 1e-7)
        return items, tf.math.log(-tf.math.expm1(draws * tf.math.log1p(-chance)))

    def _hide_known(self, logits: tf.Tensor, users: tf.Tensor, candidates: tf.Tensor) -> tf.Tensor:
        """Logits float [users, S] with what a user is known to have out of the way."""
        cells = self.model.user_vectors.gather(users).indices
        places = tf.scatter_nd(
            candidates[:, tf.newaxis],
            tf.range(1, tf.size(candidates) + 1, dtype=tf.int64),
            [self.model.item_vectors.rows],
        )
        columns = tf.gather(places, cells[:, 1]) - 1
        there = columns >= 0
        known = tf.stack([tf.boolean_mask(cells[:, 0], there), tf.boolean_mask(columns, there)], axis=1)
        return tf.tensor_scatter_nd_update(logits, known, tf.fill([tf.shape(known)[0]], IMPOSSIBLE))
