"""Ingest against CsvExampleGen: interactions per second from a CSV file to Examples on disk.

python -m benchmarks.ingest [--data-dir DIR]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROWS, USERS, ITEMS = 1_000_000, 20_000, 30_000

_INTRODUCTION = f"""\
InteractionExampleGen against TFX's CsvExampleGen, {ROWS:,} interactions of {USERS:,} users, popularity of
items by a power law, one CSV file with the columns user_id, item_id, value, timestamp.

Equal:     the file; the process; Beam's in-memory runner with one worker; seconds from the executor's Do to
           its return; gzip TFRecords of tf.Examples on disk; runs alternate, after a warm-up on a small file.
Not equal: CsvExampleGen infers types, writes one Example per interaction and splits rows by hash into train
           and eval. InteractionExampleGen holds every row against the rules, drops duplicates, groups by
           user, leaves one out for eval and test, samples 99 negatives for each, and compresses for speed
           (zlib's level 1 with run lengths, not 6).
"""


def generate(path: Path, rows: int, seed: int = 1) -> None:
    """Write distinct pairs with 1-5 ratings and timestamps; items and users by power laws, all users."""
    generator = np.random.default_rng(seed)
    drawn = 2 * rows
    users = np.append(np.arange(USERS), _power_law(generator, USERS, 0.5, drawn))
    items = np.append(_power_law(generator, ITEMS, 0.8, USERS), _power_law(generator, ITEMS, 0.8, drawn))
    _, first = np.unique(users * ITEMS + items, return_index=True)
    chosen = generator.permutation(np.sort(first)[:rows])
    columns = [
        users[chosen],
        items[chosen],
        generator.integers(1, 6, len(chosen)),
        generator.integers(1_500_000_000, 1_600_000_000, len(chosen)),
    ]
    header = "user_id,item_id,value,timestamp"
    np.savetxt(path, np.stack(columns, axis=1), fmt="%d", delimiter=",", header=header, comments="")


def _power_law(generator: np.random.Generator, size: int, exponent: float, count: int) -> np.ndarray:
    """`count` numbers below `size`, number n with a probability as (n + 1) ** -exponent."""
    cumulative = np.cumsum(np.arange(1, size + 1) ** -exponent)
    return np.searchsorted(cumulative, generator.random(count) * cumulative[-1])


def run_ours(data: Path, out: Path) -> float:
    """Seconds of InteractionExampleGen's executor."""
    from tfx.types import Artifact, standard_artifacts

    from components.ingest import IngestSettings
    from components.ingest.component import InteractionExampleGen
    from components.ingest.executor import Executor

    component = InteractionExampleGen(str(data), IngestSettings(feedback="implicit"), "implicit")
    examples, span_examples = standard_artifacts.Examples(), standard_artifacts.Examples()
    examples.uri, span_examples.uri = str(out), f"{out}-spans"
    executor = Executor(Executor.Context(beam_pipeline_args=[], tmp_dir=str(out), unique_id="ours"))
    outputs: dict[str, list[Artifact]] = {"examples": [examples], "span_examples": [span_examples]}
    start = time.perf_counter()
    executor.Do({}, outputs, dict(component.exec_properties))
    return time.perf_counter() - start


def run_csv_example_gen(data: Path, out: Path) -> float:
    """Seconds of CsvExampleGen's executor."""
    from tfx.components.example_gen.csv_example_gen.executor import Executor
    from tfx.proto import example_gen_pb2
    from tfx.types import standard_artifacts

    splits = [{"name": "train", "hash_buckets": 2}, {"name": "eval", "hash_buckets": 1}]
    payload, file_format = example_gen_pb2.PayloadFormat, example_gen_pb2.FileFormat
    properties = {
        "input_base": str(data),
        "input_config": json.dumps({"splits": [{"name": "single_split", "pattern": "*.csv"}]}),
        "output_config": json.dumps({"split_config": {"splits": splits}}),
        "output_data_format": payload.FORMAT_TF_EXAMPLE,
        "output_file_format": file_format.FORMAT_TFRECORDS_GZIP,
    }
    examples = standard_artifacts.Examples()
    examples.uri = str(out)
    executor = Executor(Executor.Context(beam_pipeline_args=[], tmp_dir=str(out), unique_id="csv"))
    start = time.perf_counter()
    executor.Do({}, {"examples": [examples]}, properties)
    return time.perf_counter() - start


def peak_gib(data: Path) -> float:
    """Peak resident memory of a process of its own that runs our ingest."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "benchmarks.ingest", "--only-ours", str(data), "--out", out]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.split()[-1])


def _timed(run: Callable[[Path, Path], float], data: Path) -> float:
    with tempfile.TemporaryDirectory() as out:
        return run(data, Path(out) / "examples")


def _row(name: str, seconds: list[float]) -> str:
    speed = sorted(ROWS / each for each in seconds)
    return (
        f"{name:<24}{len(seconds):>5}{statistics.median(seconds):>10.2f}"
        f"{f'{min(seconds):.2f} - {max(seconds):.2f}':>20}{statistics.median(speed):>12,.0f}"
        f"{f'{speed[0]:,.0f} - {speed[-1]:,.0f}':>24}"
    )


def compare(folder: Path, runs: int, peer_runs: int) -> None:
    """Run both in turns and print the table and the ratios."""
    for name, rows in (("warm-up", 50_000), ("interactions", ROWS)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        if not (folder / name / "interactions.csv").exists():
            generate(folder / name / "interactions.csv", rows)
    print(_INTRODUCTION)
    for run in (run_ours, run_csv_example_gen):
        _timed(run, folder / "warm-up")
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(max(runs, peer_runs)):
        if number < runs:
            ours.append(_timed(run_ours, folder / "interactions"))
        if number < peer_runs:
            theirs.append(_timed(run_csv_example_gen, folder / "interactions"))
    peak = peak_gib(folder / "interactions")
    print(f"{'':<24}{'runs':>5}{'seconds':>10}{'range':>20}{'rows/s':>12}{'range':>24}")
    print(_row("InteractionExampleGen", ours))
    print(_row("CsvExampleGen", theirs))
    print(f"\npeak memory of a process that runs InteractionExampleGen: {peak:.2f} GiB\n")
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(json.dumps({"ratio": round(ratio, 1), "peak_gib": round(peak, 2)}))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--data-dir", type=Path, help="keep the generated file here (default: a temporary one)"
    )
    parser.add_argument("--runs", type=int, default=5, help="of InteractionExampleGen")
    parser.add_argument("--peer-runs", type=int, default=2, help="of CsvExampleGen, some 100 seconds each")
    parser.add_argument("--only-ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    if arguments.only_ours:
        run_ours(arguments.only_ours, arguments.out / "examples")
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
    elif arguments.data_dir:
        compare(arguments.data_dir / "ingest-benchmark", arguments.runs, arguments.peer_runs)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), arguments.runs, arguments.peer_runs)


if __name__ == "__main__":
    main()
