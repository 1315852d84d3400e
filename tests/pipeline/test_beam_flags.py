"""What TFX and remote workers are told beside the user's arguments, and arguments that cannot work."""

import re
from pathlib import Path
from unittest import mock

import apache_beam as beam
import pytest
import yaml
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tfx.utils import dependency_utils

from models.errors import UserError
from pipeline.beam_flags import LOCAL_RUNNER, NO_PACKAGE, beam_flags, runs_elsewhere
from pipeline.config import load_config
from serving.beam_options import parsed_options

IMAGE = "registry.example.com/autoncf:1.0"
AS_IMAGE = f"--sdk_container_image={IMAGE}"
DOCKER = ("--environment_type=DOCKER", f"--environment_config={IMAGE}")

DATAFLOW = (
    "--runner=DataflowRunner",
    "--project=house",
    "--region=europe-west4",
    "--temp_location=gs://house/tmp",
)
FLINK = ("--runner=FlinkRunner", "--flink_master=localhost:8081")
JOB_SERVER = ("--runner=PortableRunner", "--job_endpoint=localhost:8099")
POOL = ("--environment_type=EXTERNAL", "--environment_config=localhost:50000")
WORKER_POOL = (*JOB_SERVER, *POOL)
EMBEDDED = ("--runner=PortableRunner", "--job_endpoint=embed")
PROCESS = ("--environment_type=PROCESS", "--environment_options=process_command=/opt/boot")

HERE = [
    ("--runner=DirectRunner", "--direct_running_mode=multi_processing"),
    ("--runner=direct",),
    ("--runner=BundleBasedDirectRunner",),
    ("--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",),
    ("--runner=PrismRunner",),
    (*EMBEDDED, "--environment_type=LOOPBACK"),
    (*EMBEDDED, *PROCESS),
    (*EMBEDDED, *POOL),
    (*EMBEDDED, POOL[0], "--environment_config=127.0.0.1:50000"),
    (*EMBEDDED, POOL[0], '--environment_config={"url": "localhost:50000"}'),
    (*EMBEDDED, POOL[0], "--environment_options=external_service_address=localhost:50000"),
    (*JOB_SERVER, "--environment_type=LOOPBACK"),
    ("--runner=FlinkRunner",),
    ("--runner=flink", "--flink_master=[local]"),
    ("--runner=FlinkRunner", *PROCESS),
    ("--runner=SparkRunner", "--spark_master_url=local[2]"),
    ("--runner=SparkRunner", *PROCESS),
    ("--runner=SparkRunner", *POOL),
]
ELSEWHERE = [
    (DATAFLOW, [AS_IMAGE, "--no_save_main_session"]),
    (FLINK, [AS_IMAGE, *DOCKER]),
    (("--runner=FlinkRunner", "--job_endpoint=localhost:8099"), [AS_IMAGE, *DOCKER]),
    (("--runner=SparkRunner", "--spark_master_url=spark://localhost:7077"), [AS_IMAGE, *DOCKER]),
    (JOB_SERVER, [AS_IMAGE, *DOCKER]),
    ((*JOB_SERVER, "--environment_type=DOCKER"), [AS_IMAGE, DOCKER[1]]),
    ((*JOB_SERVER, *DOCKER), [AS_IMAGE]),
    (WORKER_POOL, [AS_IMAGE]),
    ((*JOB_SERVER, *PROCESS), [AS_IMAGE]),
    ((*FLINK, *PROCESS), [AS_IMAGE]),
    ((*FLINK, *POOL), [AS_IMAGE]),
    (EMBEDDED, [AS_IMAGE, *DOCKER]),
    ((*EMBEDDED, "--environment_type=DOCKER"), [AS_IMAGE, DOCKER[1]]),
    ((*EMBEDDED, POOL[0], "--environment_config=workers:50000"), [AS_IMAGE]),
    ((*EMBEDDED, POOL[0], "--environment_config=localhost.example.com:50000"), [AS_IMAGE]),
    (("--runner=FlinkRunner", *DOCKER), [AS_IMAGE]),
    (("--runner=FlinkRunner", POOL[0], "--environment_config=workers:50000"), [AS_IMAGE]),
    ((*FLINK, "--sdk_container_image=theirs"), [*DOCKER]),
    (("--runner=house.runners.HouseRunner",), [AS_IMAGE]),
]


@pytest.mark.parametrize("chosen", [(), load_config("implicit").beam_pipeline_args])
def test_without_a_runner_it_is_that_of_this_machine_by_name(chosen):
    assert not runs_elsewhere(chosen)
    assert beam_flags(chosen) == beam_flags(chosen, IMAGE) == [*chosen, LOCAL_RUNNER, NO_PACKAGE]
    assert type(beam.Pipeline(options=PipelineOptions(beam_flags(chosen))).runner) is FnApiRunner


@pytest.mark.parametrize("chosen", HERE)
def test_runners_of_this_machine_need_no_package(chosen):
    assert not runs_elsewhere(chosen)
    assert beam_flags(chosen) == beam_flags(chosen, IMAGE) == [*chosen, NO_PACKAGE]


@pytest.mark.parametrize(("chosen", "added"), ELSEWHERE)
def test_workers_elsewhere_run_in_the_image(chosen, added):
    assert runs_elsewhere(chosen)
    assert beam_flags(chosen, IMAGE) == [*chosen, *added]
    assert beam_flags(chosen) == list(chosen)


@pytest.mark.parametrize(
    ("chosen", "image", "packed"),
    [((), None, []), (WORKER_POOL, IMAGE, []), (FLINK, None, ["--extra_package=tfx.tar.gz"])],
)
def test_tfx_packs_itself_up_only_for_workers_without_the_image(chosen, image, packed):
    with mock.patch.object(dependency_utils, "build_ephemeral_package", return_value="tfx.tar.gz"):
        flags = dependency_utils.make_beam_dependency_flags(beam_flags(chosen, image))
    assert flags == [*beam_flags(chosen, image), *packed]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (["--runner=Flik"], 'knows no runner "Flik"; use .*FlinkRunner.* or the full name of a class'),
        (["--runner="], 'knows no runner ""'),
        (["--runner"], 'cannot use "--runner": argument --runner: expected one argument'),
        (["--runner", "DirectRunner"], 'cannot use "--runner"'),
        (["DirectRunner"], '"DirectRunner" is no option of Beam: write it as --NAME=VALUE'),
        (["--direct_num_workers=many"], "invalid int value: 'many'"),
        (["--nonsense=1"], 'has no option "--nonsense=1": correct it or leave it out'),
        (DATAFLOW[:1], "add --project=PROJECT and --region=REGION and --temp_location=gs://BUCKET/FOLDER, "),
        (DATAFLOW[:3], "add --temp_location=gs://BUCKET/FOLDER, which DataflowRunner needs"),
        ([*DATAFLOW[:3], "--temp_location=/tmp"], "add --temp_location=gs://BUCKET/FOLDER"),
        (["--runner=portable"], "add --job_endpoint=HOST:PORT, which PortableRunner needs"),
        (["--runner=SparkRunner", "--spark_submit_uber_jar"], "add --spark_rest_url=URL, which SparkRunner"),
        ([*FLINK, "--flink_version=0.9"], "--flink_version: invalid choice: '0.9'"),
        ([*FLINK, "--environment_type=docker"], "has no --environment_type=docker; use DOCKER, EXTERNAL,"),
        ([*FLINK, "--environment_type=EXTERNAL"], "external_service_address is required .*; correct it"),
    ],
)
def test_arguments_that_cannot_work_are_named(capfd, chosen, sentence):
    with pytest.raises(UserError, match=f"^beam_pipeline_args: .*{sentence}"):
        beam_flags(chosen, IMAGE)
    assert "usage" not in "".join(capfd.readouterr())


def test_remote_runners_may_know_more_options_than_beam():
    chosen = [*FLINK, "--object_reuse=true"]
    assert beam_flags(chosen, IMAGE)[: len(chosen)] == chosen


def test_documented_arguments_are_beams():
    text = Path(__file__).parents[2].joinpath("docs/beam.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    sections = [block.get("kubeflow", block) for block in blocks]
    documented = [section["beam_pipeline_args"] for section in sections if "beam_pipeline_args" in section]
    elsewhere = [runs_elsewhere(arguments) for arguments in documented]
    assert elsewhere == [False, True, True, True, True]  # processes, Dataflow, Flink twice, Spark
    assert not [unknown for arguments in documented for unknown in parsed_options(arguments)[1]]
