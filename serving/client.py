"""The gRPC client of a served recommender, embedded or TensorFlow Serving."""

import math
from collections.abc import Iterable, Sequence
from types import TracebackType

import numpy as np

from serving.channel import ModelChannel
from serving.errors import ServingError
from serving.grpc_options import DEFAULT_MAX_MESSAGE_BYTES
from serving.results import Recommendations, RecommendedItem
from serving.statuses import VersionState, VersionStatus


class Recommender:
    """Asks a served model for recommendations.

        with Recommender("localhost:8500") as recommender:
            for item in recommender.recommend("196", k=10).items: ...

    One instance may be shared by threads. Ids are strings. Every method raises ServingError, with a sentence
    that says what to do, when the server cannot be reached or cannot answer.

    Args:
        address: "host:port" of the server.
        model_name: the name the model is served under.
        timeout: seconds to wait for an answer.
        max_message_bytes: largest request and response.
    """

    def __init__(
        self,
        address: str = "localhost:8500",
        model_name: str = "recommender",
        timeout: float = 10.0,
        max_message_bytes: int = DEFAULT_MAX_MESSAGE_BYTES,
    ) -> None:
        self._channel = ModelChannel(address, model_name, timeout, max_message_bytes)

    def recommend(self, user_id: str, k: int = 10) -> Recommendations:
        """The k best items for a user, none of the user's history; popular ones for an unknown user."""
        return self.recommend_many([user_id], k)[0]

    def recommend_many(self, user_ids: Sequence[str], k: int = 10) -> list[Recommendations]:
        """`recommend` for many users in one request, in their order."""
        if not user_ids:
            return []
        return self._ranked("recommend", {"user_id": _strings(user_ids)}, k)

    def recommend_from_history(
        self, item_ids: Sequence[str], values: Sequence[float] | None = None, k: int = 10
    ) -> Recommendations:
        """The k best items for somebody who is known by a history alone, without the items in it.

        Args:
            item_ids: items of the history; unknown ones are ignored by the model.
            values: value of each, as in the training data; a missing one (nan, or all of them when left out)
                counts as the highest: the item was liked.
            k: how many items.

        Raises:
            ServingError: also if the model's structure knows users by id alone and so cannot answer new ones.
        """
        weights = [math.nan] * len(item_ids) if values is None else list(values)
        if len(weights) != len(item_ids):
            raise ServingError(
                f"history has {len(item_ids)} items but {len(weights)} values: "
                "give one value per item, or none"
            )
        if not item_ids or "" in item_ids:
            raise ServingError("history should hold at least one item and no empty id")
        inputs = {"item_ids": _strings(item_ids)[None, :], "values": np.array([weights], np.float32)}
        return self._ranked("recommend_from_history", inputs, k)[0]

    def similar_items(self, item_id: str, k: int = 10) -> Recommendations:
        """The k items nearest to an item; popular ones for an unknown item."""
        return self._ranked("similar_items", {"item_id": _strings([item_id])}, k)[0]

    def score(self, pairs: Iterable[tuple[str, str]]) -> list[float]:
        """The model's score of each (user_id, item_id), in their order."""
        pairs = list(pairs)
        if not pairs:
            return []
        users, items = zip(*pairs, strict=True)
        outputs = self._channel.predict("score", {"user_id": _strings(users), "item_id": _strings(items)})
        return [float(score) for score in outputs["score"]]

    def status(self) -> list[VersionStatus]:
        """Every version the server knows, newest first."""
        return self._channel.statuses()

    def model_version(self) -> int:
        """The version that serves now."""
        available = [status for status in self.status() if status.state is VersionState.AVAILABLE]
        if not available:
            raise ServingError(
                f"{self._channel.address}: no version of the model is available yet; try again later"
            )
        return max(status.version for status in available)

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def __enter__(self) -> "Recommender":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ranked(self, signature_name: str, inputs: dict[str, np.ndarray], k: int) -> list[Recommendations]:
        """Asks one of the ranking signatures, k items for each row, and cuts the padding off."""
        if k < 1:
            raise ServingError(f"k should be at least 1. Received: {k}")
        rows = len(next(iter(inputs.values())))
        outputs = self._channel.predict(signature_name, {**inputs, "k": np.full(rows, k, np.int32)})
        columns = outputs["item_id"], outputs["score"], outputs["known"]
        return [
            Recommendations(_items(item_ids, scores), bool(known))
            for item_ids, scores, known in zip(*columns, strict=True)
        ]


def _items(item_ids: np.ndarray, scores: np.ndarray) -> list[RecommendedItem]:
    return [
        RecommendedItem(item_id.decode(), float(score))
        for item_id, score in zip(item_ids, scores, strict=True)
        if item_id
    ]


def _strings(ids: Iterable[str]) -> np.ndarray:
    return np.array([str(text).encode() for text in ids], dtype=object)
