"""The served graph: from strings to strings."""

from collections.abc import Callable
from functools import partial

import tensorflow as tf
import tensorflow_transform as tft

from models.preprocessing import CANDIDATE_INDICES, ITEM_INDICES, ITEM_VOCABULARY, USER_INDEX, VALUES
from models.recommender import Recommender

STRINGS = tf.TensorSpec([None], tf.string)
K = tf.TensorSpec([None], tf.int32, name="k")
UNKNOWN = tf.constant(b"")

graph = partial(tf.function, autograph=False)
"""AutoGraph has nothing to convert here, and takes up to ten seconds to find that out."""


class ServingModule(tf.Module):
    """A recommender with everything that its signatures need.

    Ids and values pass through the graph of the Transform component, so that a request is read exactly as the
    training data was. The items' representations are computed once, here, and held as a variable.

    Args:
        model: the trained model.
        transform: the output of the Transform component that the model was trained behind.
        max_k: the longest list of recommendations that can be asked for; k is cut to it.
    """

    def __init__(self, model: Recommender, transform: tft.TFTransformOutput, max_k: int):
        super().__init__(name="autoncf")
        self.model = model
        self.transform_features = transform.transform_features_layer()
        self.raw_spec = {
            name: spec
            for name, spec in transform.raw_feature_spec().items()
            if name in ("user_id", "item_ids", "values", "candidate_ids")
        }
        self.users = model.user_vectors.rows
        self.items = model.item_vectors.rows
        self.max_k = min(max_k, self.items)
        self.item_ids = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                transform.vocabulary_file_by_name(ITEM_VOCABULARY),
                key_dtype=tf.int64,
                key_index=tf.lookup.TextFileIndex.LINE_NUMBER,
                value_dtype=tf.string,
                value_index=tf.lookup.TextFileIndex.WHOLE_LINE,
            ),
            default_value=UNKNOWN,
        )
        # The last row is that of every unknown item.
        representations = model.represent_items(tf.range(self.items + 1, dtype=tf.int64))
        self.item_representations = tf.Variable(representations, trainable=False, name="item_representations")
        popularity = model.user_vectors.column_degrees / max(self.users, 1)
        self.popularity = tf.Variable(popularity, trainable=False, name="popularity")

    def signatures(self) -> dict[str, Callable]:
        """The signatures by name; `recommend_from_history` only where new users fold in."""
        signatures = {
            "serving_default": self.score_candidates,
            "score": self.score,
            "recommend": self.recommend,
            "similar_items": self.similar_items,
        }
        if self.model.structure.folds_in:
            signatures["recommend_from_history"] = self.recommend_from_history
        return signatures

    @graph(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def score_candidates(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scores each user's candidates.

        Args:
            examples: string [B], serialised tf.Example with `user_id`, `item_ids`, `values`, `candidate_ids`.

        Returns:
            `scores` float [B, C], padded with 0 to the longest list of candidates.
        """
        features = self.transform_features(tf.io.parse_example(examples, self.raw_spec))
        user_index = features[USER_INDEX][:, 0]
        user = self.model.represent_users(user_index, self._vectors(features[ITEM_INDICES], features[VALUES]))
        candidates = features[CANDIDATE_INDICES]
        scores = self.model.scores(
            tf.gather(user, candidates.indices[:, 0]),
            tf.gather(self.item_representations, candidates.values),
        )
        return {"scores": tf.sparse.to_dense(tf.sparse.map_values(lambda _: scores, candidates))}

    @graph(
        input_signature=[
            tf.TensorSpec([None], tf.string, name="user_id"),
            tf.TensorSpec([None], tf.string, name="item_id"),
        ]
    )
    def score(self, user_id: tf.Tensor, item_id: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scores pairs: string [B] twice -> `score` float [B]."""
        user = self.model.represent_users(self._user_index(user_id))
        item = tf.gather(self.item_representations, self._item_index(item_id))
        return {"score": self.model.scores(user, item)}

    @graph(input_signature=[tf.TensorSpec([None], tf.string, name="user_id"), K])
    def recommend(self, user_id: tf.Tensor, k: tf.Tensor) -> dict[str, tf.Tensor]:
        """The k best items that a user has not seen; to an unknown user the popular ones.

        Args:
            user_id: string [B].
            k: int32 [B].

        Returns:
            `item_id` string [B, max k] padded with '', `score` float [B, max k] padded with 0 (for an unknown
            user the fraction of users who have the item), `known` bool [B].
        """
        index = self._user_index(user_id)
        return self._recommend(
            self.model.represent_users(index), self.model.user_vectors.gather(index), index < self.users, k
        )

    @graph(
        input_signature=[
            tf.TensorSpec([None, None], tf.string, name="item_ids"),
            tf.TensorSpec([None, None], tf.float32, name="values"),
            K,
        ]
    )
    def recommend_from_history(
        self, item_ids: tf.Tensor, values: tf.Tensor, k: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """As `recommend`, for users given by their histories alone.

        Args:
            item_ids: string [B, L], padded with ''.
            values: float [B, L], as in the training data; nan counts as the highest: the item was liked.
            k: int32 [B].
        """
        values = tf.where(tf.math.is_nan(values), tf.constant(self.model.scale.maximum, tf.float32), values)
        cells = tf.where(item_ids != UNKNOWN)
        shape = tf.shape(item_ids, tf.int64)
        features = self.transform_features(
            {
                "item_ids": tf.SparseTensor(cells, tf.gather_nd(item_ids, cells), shape),
                "values": tf.SparseTensor(cells, tf.gather_nd(values, cells), shape),
            }
        )
        vectors = self._vectors(features[ITEM_INDICES], features[VALUES])
        nobody = tf.fill([shape[0]], tf.constant(self.users, tf.int64))
        lengths = tf.math.unsorted_segment_sum(tf.ones_like(vectors.values), vectors.indices[:, 0], shape[0])
        return self._recommend(self.model.represent_users(nobody, vectors), vectors, lengths > 0, k)

    @graph(input_signature=[tf.TensorSpec([None], tf.string, name="item_id"), K])
    def similar_items(self, item_id: tf.Tensor, k: tf.Tensor) -> dict[str, tf.Tensor]:
        """The k items whose representations have the largest cosine; outputs as `recommend`."""
        index = self._item_index(item_id)
        representations = self.item_representations[:-1, : self.model.item_width]
        directions = tf.math.l2_normalize(representations, axis=1)
        known = index < self.items
        own = tf.where(known, index, 0)
        cosines = tf.linalg.matmul(tf.gather(directions, own), directions, transpose_b=True)
        scores = tf.where(known[:, tf.newaxis], cosines, self.popularity[tf.newaxis])
        rows = tf.boolean_mask(tf.range(tf.size(index)), known)
        itself = tf.stack([tf.cast(rows, tf.int64), tf.boolean_mask(index, known)], axis=1)
        return self._top_k(scores, itself, k) | {"known": known}

    def _recommend(
        self, user: tf.Tensor, vectors: tf.SparseTensor, known: tf.Tensor, k: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        scores = self.model.scores_of_all(user, self.item_representations[:-1])
        scores = tf.where(known[:, tf.newaxis], scores, self.popularity[tf.newaxis])
        return self._top_k(scores, vectors.indices, k) | {"known": known}

    def _top_k(self, scores: tf.Tensor, excluded: tf.Tensor, k: tf.Tensor) -> dict[str, tf.Tensor]:
        """The best items of each row of `scores` [B, items], less the cells in `excluded` int64 [n, 2]."""
        nothing = tf.fill([tf.shape(excluded)[0]], -tf.float32.max)
        scores = tf.tensor_scatter_nd_update(scores, excluded, nothing)
        k = tf.clip_by_value(k, 0, self.max_k)
        best, indices = tf.math.top_k(scores, tf.reduce_max(k, axis=0))
        wanted = (tf.range(tf.shape(best)[1])[tf.newaxis] < k[:, tf.newaxis]) & (best > -tf.float32.max)
        item_ids = self.item_ids.lookup(tf.cast(indices, tf.int64))
        return {"item_id": tf.where(wanted, item_ids, UNKNOWN), "score": tf.where(wanted, best, 0.0)}

    def _vectors(self, item_indices: tf.SparseTensor, values: tf.SparseTensor) -> tf.SparseTensor:
        return self.model.user_vectors.from_cells(
            item_indices.indices[:, 0], item_indices.values, values.values, item_indices.dense_shape[0]
        )

    def _user_index(self, user_id: tf.Tensor) -> tf.Tensor:
        return self.transform_features({"user_id": user_id[:, tf.newaxis]})[USER_INDEX][:, 0]

    def _item_index(self, item_id: tf.Tensor) -> tf.Tensor:
        features = self.transform_features({"item_ids": tf.sparse.from_dense(item_id[:, tf.newaxis])})
        return tf.sparse.to_dense(features[ITEM_INDICES], default_value=self.items)[:, 0]
