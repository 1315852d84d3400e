"""What a served model keeps for the training of the next one.

It lies in the SavedModel, where servers ignore it:

    assets.extra/warm_start/manifest.json      structure, feedback, names of the weights
    assets.extra/warm_start/users, items       the ids of both vocabularies, one a line, in their order
    assets.extra/warm_start/weights/NAME.npy   float32, "/" in the name written as "."
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict

from models.preprocessing import ITEM_VOCABULARY, USER_VOCABULARY
from models.settings import Feedback

WARM_START_FOLDER = os.path.join("assets.extra", "warm_start")
_MANIFEST = "manifest.json"


class ColdStart(Exception):
    """Why nothing is carried over from a champion: a clause of a sentence."""


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    structure: dict[str, Any]
    feedback: Feedback
    weights: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class WarmStart:
    """The weights of the fit, before the refit on the eval split: that one the next model may be judged on.

    Attributes:
        structure: plain values, as of `Structure.to_dict`.
        feedback: "explicit" or "implicit".
        weights: float32 by name, as of `models.weights`.
        vocabularies: the ids of "users" and of "items", in the order of the weights' rows.
    """

    structure: Mapping[str, Any]
    feedback: Feedback
    weights: Mapping[str, np.ndarray]
    vocabularies: Mapping[str, Sequence[bytes]]

    def save(self, model_folder: str) -> None:
        """Writes it into an exported SavedModel."""
        folder = os.path.join(model_folder, WARM_START_FOLDER)
        tf.io.gfile.makedirs(os.path.join(folder, "weights"))
        for name, ids in self.vocabularies.items():
            with tf.io.gfile.GFile(os.path.join(folder, name), "wb") as file:
                file.write(b"".join(value + b"\n" for value in ids))
        for name, value in self.weights.items():
            with tf.io.gfile.GFile(_weights_file(folder, name), "wb") as file:
                np.save(file, value.astype(np.float32, copy=False), allow_pickle=False)
        manifest = _Manifest(
            structure=dict(self.structure), feedback=self.feedback, weights=tuple(self.weights)
        )
        with tf.io.gfile.GFile(os.path.join(folder, _MANIFEST), "w") as file:
            file.write(manifest.model_dump_json(indent=2))

    @classmethod
    def load(cls, model_folder: str) -> "WarmStart":
        """Reads it out of a SavedModel.

        Raises:
            ColdStart: if it is not there, or cannot be read.
        """
        folder = os.path.join(model_folder, WARM_START_FOLDER)
        manifest_file = os.path.join(folder, _MANIFEST)
        if not tf.io.gfile.exists(manifest_file):
            raise ColdStart("it was trained without train.warm_start and did not keep its weights")
        try:
            with tf.io.gfile.GFile(manifest_file) as file:
                manifest = _Manifest.model_validate_json(file.read())
            return cls(
                manifest.structure,
                manifest.feedback,
                {name: _read_weights(folder, name) for name in manifest.weights},
                {name: _read_ids(folder, name) for name in (USER_VOCABULARY, ITEM_VOCABULARY)},
            )
        except (ValueError, tf.errors.OpError) as error:
            raise ColdStart(f"{folder} cannot be read ({str(error).splitlines()[0]})") from error


def _weights_file(folder: str, name: str) -> str:
    return os.path.join(folder, "weights", name.replace("/", ".") + ".npy")


def _read_weights(folder: str, name: str) -> np.ndarray:
    with tf.io.gfile.GFile(_weights_file(folder, name), "rb") as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _read_ids(folder: str, name: str) -> list[bytes]:
    with tf.io.gfile.GFile(os.path.join(folder, name), "rb") as file:
        return file.read().split(b"\n")[:-1]
