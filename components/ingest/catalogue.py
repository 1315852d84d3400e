"""All items of the accepted data, and how popular they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pyarrow as pa


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """Items with their numbers of train interactions.

    Attributes:
        item_ids: binary [items], sorted.
        train_counts: int64 [items]; 0 for an item that is only held out.
    """

    item_ids: pa.Array
    train_counts: np.ndarray

    @classmethod
    def merge(cls, parts: Iterable[Catalogue]) -> Catalogue:
        """The union of `parts`, counts added."""
        table = pa.concat_tables(
            [_EMPTY] + [pa.table({"item_id": part.item_ids, "count": part.train_counts}) for part in parts]
        )
        summed = table.group_by("item_id").aggregate([("count", "sum")]).sort_by("item_id")
        items = summed.column("item_id").combine_chunks()
        return cls(items, summed.column("count_sum").to_numpy())


_EMPTY = pa.table({"item_id": pa.array([], pa.binary()), "count": pa.array([], pa.int64())})
