"""The transformed Examples, read once into sparse matrices."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from models.holdout import Holdout
from models.interactions import Interactions
from models.preprocessing import CANDIDATE_INDICES, ITEM_INDICES, LABELS, USER_INDEX, VALUES

BATCH_SIZE = 1024


@dataclasses.dataclass(frozen=True)
class Lists:
    """A feature of variable length, all Examples one after another."""

    flat: np.ndarray
    lengths: np.ndarray


def read_interactions(files: Sequence[str], shape: tuple[int, int]) -> Interactions:
    """The histories of the Examples in `files` (glob patterns) as a matrix of `shape` (users, items)."""
    columns = _read(files, (USER_INDEX, ITEM_INDICES, VALUES))
    items = columns[ITEM_INDICES]
    return Interactions.from_histories(
        columns[USER_INDEX].flat, items.lengths, items.flat, columns[VALUES].flat, shape
    )


def read_holdout(files: Sequence[str]) -> Holdout:
    """The candidates of the Examples in `files` (glob patterns) and their labels."""
    columns = _read(files, (USER_INDEX, CANDIDATE_INDICES, LABELS))
    candidates = columns[CANDIDATE_INDICES]
    return Holdout(columns[USER_INDEX].flat, candidates.lengths, candidates.flat, columns[LABELS].flat)


def _read(files: Sequence[str], names: Sequence[str]) -> dict[str, Lists]:
    types = {name: tf.float32 if name in (VALUES, LABELS) else tf.int64 for name in names}
    spec = {name: tf.io.RaggedFeature(dtype) for name, dtype in types.items()}
    paths = [path for pattern in files for path in sorted(tf.io.gfile.glob(pattern))]
    dataset = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(BATCH_SIZE)
    flat: dict[str, list[np.ndarray]] = {name: [np.empty(0, types[name].as_numpy_dtype)] for name in names}
    lengths: dict[str, list[np.ndarray]] = {name: [np.empty(0, np.int64)] for name in names}
    for batch in dataset.map(lambda serialized: tf.io.parse_example(serialized, spec)):
        for name in names:
            flat[name].append(batch[name].flat_values.numpy())
            lengths[name].append(batch[name].row_lengths().numpy().astype(np.int64))
    return {name: Lists(np.concatenate(flat[name]), np.concatenate(lengths[name])) for name in names}
