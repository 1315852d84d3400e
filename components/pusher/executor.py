"""Executor of the AtomicPusher."""

from __future__ import annotations

import os
from typing import Any

from absl import logging
from tfx import types
from tfx.components.pusher import executor
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils, proto_utils

from components.pusher.model_info import complete_model_info
from components.pusher.versions import ModelWasWithdrawn, push_version

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

        A blessed model that was withdrawn before is marked with `not_pushed_reason` instead.

        Raises:
            ValueError: if the push destination is not a filesystem.
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
        try:
            version = str(push_version(model_path, base_directory, info))
        except ModelWasWithdrawn as withdrawn:
            self._MarkNotPushed(pushed_model)
            pushed_model.set_string_custom_property(NOT_PUSHED_REASON, str(withdrawn))
            logging.warning("Model %s is not pushed: %s", model_path, withdrawn)
            return
        destination = os.path.join(base_directory, version)
        io_utils.copy_dir(destination, pushed_model.uri)
        self._MarkPushed(pushed_model, pushed_destination=destination, pushed_version=version)
        logging.info("Model %s is version %s in %s", model_path, version, base_directory)


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
