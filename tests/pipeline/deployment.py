"""A root folder that tests run the pipeline into."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from rich.console import Console

from pipeline.config import Config, load_config
from pipeline.local_runner import run_locally
from pipeline.locations import Locations
from pipeline.store import Run, read_runs
from pipeline.summary import Summary
from serving.versions import list_versions

SMALL = (
    "structure.branches.0.user.embedding_size=32",
    "structure.branches.0.item.embedding_size=32",
    "train.learning_rate=0.01",
    "train.batch_size=512",
    "serving.max_k=120",
)

IMPLICIT = (
    "structure=cfnet-rl",
    "structure.branches.0.user.hidden_sizes=[64]",
    "structure.branches.0.item.hidden_sizes=[64]",
    *SMALL,
    "data.negatives=49",
    "train.epochs=8",
)
"""A small CFNet-rl; the candidates are one held-out item and 49 negatives."""

EXPLICIT = ("structure=i-autorec", *SMALL, "train.epochs=15")
"""A small I-AutoRec, whose user side is an id."""


@dataclasses.dataclass(frozen=True)
class Deployment:
    """What the tests run, and where.

    Attributes:
        data: folder with the interactions.
        root: of the deployment.
        config: name of a packaged config.
        overrides: keys set in it.
    """

    data: Path
    root: Path
    config: str
    overrides: tuple[str, ...]

    def settings(self, *more: str) -> Config:
        """The configuration, with `more` keys set."""
        return load_config(self.config, [*self.overrides, *more])

    def run(self, *more: str) -> Summary:
        """Runs the pipeline in this process, with `more` keys set."""
        return run_locally(self.settings(*more), self.data, self.root, Console())

    def arguments(self, *more: str) -> list[str]:
        """The same run as arguments of `autoncf`."""
        overrides = [part for key in (*self.overrides, *more) for part in ("--set", key)]
        return [
            "run",
            "--config",
            self.config,
            "--data",
            f"{self.data}",
            "--root",
            f"{self.root}",
            *overrides,
        ]

    @property
    def locations(self) -> Locations:
        """The folders below the root."""
        return Locations(self.root)

    @property
    def versions(self) -> list[int]:
        """The versions that a server would find."""
        return list_versions(self.locations.serving)

    @property
    def runs(self) -> list[Run]:
        """Everything that ran, the oldest first."""
        return read_runs(self.locations.metadata, last=100)


def read_examples(run: Run, split: str) -> Iterator[tf.train.Example]:
    """The raw Examples that the ingest of a run wrote."""
    pattern = run.output_uri("InteractionExampleGen", "examples") / f"Split-{split}" / "*"
    for record in tf.data.TFRecordDataset(tf.io.gfile.glob(str(pattern)), compression_type="GZIP"):
        yield tf.train.Example.FromString(record.numpy())


def strings(example: tf.train.Example, name: str) -> list[str]:
    """A bytes feature of an Example as text."""
    return [value.decode() for value in example.features.feature[name].bytes_list.value]


def floats(example: tf.train.Example, name: str) -> list[float]:
    """A float feature of an Example."""
    return list(example.features.feature[name].float_list.value)
