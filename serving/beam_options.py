"""Options of Beam as they are typed."""

import contextlib
import io
from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from serving.errors import ServingError

# By its full name: "DirectRunner" is a choice among several, one of which newer Beams download first.
_HERE = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
_IN_THIS_PROCESS = (f"--runner={_HERE}", "--direct_running_mode=in_memory", "--direct_num_workers=1")


def pipeline_options(arguments: Sequence[str]) -> PipelineOptions:
    """The options of a pipeline, which runs in this process unless they name another runner.

    Args:
        arguments: such as "--runner=FlinkRunner"; that runner may know options of its own, which Beam hands
            on to it unchecked.

    Raises:
        ServingError: if one is no option, has a wrong value, or is not known in this process.
    """
    options, unknown = parsed_options([*_IN_THIS_PROCESS, *arguments])
    if unknown and options.view_as(StandardOptions).runner == _HERE:
        raise ServingError(f'Beam has no option "{unknown[0]}": correct it or leave it out')
    return options


def parsed_options(arguments: Sequence[str]) -> tuple[PipelineOptions, list[str]]:
    """Options, and those of the arguments that no part of Beam declares: it would only log them.

    Args:
        arguments: each whole, as "--NAME=VALUE" or "--NAME".

    Raises:
        ServingError: if one is no option, or has a wrong value.
    """
    unknown = [argument for argument in arguments if _is_unknown(argument)]
    return PipelineOptions(list(arguments)), unknown


def _is_unknown(argument: str) -> bool:
    """Whether no part of Beam declares an option."""
    if not argument.startswith("--"):
        raise ServingError(f'"{argument}" is no option of Beam: write it as --NAME=VALUE')
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            options = PipelineOptions([argument])
            declared = options.get_all_options()
            return set(options.get_all_options(retain_unknown_options=True)) != set(declared)
    except SystemExit:  # argparse has printed how Beam is used
        _, _, reason = printed.getvalue().strip().partition(" error: ")
        raise ServingError(f'Beam cannot use "{argument}": {reason or "it is no option of a run"}') from None
