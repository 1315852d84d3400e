"""The InteractionValidator component."""

from __future__ import annotations

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import component_spec, standard_artifacts

from components.code_digest import code_digest
from components.validation.executor import (
    ACCEPTED_KEY,
    ANOMALIES_KEY,
    CODE_FINGERPRINT_KEY,
    PREVIOUS_STATISTICS_KEY,
    SCHEMA_KEY,
    STATISTICS_KEY,
    Executor,
)


class InteractionValidatorSpec(types.ComponentSpec):
    """Inputs and outputs of the InteractionValidator, and a digest of its code for the cache."""

    PARAMETERS = {  # noqa: RUF012 - the base class declares it so
        CODE_FINGERPRINT_KEY: component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {  # noqa: RUF012 - the base class declares it so
        STATISTICS_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        SCHEMA_KEY: component_spec.ChannelParameter(type=standard_artifacts.Schema),
        PREVIOUS_STATISTICS_KEY: component_spec.ChannelParameter(
            type=standard_artifacts.ExampleStatistics, optional=True
        ),
    }
    OUTPUTS = {  # noqa: RUF012 - the base class declares it so
        ANOMALIES_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies),
        ACCEPTED_KEY: component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
    }


class InteractionValidator(base_component.BaseComponent):
    """Holds statistics against the curated schema and fails on any anomaly, so that nothing is trained on it.

    The stock ExampleValidator publishes anomalies and lets the pipeline go on, and it knows no earlier
    statistics to measure drift against. Components that must not see bad data take this one as an upstream
    node rather than its outputs as inputs: those are new at every execution, and nothing would be cached.

    Component `outputs`:
        anomalies: ExampleAnomalies, what TFDV found, per split.
        accepted: ExampleStatistics, a copy of the statistics if they passed. Resolving the latest of it as
            `previous_statistics` (see `previous_statistics_channel`) never measures by rejected data.

    Args:
        statistics: ExampleStatistics of all splits.
        schema: Schema with drift limits; its default environments, if any, are names of splits.
        previous_statistics: ExampleStatistics that drift is measured against; without it no drift limit
            applies.
    """

    SPEC_CLASS = InteractionValidatorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        statistics: types.BaseChannel,
        schema: types.BaseChannel,
        previous_statistics: types.BaseChannel | None = None,
    ):
        inputs = {STATISTICS_KEY: statistics, SCHEMA_KEY: schema}
        if previous_statistics is not None:
            inputs[PREVIOUS_STATISTICS_KEY] = previous_statistics
        outputs = {
            ANOMALIES_KEY: types.Channel(type=standard_artifacts.ExampleAnomalies),
            ACCEPTED_KEY: types.Channel(type=standard_artifacts.ExampleStatistics),
        }
        code = {CODE_FINGERPRINT_KEY: code_digest("components.validation")}
        super().__init__(spec=InteractionValidatorSpec(**inputs, **outputs, **code))


def previous_statistics_channel(validator_id: str = InteractionValidator.__name__) -> types.Channel:
    """What a Resolver takes the latest artifact of: the `accepted` output of earlier runs' validators.

    Args:
        validator_id: id of the validator in the pipeline.
    """
    return types.Channel(
        type=standard_artifacts.ExampleStatistics,
        producer_component_id=validator_id,
        output_key=ACCEPTED_KEY,
    )
