"""Flags of Beam that TFX is to be given beside those of the user."""

from collections.abc import Sequence

NO_PACKAGE = "--sdk_container_image=unused"
"""Makes TFX take its own code for installed wherever Beam runs, which without containers it is."""


def beam_flags(chosen: Sequence[str]) -> list[str]:
    """The user's flags; for Beam's local runner, with one that keeps TFX from packing itself up.

    TFX copies all of itself into a package for remote workers before every component that uses Beam, and
    leaves it behind: 49 MB of the temporary folder each, and a second or more. The local runner never looks
    at it.

    Args:
        chosen: as in `beam_pipeline_args` of the config.
    """
    from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

    runner = PipelineOptions(list(chosen)).view_as(StandardOptions).runner
    return [*chosen, NO_PACKAGE] if runner in (None, "DirectRunner") else list(chosen)
