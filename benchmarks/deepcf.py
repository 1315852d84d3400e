"""The DeepCF authors' sets as matrices, without the pipeline."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv
from scipy import sparse

from models.holdout import Holdout
from models.interactions import Interactions


@dataclasses.dataclass(frozen=True)
class DeepCFData:
    """Known interactions, each with the value 1, and the authors' test lists as they are (protocol raw)."""

    train: Interactions
    test: Holdout


def load(folder: Path) -> DeepCFData:
    """Reads a folder that `autoncf data fetch` made; ids without a train row become unknown ones."""
    train_users, train_items = _read(folder / "interactions.csv")
    users, user_index = np.unique(train_users, return_inverse=True)
    items, item_index = np.unique(train_items, return_inverse=True)
    cells = (np.ones(len(user_index), np.float32), (user_index, item_index))
    train = Interactions(sparse.csr_matrix(cells, shape=(len(users), len(items)))).binarized()

    positives, candidates = _read(folder / "test.csv"), _read(folder / "candidates.csv")
    listed_users = np.concatenate([positives[0], candidates[0]])
    listed_items = np.concatenate([positives[1], candidates[1]])
    # Of copies the first stays: the held-out item, where it stands among the candidates too.
    pairs = np.stack([listed_users, listed_items], axis=1)
    _, first = np.unique(pairs, axis=0, return_index=True)
    order = np.sort(first)
    order = order[np.argsort(listed_users[order], kind="stable")]
    owners, lengths = np.unique(listed_users[order], return_counts=True)
    test = Holdout(
        _index(owners, users),
        lengths.astype(np.int64),
        _index(listed_items[order], items),
        (order < len(positives[0])).astype(np.float32),
    )
    return DeepCFData(train, test)


def _read(file: Path) -> tuple[np.ndarray, np.ndarray]:
    types = {"user_id": pa.string(), "item_id": pa.string()}
    options = csv.ConvertOptions(column_types=types, include_columns=list(types))
    table = csv.read_csv(file, convert_options=options)
    return table["user_id"].to_numpy().astype(str), table["item_id"].to_numpy().astype(str)


def _index(ids: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Positions of `ids` in sorted `known`, `len(known)` where they are not there."""
    positions = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[positions] == ids, positions, len(known)).astype(np.int64)
