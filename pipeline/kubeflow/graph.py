"""The TFX pipeline as TFX itself compiles it for Kubeflow Pipelines v2."""

from typing import Any

from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import (
    KubeflowV2DagRunner,
    KubeflowV2DagRunnerConfig,
)

from pipeline.config import Config
from pipeline.earlier_runs import EarlierRuns
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.pipeline import create_pipeline

CHAMPION = "Champion"
LAST_ACCEPTED_DATA = "LastAcceptedData"
SCHEMA = "ImportSchemaGen"
SPAN_SCHEMA = "SpanSchema"
IMPORTED_NODES = (CHAMPION, LAST_ACCEPTED_DATA, SCHEMA, SPAN_SCHEMA)
"""Nodes that bring in what is there already: the Preparation finds it, since the open-source backend runs no
resolvers, and no importers of what a task found."""


def compile_with_tfx(
    config: Config, *, data: str, earlier: EarlierRuns, schema_file: str, span_schema_file: str, root: str
) -> dict[str, Any]:
    """The pipeline specification that TFX makes, as JSON; it has a champion, whether or not there is one.

    Args:
        config: the choices.
        data: folder with the interactions.
        earlier: what runs on other data accepted, and may have learnt.
        schema_file: local file of the curated schema.
        span_schema_file: likewise, of spans.
        root: of the deployment, in an object store.
    """
    locations = RemoteRoot(root)
    pipeline = create_pipeline(
        config,
        data=data,
        earlier=earlier,
        schema_file=schema_file,
        span_schema_file=span_schema_file,
        artifacts=locations.artifacts,
        champion_model=locations.champion,
        push_destination=locations.serving,
        quarantine=locations.quarantine,
        search_dir=locations.unfinished_searches,
    )
    runner = KubeflowV2DagRunner(KubeflowV2DagRunnerConfig(use_pipeline_spec_2_1=True))
    return runner.run(pipeline, write_out=False)["pipelineSpec"]


def component_parameters(specification: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The execution properties of every component, as TFX writes them into the specification.

    Returns:
        values by name, by component; not of the nodes that only bring something in.
    """
    return {
        name: {
            parameter: source["runtimeValue"]["constant"]
            for parameter, source in task.get("inputs", {}).get("parameters", {}).items()
        }
        for name, task in specification["root"]["dag"]["tasks"].items()
        if name not in IMPORTED_NODES
    }
