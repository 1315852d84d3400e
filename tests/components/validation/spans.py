"""Planted spans and their statistics."""

import numpy as np
import pyarrow as pa
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.validation.span_statistics import span_statistics_options

User = tuple[list[str], list[float]]
"""Items of a user and their values."""


def plant(seed: int, users: int = 200, items: int = 3000) -> list[User]:
    """Users who each rate about five items of a catalogue whose popularity falls with the rank."""
    random = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, items + 1)
    drawn = []
    for activity in np.ceil(random.lognormal(1.3, 0.8, users)).astype(int):
        taken = np.unique(random.choice(items, activity, p=popularity / popularity.sum()))
        ratings = random.choice([1.0, 2.0, 3.0, 4.0, 5.0], len(taken), p=[0.06, 0.11, 0.27, 0.35, 0.21])
        drawn.append(([f"item{item}" for item in taken], ratings.tolist()))
    return drawn


def statistics_of(users: list[User]) -> statistics_pb2.DatasetFeatureStatisticsList:
    """As StatisticsGen computes them of the Examples of one span."""
    floats, strings = pa.list_(pa.float32()), pa.list_(pa.binary())
    columns = {
        "user_id": pa.array([[f"user{user}".encode()] for user in range(len(users))], strings),
        "item_ids": pa.array([[item.encode() for item in items] for items, _ in users], strings),
        "values": pa.array([values for _, values in users], floats),
        "activity": pa.array([[float(len(items))] for items, _ in users], floats),
    }
    batch = pa.RecordBatch.from_arrays(list(columns.values()), list(columns))
    return stats_impl.generate_statistics_in_memory(batch, span_statistics_options())
