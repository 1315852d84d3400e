"""TFX's local runner, with somebody told about every component that starts and ends."""

import datetime
from pathlib import Path
from typing import Protocol

from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils, tfx_runner
from tfx.proto.orchestration import pipeline_pb2

from pipeline.housekeeping.manifest import record_outputs


class Observer(Protocol):
    """Who is told."""

    def started(self, component: str) -> None:
        """A component is about to run, or to be answered from the cache."""

    def finished(self, component: str) -> None:
        """A component has published its outputs."""


class ObservedRunner(tfx_runner.IrBasedRunner):
    """Runs each component in this process, in topological order, like `LocalDagRunner`, which only logs.

    Args:
        observer: told about each component; not about one that fails, whose error is raised.
    """

    def __init__(self, observer: Observer):
        self._observer = observer

    def run_with_ir(
        self, pipeline: pipeline_pb2.Pipeline, run_options: pipeline_pb2.RunOptions | None = None
    ) -> None:
        """Runs the whole pipeline; `run_options`, which choose a part of it, are not supported."""
        runtime_parameter_utils.substitute_runtime_parameter(
            pipeline, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: datetime.datetime.now().isoformat()}
        )
        deployment = runner_utils.extract_local_deployment_config(pipeline)
        connection = deployment.metadata_connection_config
        connection_config = getattr(connection, connection.WhichOneof("connection_config"))
        artifacts = Path(pipeline.runtime_spec.pipeline_root.field_value.string_value)
        for node in pipeline.nodes:
            component = node.pipeline_node.node_info.id
            self._observer.started(component)
            execution = launcher.Launcher(
                pipeline_node=node.pipeline_node,
                mlmd_connection=metadata.Metadata(connection_config),
                pipeline_info=pipeline.pipeline_info,
                pipeline_runtime_spec=pipeline.runtime_spec,
                executor_spec=runner_utils.extract_executor_spec(deployment, component),
                custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, component),
            ).launch()
            if execution is not None and execution.execution_id is not None:
                record_outputs(artifacts / component, execution.execution_id)
            self._observer.finished(component)
