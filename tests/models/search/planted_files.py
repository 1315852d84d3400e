"""Planted interactions as transformed Examples, and searches over them."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from models.holdout import Holdout
from models.interactions import Interactions
from models.preprocessing import CANDIDATE_INDICES, ITEM_INDICES, LABELS, USER_INDEX, VALUES
from models.search.messages import TrialData
from models.settings import Feedback
from tests.models.conftest import planted
from tests.models.test_training import held_out


def planted_data(folder: Path, users: int = 60, items: int = 40) -> TrialData:
    """Writes both splits into `folder`: two groups of users, each of whom touched items of the own group."""
    return write_data(folder, *held_out(planted(users, items), lists=users), "implicit")


def write_data(folder: Path, interactions: Interactions, holdout: Holdout, feedback: Feedback) -> TrialData:
    """Writes both splits into `folder`."""
    _write_histories(folder / "train.gz", interactions)
    _write_lists(folder / "eval.gz", holdout)
    return TrialData(
        train_files=(str(folder / "train.gz"),),
        eval_files=(str(folder / "eval.gz"),),
        users=interactions.users,
        items=interactions.items,
        feedback=feedback,
        top_k=10,
    )


def _write_histories(path: Path, interactions: Interactions) -> None:
    matrix = interactions.matrix
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for user in range(interactions.users):
            row = matrix[user]
            writer.write(_example({USER_INDEX: [user], ITEM_INDICES: row.indices}, {VALUES: row.data}))


def _write_lists(path: Path, holdout: Holdout) -> None:
    ends = np.cumsum(holdout.lengths)[:-1]
    lists = zip(np.split(holdout.item_indices, ends), np.split(holdout.labels, ends), strict=True)
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for user, (items, labels) in zip(holdout.user_indices, lists, strict=True):
            writer.write(_example({USER_INDEX: [user], CANDIDATE_INDICES: items}, {LABELS: labels}))


def _example(integers: dict, floats: dict) -> bytes:
    features = {
        name: tf.train.Feature(int64_list=tf.train.Int64List(value=values))
        for name, values in integers.items()
    }
    features |= {
        name: tf.train.Feature(float_list=tf.train.FloatList(value=values)) for name, values in floats.items()
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
