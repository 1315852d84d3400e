"""Executor of the AtomicPusher."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from absl import logging
from tfx import types
from tfx.components.evaluator import constants
from tfx.components.pusher import executor
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import proto_utils

from components import storage
from components.pusher.champion import champion_version
from components.pusher.lock import hold_versions
from components.pusher.model_info import complete_model_info
from components.pusher.versions import NotPushed, push_version

EVALUATION_KEY = "evaluation"
EXAMPLES_KEY = "examples"
NOT_PUSHED_REASON = "not_pushed_reason"
"""Custom property of a `pushed_model` artifact: why a blessed model was not pushed."""


class Executor(executor.Executor):
    """Pushes a blessed model, its info completed, as a new version, unless it is the latest one already."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Marks the `pushed_model` artifact with `pushed`, `pushed_version` and `pushed_destination`.

        The artifact holds the completed info; the model itself is at its destination, where it is served.
        A blessed model that was withdrawn before, or was compared with a champion that was withdrawn since,
        is marked with `not_pushed_reason` instead.

        Raises:
            ValueError: if the push destination is not a filesystem.
            TimeoutError: if another process has been changing the versions for too long.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed_model = artifact_utils.get_single_instance(
            output_dict[standard_component_specs.PUSHED_MODEL_KEY]
        )
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed_model)
            return
        model_path = self.GetModelPath(input_dict)
        base_directory = _base_directory(exec_properties)
        info = complete_model_info(
            model_path, _uri(input_dict, EVALUATION_KEY), _uri(input_dict, EXAMPLES_KEY)
        )
        with _turn(base_directory):
            try:
                compared_with = _compared_with(input_dict, base_directory)
                version = str(push_version(model_path, base_directory, info, compared_with))
            except NotPushed as reason:
                self._MarkNotPushed(pushed_model)
                pushed_model.set_string_custom_property(NOT_PUSHED_REASON, str(reason))
                logging.warning("Model %s is not pushed: %s", model_path, reason)
                return
        for name, contents in info.items():
            storage.write_bytes(storage.join(pushed_model.uri, name), contents)
        destination = storage.join(base_directory, version)
        self._MarkPushed(pushed_model, pushed_destination=destination, pushed_version=version)
        logging.info("Model %s is version %s in %s", model_path, version, base_directory)


def _turn(base_directory: str) -> contextlib.AbstractContextManager[None]:
    """Object stores have no locks; nor do rollback and retention work on them."""
    if not storage.is_local(base_directory):
        return contextlib.nullcontext()
    os.makedirs(base_directory, exist_ok=True)
    return hold_versions(Path(base_directory))


def _compared_with(input_dict: dict[str, list[types.Artifact]], base_directory: str) -> int | None:
    """The version in the base folder that the Evaluator had as its baseline; None if that lies elsewhere."""
    blessings = input_dict.get(standard_component_specs.MODEL_BLESSING_KEY)
    if not blessings:
        return None
    baseline = blessings[0].get_string_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY)
    return champion_version(baseline, base_directory) if baseline else None


def _uri(input_dict: dict[str, list[types.Artifact]], key: str) -> str | None:
    artifacts = input_dict.get(key)
    return artifact_utils.get_single_uri(artifacts) if artifacts else None


def _base_directory(exec_properties: dict[str, Any]) -> str:
    destination = pusher_pb2.PushDestination()
    text = exec_properties.get(standard_component_specs.PUSH_DESTINATION_KEY)
    if text:
        proto_utils.json_to_proto(text, destination)
    if not destination.filesystem.base_directory:
        raise ValueError(f"AtomicPusher needs push_destination.filesystem.base_directory. Received: {text}")
    return destination.filesystem.base_directory
