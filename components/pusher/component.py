"""The AtomicPusher component."""

from __future__ import annotations

from typing import Any

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import pusher_pb2
from tfx.types import component_spec, standard_artifacts, standard_component_specs
from tfx.utils import json_utils

from components.pusher.executor import EVALUATION_KEY, EXAMPLES_KEY, Executor


class AtomicPusherSpec(standard_component_specs.PusherSpec):
    """The stock Pusher's, with what completes the model info."""

    INPUTS = {  # noqa: RUF012 - the base class declares it so
        **standard_component_specs.PusherSpec.INPUTS,
        EVALUATION_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.ModelEvaluation, optional=True
        ),
        EXAMPLES_KEY: component_spec.ChannelParameter(type=standard_artifacts.Examples, optional=True),
    }


class AtomicPusher(base_component.BaseComponent):
    """The stock Pusher with versions that a server sees whole or not at all, and each model once.

    The stock one copies straight into the numeric folder, and TF Serving tries any numeric folder it sees.
    How a version comes to be is told in `components.pusher.versions`.

    Component `outputs`:
        pushed_model: with the properties of `tfx.v1.components.Pusher`, which tell where the model is; of its
            files only the completed model info.

    Args:
        model: of the Trainer.
        push_destination: has to be a filesystem.
        model_blessing: of the Evaluator; a model that is not blessed is not pushed.
        evaluation: of the Evaluator; its metrics over all users become the `test` metrics of the model info.
        examples: of the InteractionExampleGen; its report becomes the data window of the model info.
        custom_config: values that a cached push is compared by.
    """

    SPEC_CLASS = AtomicPusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: types.BaseChannel,
        push_destination: pusher_pb2.PushDestination,
        model_blessing: types.BaseChannel | None = None,
        evaluation: types.BaseChannel | None = None,
        examples: types.BaseChannel | None = None,
        custom_config: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            spec=AtomicPusherSpec(
                model=model,
                model_blessing=model_blessing,
                evaluation=evaluation,
                examples=examples,
                push_destination=push_destination,
                custom_config=json_utils.dumps(custom_config),
                pushed_model=types.Channel(type=standard_artifacts.PushedModel),
            )
        )
