"""Flags of Beam that TFX is to be given beside those of the user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.beam_runner import check_beam_arguments, needs_environment, runner_of, workers_are_elsewhere

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

NO_PACKAGE = "--sdk_container_image=unused"
"""Makes TFX take its own code for installed wherever Beam runs, which without containers it is."""

LOCAL_RUNNER = "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""What Beam's default comes to. That of newer Beams would first fetch Prism from the internet, in every pod,
and run on it where it could."""


def runs_elsewhere(chosen: Sequence[str]) -> bool:
    """Whether the chosen runner's workers are other machines, which see no folder of this one.

    Args:
        chosen: as in `beam_pipeline_args` of the config.

    Raises:
        UserError: as `beam_flags`.
    """
    return workers_are_elsewhere(check_beam_arguments(chosen))


def beam_flags(chosen: Sequence[str], image: str | None = None) -> list[str]:
    """The user's flags, and those that tell workers where the code is that they run.

    TFX copies all of itself into a package for remote workers before every component that uses Beam, and
    leaves it behind: 49 MB of the temporary folder each, and a second or more. Runners on this machine never
    look at it, and in containers of `image` it is installed.

    Args:
        chosen: as in `beam_pipeline_args` of the config; what they say about containers stays as it is.
        image: what remote workers run in; without one they get TFX's package.

    Raises:
        UserError: if Beam knows no such runner, or cannot use an argument, or the runner lacks one.
    """
    from apache_beam.options.pipeline_options import StandardOptions

    options = check_beam_arguments(chosen)
    if not workers_are_elsewhere(options):
        runner = [] if options.view_as(StandardOptions).runner else [LOCAL_RUNNER]
        return [*chosen, *runner, *([] if _has_image(options) else [NO_PACKAGE])]
    if image is None:
        return list(chosen)
    return [*chosen, *_containers(options, image)]


def _containers(options: PipelineOptions, image: str) -> list[str]:
    from apache_beam.options.pipeline_options import PortableOptions

    # Dataflow's flag; to the other runners it says nothing, and to TFX that it need not pack itself up.
    flags = [] if _has_image(options) else [f"--sdk_container_image={image}"]
    if runner_of(options).endswith("DataflowRunner"):
        # Nothing is defined in the main module, which newer Beams would send along.
        return [*flags, "--no_save_main_session"]
    if not needs_environment(options):
        return flags
    portable = options.view_as(PortableOptions)
    if not portable.environment_type:
        flags.append("--environment_type=DOCKER")
    return [*flags, f"--environment_config={image}"]


def _has_image(options: PipelineOptions) -> bool:
    from apache_beam.options.pipeline_options import WorkerOptions

    worker = options.view_as(WorkerOptions)
    return bool(worker.sdk_container_image or worker.worker_harness_container_image)
