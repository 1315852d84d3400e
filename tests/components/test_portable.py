"""The Beam code under the portable runner, as remote ones get it: through the Fn API, all of it pickled."""

import contextlib
import functools
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import grpc
import pytest
import tensorflow as tf
from apache_beam.internal import pickler

from components.ingest.blocks import plan_blocks
from tests.components import travelling
from tests.components.evaluation.scoring import expected
from tests.components.portable import (
    EMBEDDED,
    LISTS,
    LOOPBACK,
    PICKLERS,
    PIPELINES,
    USERS,
    ingest_from,
    recommend_from,
    submitted_by,
    write_inputs,
)

pytestmark = pytest.mark.timeout(300)

REPOSITORY = Path(travelling.__file__).parents[2]
TYPES_OF_TENSORS = {
    f"tensorflow.python.framework.{module}"
    for module in ("dtypes", "sparse_tensor", "tensor", "tensor_shape")
}
# Its script would start a process, and import TensorFlow, for every run.
WORKER_POOL = (
    "from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer as pool; "
    "pool.start(port={port})[1].wait_for_termination()"
)
MACHINES_OWN = {str(REPOSITORY), str(Path.cwd()), str(Path.home()), tempfile.gettempdir(), sys.prefix}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    write_inputs(folder)
    return folder


@pytest.fixture(scope="module")
def ran(inputs, tmp_path_factory):
    """By pipeline: what it gave under the portable runner, and what was submitted."""
    return {name: submitted_by(name, inputs, tmp_path_factory.mktemp(name), *LOOPBACK) for name in PIPELINES}


@pytest.fixture(scope="module")
def submitted(ran, inputs, tmp_path_factory):
    """By pipeline and the library that pickled it."""
    found = {(name, PICKLERS[0]): specification for name, (_, specification) in ran.items()}
    for name, library in itertools.product(PIPELINES, PICKLERS[1:]):
        arguments = (*LOOPBACK, f"--pickle_library={library}")
        out = tmp_path_factory.mktemp(f"{name}-{library}")
        _, found[name, library] = submitted_by(name, inputs, out, *arguments, run=False)
    pickler.set_library()  # a pipeline leaves its own behind
    return found


@pytest.fixture(scope="module")
def examples(inputs, tmp_path_factory):
    """What ingest writes by default: the last twelve of 120 pairs are test, twelve before them eval."""
    found = ingest_from(inputs, tmp_path_factory.mktemp("default"))
    assert {split: len(records) for split, records in found.items()} == {
        "examples/Split-train": 20,
        "examples/Split-eval": 12,
        "examples/Split-test": 12,
        "examples-spans/Split-span-1": 14,
        "examples-spans/Split-span-2": 10,
    }
    return found


def test_ingest_writes_the_same_examples(ran, examples):
    assert ran["ingest"][0] == examples


def test_recommendations_are_the_same(ran, inputs, tmp_path):
    rows = ran["recommend"][0]
    assert rows == recommend_from(inputs, tmp_path)
    assert [row["user_id"] for row in rows if row["rank"] == 1] == USERS


def test_transform_is_that_of_six_users_with_one_more_item_each(ran):
    """Items are numbered by how often they came: the first was everybody's, the last only the last user's."""
    splits, vocabularies = ran["transform"][0]
    assert vocabularies["items"].split() == ["i0", "i1", "i2", "i3", "i4", "i5"]
    found = {}
    for features in (tf.train.Example.FromString(one).features for one in splits["transformed/Split-train"]):
        (user,) = features.feature["user_index"].int64_list.value
        items = features.feature["item_indices"].int64_list.value
        found[vocabularies["users"].split()[user]] = sorted(items)
    assert found == {f"u{user}": [*range(user + 1)] for user in range(6)}


def test_metrics_agree_with_numpy(ran):
    assert ran["evaluate"][0] == pytest.approx(expected(LISTS, 3, "implicit"), abs=1e-6)


def test_no_result_depends_on_bundles(inputs, examples, tmp_path, monkeypatch):
    small_blocks = functools.partial(plan_blocks, block_bytes=100)
    monkeypatch.setattr("components.ingest.executor.plan_blocks", small_blocks)
    monkeypatch.setattr("components.ingest.transform.bucket_count", lambda total_bytes: 5)
    arguments = ("--direct_running_mode=multi_threading", "--direct_num_workers=4")
    assert ingest_from(inputs, tmp_path, *arguments) == examples


def test_nothing_of_this_machine_travels(submitted):
    for (name, library), (specification, told) in submitted.items():
        modules = set()
        for label, payload in travelling.pickles(specification):
            contents = travelling.Contents(payload)
            own = {path for path in contents.paths if _lies_in(path, MACHINES_OWN)}
            place = f"{name}, {library}, {label}"
            assert not {path for path in own if not _lies_in(path, told)}, place
            assert not {module for module in contents.modules if _must_stay(module)}, place
            assert len(payload) < 20_000, place
            modules |= contents.modules
        assert PIPELINES[name].code <= modules


def test_what_must_not_travel_is_found():
    lock, path = threading.Lock(), Path.home() / "kept"
    text = f"see {path}.txt"
    contents = travelling.Contents(pickler.dumps(lambda: (lock, path, text)))
    assert any(map(_must_stay, contents.modules))
    assert contents.paths >= {str(path), f"{path}.txt"}


def _lies_in(path, folders):
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _must_stay(module):
    """Of what belongs to a process: its main module, open files, locks, models; not the types of tensors."""
    if module in TYPES_OF_TENSORS:
        return False
    return module in ("__main__", "_io", "io", "_thread", "threading") or module.startswith("tensorflow.")


@pytest.mark.slow
def test_another_process_unpickles_everything(submitted, tmp_path):
    files = []
    for number, (specification, _) in enumerate(submitted.values()):
        files.append(tmp_path / str(number))
        files[-1].write_bytes(specification)
    script = [sys.executable, "-W", "ignore", travelling.__file__, *map(str, files)]
    done = subprocess.run(script, **_elsewhere(tmp_path), capture_output=True, check=True, timeout=200)
    for place, there in zip(submitted, json.loads(done.stdout), strict=True):
        assert there == travelling.types(submitted[place].specification), place


def _elsewhere(folder):
    """A process that shares no folder with this one but those of the code."""
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)}
    return {"cwd": folder, "env": environment | {"PYTHONPATH": str(REPOSITORY)}}


@pytest.fixture(scope="module")
def external(tmp_path_factory):
    """Arguments of Beam whose workers are in another process."""
    with worker_pool(tmp_path_factory.mktemp("pool")) as address:
        yield (*EMBEDDED, "--environment_type=EXTERNAL", f"--environment_config={address}")


@pytest.mark.slow
@pytest.mark.parametrize("name", PIPELINES)
def test_workers_in_another_process_give_the_same(name, external, ran, inputs, tmp_path):
    found = PIPELINES[name].run(inputs, tmp_path / "run", *external)
    assert found == (pytest.approx(ran[name][0], abs=1e-6) if name == "evaluate" else ran[name][0])


@contextlib.contextmanager
def worker_pool(folder):
    """The address of what a container beside each Flink task manager runs; its workers are threads."""
    with socket.socket() as held:  # until the end: gRPC shares ports, and nobody else gets this one
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("localhost", 0))
        port = held.getsockname()[1]
        command = [sys.executable, "-W", "ignore", "-c", WORKER_POOL.format(port=port)]
        with subprocess.Popen(command, **_elsewhere(folder)) as process:
            try:
                _wait_until_ready(process, f"localhost:{port}")
                yield f"localhost:{port}"
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _wait_until_ready(process, address):
    with grpc.insecure_channel(address, [("grpc.enable_http_proxy", 0)]) as channel:
        ready = grpc.channel_ready_future(channel)
        for _ in range(100):
            with contextlib.suppress(grpc.FutureTimeoutError):
                return ready.result(timeout=1)
            assert process.poll() is None, f"the worker pool ended with {process.returncode}"
    return pytest.fail("the worker pool does not answer")
