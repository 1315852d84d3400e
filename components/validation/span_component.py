"""The SpanValidator component."""

from __future__ import annotations

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import component_spec, standard_artifacts

from components.code_digest import code_digest
from components.validation.span_executor import (
    ANOMALIES_KEY,
    CODE_FINGERPRINT_KEY,
    EXAMPLES_KEY,
    SCHEMA_KEY,
    SPAN_STATISTICS_KEY,
    Executor,
)


class SpanValidatorSpec(types.ComponentSpec):
    """Inputs and output of the SpanValidator, and a digest of its code for the cache."""

    PARAMETERS = {  # noqa: RUF012 - the base class declares it so
        CODE_FINGERPRINT_KEY: component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {  # noqa: RUF012 - the base class declares it so
        SPAN_STATISTICS_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        EXAMPLES_KEY: component_spec.ChannelParameter(type=standard_artifacts.Examples),
        SCHEMA_KEY: component_spec.ChannelParameter(type=standard_artifacts.Schema),
    }
    OUTPUTS = {  # noqa: RUF012 - the base class declares it so
        ANOMALIES_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies)
    }


class SpanValidator(base_component.BaseComponent):
    """Holds every span that no run has accepted against the accepted one nearest to it, and fails on any
    anomaly.

    The InteractionValidator sees all interactions merged, in which one bad night among many hardly shows.
    Here the accepted span before a new one is its measure (see `components.ingest.baselines`): the
    distributions of items, values and activity, the number of users and of rows, and whether time goes on.
    Without a span to compare with, nothing is wrong. As for the InteractionValidator, components that must
    not see bad data take this one as an upstream node.

    Component `outputs`:
        anomalies: ExampleAnomalies, what was found, per new span.

    Args:
        span_statistics: ExampleStatistics with a split `span-N` for every new span and for those to measure
            them by: of the InteractionExampleGen's `span_examples`.
        examples: Examples of the InteractionExampleGen, whose report tells rows and times of every span, and
            which of them were accepted.
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
                code_fingerprint=code_digest("components.validation"),
                anomalies=types.Channel(type=standard_artifacts.ExampleAnomalies),
            )
        )
