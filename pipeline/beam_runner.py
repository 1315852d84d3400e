"""Which runner Beam is told to take, where its workers are, and what it lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.errors import UserError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions

_LOCAL = {
    "BundleBasedDirectRunner",
    "DirectRunner",
    "FnApiRunner",
    "InteractiveRunner",
    "PrismRunner",
    "SwitchingDirectRunner",
    "TestDirectRunner",
}
_PORTABLE = {"FlinkRunner", "KafkaStreamsRunner", "PortableRunner", "SparkRunner"}
_DATAFLOW = {"DataflowRunner", "TestDataflowRunner"}
_ENVIRONMENTS = ("DOCKER", "EXTERNAL", "PROCESS", "LOOPBACK")


def check_beam_arguments(chosen: Sequence[str]) -> PipelineOptions:
    """The options that Beam makes of its arguments.

    Args:
        chosen: as in `beam_pipeline_args` of the config. Runners on other machines may know options that
            Beam's own code does not: only those of this machine are refused.

    Raises:
        UserError: if Beam knows no such runner or option, cannot use a value, or the runner lacks an option.
    """
    from serving.beam_options import parsed_options
    from serving.errors import ServingError

    try:
        options, unknown = parsed_options(chosen)
    except ServingError as error:
        raise UserError(f"beam_pipeline_args: {error}.") from None
    if unknown and not workers_are_elsewhere(options):
        raise UserError(f'beam_pipeline_args: Beam has no option "{unknown[0]}": correct it or leave it out.')
    runner = runner_of(options)
    if missing := _missing(runner, options):
        raise UserError(f"beam_pipeline_args: add {' and '.join(missing)}, which {runner} needs.")
    if runner in _PORTABLE:
        _check_environment(options)
    return options


def runner_of(options: PipelineOptions) -> str:
    """Name of the runner's class, such as "FlinkRunner", however it is written.

    Raises:
        UserError: if Beam knows none of that name.
    """
    from apache_beam.options.pipeline_options import StandardOptions

    given = options.view_as(StandardOptions).runner
    if given is None:
        return StandardOptions.DEFAULT_RUNNER
    if "." in given:  # a class, which need not be installed here
        return given.rpartition(".")[2]
    names = {name.lower(): name for name in StandardOptions.KNOWN_RUNNER_NAMES}
    for name in (given.lower(), f"{given.lower()}runner"):
        if name in names:
            return names[name]
    raise UserError(
        f'beam_pipeline_args: Beam knows no runner "{given}"; use {", ".join(names.values())}, or the full '
        "name of a class."
    )


def workers_are_elsewhere(options: PipelineOptions) -> bool:
    """Whether the workers are on other machines or in containers, which see no folder of this one.

    They are not with the runners of Beam for one machine, nor in the environment LOOPBACK; nor in processes
    here of the embedded job server, or of a Flink or Spark that is started here for the job alone.

    Raises:
        UserError: as `runner_of`.
    """
    from apache_beam.options.pipeline_options import PortableOptions

    runner, portable = runner_of(options), options.view_as(PortableOptions)
    if runner in _LOCAL:
        return False
    if runner not in _PORTABLE:
        return True
    starts_cluster = _starts_cluster(runner, options)
    # Without an environment Beam takes DOCKER, with the embedded job server too.
    kind = portable.environment_type or ("LOOPBACK" if starts_cluster else "DOCKER")
    if kind == "LOOPBACK":
        return False
    if not (starts_cluster or portable.job_endpoint == "embed"):
        return True
    return not (kind == "PROCESS" or (kind == "EXTERNAL" and _pool_is_here(portable)))


def _starts_cluster(runner: str, options: PipelineOptions) -> bool:
    """Whether Beam starts a Flink or Spark of its own on this machine, for the job alone."""
    from apache_beam.options.pipeline_options import (
        FlinkRunnerOptions,
        PortableOptions,
        SparkRunnerOptions,
    )

    if options.view_as(PortableOptions).job_endpoint:
        return False
    if runner == "FlinkRunner":
        return options.view_as(FlinkRunnerOptions).flink_master in ("[auto]", "[local]")
    spark = options.view_as(SparkRunnerOptions)
    is_local = re.fullmatch(r"local(\[.+\])?", spark.spark_master_url)
    return runner == "SparkRunner" and bool(is_local) and not spark.spark_submit_uber_jar


def _pool_is_here(portable: PortableOptions) -> bool:
    """Whether the service that starts workers is on this machine; Beam takes its address plain or in JSON."""
    option = portable.lookup_environment_option("external_service_address")
    address = str(portable.environment_config or option)
    return bool(re.search(r'(?:^|"url":\s*")(?:localhost|127\.0\.0\.1|\[::1\])(?:[:"]|$)', address))


def needs_environment(options: PipelineOptions) -> bool:
    """Whether a portable runner has to be told in which image its workers are, and is not yet."""
    from apache_beam.options.pipeline_options import PortableOptions

    portable = options.view_as(PortableOptions)
    return (
        runner_of(options) in _PORTABLE
        and portable.environment_type in (None, "DOCKER")
        and not portable.environment_config
        and not portable.environment_options
    )


def _missing(runner: str, options: PipelineOptions) -> list[str]:
    """What Beam would ask for once the run has begun.

    Dataflow's region too, which Beam would find in the environment of whoever starts the job, and its folder,
    for which it would make a bucket: pods are not to depend on where they run.
    """
    from apache_beam.options.pipeline_options import GoogleCloudOptions, PortableOptions, SparkRunnerOptions

    cloud, spark = options.view_as(GoogleCloudOptions), options.view_as(SparkRunnerOptions)
    if runner in _DATAFLOW:
        folders = (cloud.temp_location, cloud.staging_location)
        given = {
            "--project=PROJECT": cloud.project,
            "--region=REGION": cloud.region,
            "--temp_location=gs://BUCKET/FOLDER": any(
                (folder or "").startswith("gs://") for folder in folders
            ),
        }
    elif runner == "PortableRunner":
        given = {"--job_endpoint=HOST:PORT": options.view_as(PortableOptions).job_endpoint}
    elif runner == "SparkRunner" and spark.spark_submit_uber_jar:
        given = {"--spark_rest_url=URL": spark.spark_rest_url}
    else:
        given = {}
    return [option for option, value in given.items() if not value]


def _check_environment(options: PipelineOptions) -> None:
    from apache_beam.options.pipeline_options import PortableOptions
    from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator

    portable = options.view_as(PortableOptions)
    kind = portable.environment_type
    if kind and kind not in _ENVIRONMENTS and not kind.startswith("beam:env:"):
        raise UserError(
            f"beam_pipeline_args: Beam has no --environment_type={kind}; use {', '.join(_ENVIRONMENTS)}."
        )
    for error in portable.validate(PipelineOptionsValidator(options, None)):
        raise UserError(f"beam_pipeline_args: {error.rstrip('.')}; correct it.")
