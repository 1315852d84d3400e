"""The InteractionExampleGen component."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Collection

from tfx import types
from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.types import component_spec, standard_artifacts

from components import storage
from components.code_digest import code_digest
from components.ingest import executor
from components.ingest.delivery import fingerprint
from components.ingest.settings import IngestSettings
from models.errors import UserError
from schemas import schema_path, value_domain


class InteractionExampleGenSpec(types.ComponentSpec):
    """Execution properties and outputs of the InteractionExampleGen."""

    PARAMETERS = {  # noqa: RUF012 - the base class declares it so
        executor.DATA_KEY: component_spec.ExecutionParameter(type=str),
        executor.SETTINGS_KEY: component_spec.ExecutionParameter(type=str),
        executor.DOMAIN_KEY: component_spec.ExecutionParameter(type=str),
        executor.DATA_FINGERPRINT_KEY: component_spec.ExecutionParameter(type=str),
        executor.CODE_FINGERPRINT_KEY: component_spec.ExecutionParameter(type=str),
        executor.QUARANTINE_DIR_KEY: component_spec.ExecutionParameter(type=str, optional=True),
        executor.ACCEPTED_CONTENTS_KEY: component_spec.ExecutionParameter(type=str),
        executor.TEST_NOT_BEFORE_KEY: component_spec.ExecutionParameter(type=str),
    }
    INPUTS: dict[str, component_spec.ChannelParameter] = {}  # noqa: RUF012 - the base class declares it so
    OUTPUTS = {  # noqa: RUF012 - the base class declares it so
        executor.EXAMPLES_KEY: component_spec.ChannelParameter(type=standard_artifacts.Examples),
        executor.SPAN_EXAMPLES_KEY: component_spec.ChannelParameter(type=standard_artifacts.Examples),
    }


class InteractionExampleGen(base_beam_component.BaseBeamComponent):
    """Reads a folder of interactions and writes one Example per user.

    It is no ExampleGen of TFX: their drivers, which look for spans and fingerprint the input, do not run on
    open-source Kubeflow Pipelines. The fingerprints of data and code are execution properties instead, so
    that the cache never answers for other data or other code.

    Component `outputs`:
        examples: Examples with the splits train, eval and test, gzip TFRecords of tf.Examples; beside them
            report.json (an IngestReport) and, if any row broke a rule, quarantine.tsv.
        span_examples: Examples with one split `span-N` for every span that no run has accepted, and for every
            one that these are measured by (`components.ingest.baselines`); a tf.Example is one user of that
            span alone (user_id, item_ids, values, and as `activity` the number of items). Data without spans
            have the split span-0 with no Example.

    Args:
        data: canonical folder, local or remote.
        settings: what a user can choose.
        schema_file: name of a packaged schema, or the path of one: its domain of `values` is a rule for rows.
        quarantine_dir: folder that keeps quarantine.tsv when too many rows break a rule; a new temporary one
            if absent.
        accepted_contents: digests of the files that earlier runs accepted, as `Delivery.contents` has them:
            spans with others are new, whatever their numbers.
        test_not_before: first second of the latest test of a model that was served since. Under `temporal`
            with fractions test begins no earlier: what such a model may have learnt is never held out.

    Raises:
        UserError: if there is no such schema.
    """

    SPEC_CLASS = InteractionExampleGenSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(executor.Executor)

    def __init__(
        self,
        data: str,
        settings: IngestSettings,
        schema_file: str,
        quarantine_dir: str | None = None,
        accepted_contents: Collection[str] = (),
        test_not_before: int | None = None,
    ):
        schema_file = schema_path(schema_file)
        data = os.path.abspath(data) if storage.is_local(data) else data
        super().__init__(
            spec=InteractionExampleGenSpec(
                data=data,
                settings=settings.model_dump_json(),
                domain=json.dumps(value_domain(schema_file)),
                data_fingerprint=_fingerprint_if_reachable(data, settings),
                code_fingerprint=code_digest("components.ingest", "components.storage", "components.stores"),
                quarantine_dir=quarantine_dir,
                accepted_contents=json.dumps(sorted(set(accepted_contents))),
                test_not_before=json.dumps(test_not_before),
                examples=types.Channel(type=standard_artifacts.Examples),
                span_examples=types.Channel(type=standard_artifacts.Examples),
            )
        )


def _fingerprint_if_reachable(data: str, settings: IngestSettings) -> str:
    """Unlike any other where this machine cannot see the data, so that the cache never answers for them.

    A pipeline may be compiled far from its data, and even without the library for their scheme: the run
    itself will tell what is wrong.
    """
    try:
        return fingerprint(data, settings)
    except (UserError, OSError, ValueError):
        return f"not seen, {uuid.uuid4().hex}"
