"""TFX packs itself up for remote workers alone."""

from unittest import mock

import pytest
from tfx.utils import dependency_utils

from pipeline.beam_flags import beam_flags
from pipeline.config import load_config


@pytest.mark.parametrize(
    "chosen",
    [
        (),
        load_config("implicit").beam_pipeline_args,
        ("--runner=DirectRunner", "--direct_running_mode=multi_processing"),
    ],
)
def test_local_runner_needs_no_package(chosen):
    with mock.patch.object(dependency_utils, "build_ephemeral_package") as pack:
        flags = dependency_utils.make_beam_dependency_flags(beam_flags(chosen))
    pack.assert_not_called()
    assert tuple(flags[:-1]) == tuple(chosen)


def test_remote_workers_get_the_package():
    chosen = ("--runner=FlinkRunner", "--flink_master=localhost:8081")
    assert beam_flags(chosen) == list(chosen)
    with mock.patch.object(dependency_utils, "build_ephemeral_package", return_value="tfx.tar.gz"):
        flags = dependency_utils.make_beam_dependency_flags(beam_flags(chosen))
    assert flags == [*chosen, "--extra_package=tfx.tar.gz"]
