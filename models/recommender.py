"""The framework itself: representations -> fusion -> prediction -> loss."""

import math

import tensorflow as tf
import tensorflow_recommenders as tfrs
import tf_keras

from models.fusion import FUSIONS
from models.interactions import Interactions
from models.losses import make_loss
from models.prediction import make_prediction
from models.representations import Embedding, Representation
from models.scale import ValueScale
from models.structure import Fusion, PredictionKind, Structure
from models.vectors import InteractionVectors


class Recommender(tfrs.Model):
    """`score(u, i) = prediction(fusion(user_representation(u), item_representation(i)))` (paper, equation 5).

    The representation of a user or an item is one vector: those of all branches side by side and, when the
    model is biased, the bias in the last place.

    Args:
        structure: the choice for every slot.
        interactions: what is known of users and items; the inputs of the towers.
        scale: of the raw values.
        biased: whether a global mean, a bias per item and, unless new users are folded in, a bias per user
            are added to the logit, as explicit feedback needs.
        seed: of the initial weights.
    """

    def __init__(
        self,
        structure: Structure,
        interactions: Interactions,
        scale: ValueScale,
        biased: bool,
        seed: int = 1,
    ):
        super().__init__(name="recommender")
        self.structure = structure
        self.scale = scale
        self.biased = biased
        matrix = interactions.matrix
        self.user_vectors = InteractionVectors(matrix, scale.center, scale.deviation)
        self.item_vectors = InteractionVectors(matrix.T.tocsr(), scale.center, scale.deviation)
        self.user_layers = [
            Representation(tower, interactions.users, self.user_vectors, seed + 10 * branch, f"user_{branch}")
            for branch, tower in enumerate(structure.user_towers)
        ]
        self.item_layers = [
            Representation(
                tower, interactions.items, self.item_vectors, seed + 10 * branch + 5, f"item_{branch}"
            )
            for branch, tower in enumerate(structure.item_towers)
        ]
        self.prediction = make_prediction(structure.prediction, seed)
        self.linear = structure.prediction.kind is PredictionKind.LINEAR
        self.mean_loss = tf_keras.metrics.Mean(name="loss")
        self.pair_loss = make_loss(structure.loss.kind, self.linear)
        if biased:
            mean = float(scale.to_unit(scale.center))
            self.global_bias = mean if self.linear else math.log(mean / (1 - mean))
            self.item_bias = Embedding(interactions.items, 1, seed + 5)
            # A bias looked up by id would keep a structure without user ids from folding new users in.
            self.user_bias = None if structure.folds_in else Embedding(interactions.users, 1, seed)

    def represent_users(
        self, index: tf.Tensor, vectors: tf.SparseTensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """Users' representations.

        Args:
            index: int64 [batch]; an unknown user may have any index outside the known ones.
            vectors: sparse float [batch, items], from `user_vectors.from_cells`; the stored ones if None.
            training: whether dropout is on.

        Returns:
            float [batch, D].
        """
        if vectors is None:
            vectors = self.user_vectors.gather(index)
        parts = [layer(index, vectors, training=training) for layer in self.user_layers]
        if self.biased and self.user_bias is not None:
            parts.append(self.user_bias(index))
        return tf.concat(parts, axis=1)

    def represent_items(self, index: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Items' representations: int64 [batch] -> float [batch, E]."""
        vectors = self.item_vectors.gather(index)
        parts = [layer(index, vectors, training=training) for layer in self.item_layers]
        if self.biased:
            parts.append(self.item_bias(index))
        return tf.concat(parts, axis=1)

    def logits(self, user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
        """From aligned representations, float [..., D] and float [..., E], to logits float [...]."""
        joint, user_start, item_start = [], 0, 0
        for branch in self.structure.branches:
            user_end, item_end = user_start + branch.user.width, item_start + branch.item.width
            joint.append(
                FUSIONS[branch.fusion](user[..., user_start:user_end], item[..., item_start:item_end])
            )
            user_start, item_start = user_end, item_end
        logits = self.prediction(tf.concat(joint, axis=-1))
        if self.biased:
            logits += self.global_bias + item[..., item_start]
            if self.user_bias is not None:
                logits += user[..., user_start]
        return logits

    def scores(self, user: tf.Tensor, item: tf.Tensor) -> tf.Tensor:
        """As `logits`, in the scale of the raw values."""
        return self._to_raw(self.logits(user, item))

    def scores_of_all(self, user: tf.Tensor, items: tf.Tensor) -> tf.Tensor:
        """Every user with every item: float [batch, D] and float [items, E] -> float [batch, items]."""
        affine = self.prediction.affine()
        if affine is None or any(branch.fusion is not Fusion.PRODUCT for branch in self.structure.branches):
            count = tf.shape(items)[0]
            return tf.map_fn(lambda one: self.scores(tf.repeat(one[tf.newaxis], count, axis=0), items), user)
        # w (u * v) = (w * u) v: the weights go to the user's side, and one matrix product scores everything.
        weights, intercept = affine
        width = self.item_width
        logits = tf.linalg.matmul(user[:, :width] * weights, items[:, :width], transpose_b=True) + intercept
        if self.biased:
            logits += self.global_bias + items[:, width]
            if self.user_bias is not None:
                logits += user[:, width:]
        return self._to_raw(logits)

    @property
    def item_width(self) -> int:
        """Size of an item's representation without its bias."""
        return sum(tower.width for tower in self.structure.item_towers)

    def compute_loss(self, inputs: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        """Mean loss of a batch of pairs.

        Args:
            inputs: `user_index` int64 [batch], `item_index` int64 [batch], `label` float [batch] in [0, 1].
            training: whether dropout is on.
        """
        # Each user and item of the batch is represented once, however many pairs it stands in.
        users, user_positions = tf.unique(inputs["user_index"])
        items, item_positions = tf.unique(inputs["item_index"])
        user = tf.gather(self.represent_users(users, training=training), user_positions)
        item = tf.gather(self.represent_items(items, training=training), item_positions)
        return self.pair_loss(inputs["label"], self.logits(user, item))

    def _to_raw(self, logits: tf.Tensor) -> tf.Tensor:
        return self.scale.from_unit(logits if self.linear else tf.sigmoid(logits))

    # AutoGraph would convert Keras' own code too: 16 s instead of 1.5 s until the first step.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of the optimiser on the mean over all replicas; `loss` is the mean over the epoch."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        with tf.GradientTape() as tape:
            loss = self.compute_loss(inputs, training=True)
            share = loss / replicas
        gradients = tape.gradient(share, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        self.mean_loss.update_state(loss, sample_weight=tf.size(inputs["label"]))
        return {"loss": self.mean_loss.result()}
