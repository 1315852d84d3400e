"""The SpanValidator component."""

from __future__ import annotations

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import component_spec, standard_artifacts

from components.validation.span_executor import (
    ANOMALIES_KEY,
    EXAMPLES_KEY,
    SCHEMA_KEY,
    SPAN_STATISTICS_KEY,
    Executor,
)


class SpanValidatorSpec(types.ComponentSpec):
    """Inputs and output of the SpanValidator."""

    PARAMETERS: dict[str, component_spec.ExecutionParameter] = {}  # noqa: RUF012 - the base class declares it so
    INPUTS = {  # noqa: RUF012 - the base class declares it so
        SPAN_STATISTICS_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        EXAMPLES_KEY: component_spec.ChannelParameter(type=standard_artifacts.Examples),
        SCHEMA_KEY: component_spec.ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {  # noqa: RUF012 - the base class declares it so
        ANOMALIES_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies)
    }


class SpanValidator(base_component.BaseComponent):
    """Holds every new span against the last one that was accepted, and fails on any anomaly.

    The InteractionValidator sees all interactions merged, in which one bad night among many hardly shows.
    Here the oldest split, by its number, is the measure for each of the others: the distributions of items,
    values and activity, the number of users and of rows, and whether time goes on. Without a span to compare
    with, nothing is wrong. As for the InteractionValidator, components that must not see bad data take this
    one as an upstream node.

    Component `outputs`:
        anomalies: ExampleAnomalies, what was found, per new span.

    Args:
        span_statistics: ExampleStatistics with a split `span-N` for the last accepted span and for every
            newer one: those of the InteractionExampleGen's `span_examples`.
        examples: Examples of the InteractionExampleGen, whose report tells rows and times of every span.
        schema: Schema of an Example of one user in one span, with the limits (schemas/spans.pbtxt).
    """

    SPEC_CLASS = SpanValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self, span_statistics: types.BaseChannel, examples: types.BaseChannel, schema: types.BaseChannel
    ):
        super().__init__(
            spec=SpanValidatorSpec(
                span_statistics=span_statistics,
                examples=examples,
                schema=schema,
                anomalies=types.Channel(type=standard_artifacts.ExampleAnomalies),
            )
        )
