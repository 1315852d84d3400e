"""Two deployments over generated data, run once for all tests, and the command line in this process."""

import dataclasses

import pytest

from pipeline import cli
from pipeline.summary import Summary
from tests.pipeline import planted
from tests.pipeline.deployment import EXPLICIT, IMPLICIT, Deployment


@dataclasses.dataclass(frozen=True)
class Step:
    """A run of a story: what it answered, and the versions that were there when it had ended."""

    summary: Summary
    versions: list[int]


@dataclasses.dataclass(frozen=True)
class Story:
    """Runs into one root, by name, in their order."""

    deployment: Deployment
    steps: dict[str, Step]

    def __getitem__(self, name: str) -> Step:
        return self.steps[name]


def tell(deployment: Deployment, **runs: list[str]) -> Story:
    """Runs the pipeline once per name, with these keys set."""
    steps = {}
    for name, overrides in runs.items():
        summary = deployment.run(*overrides)
        steps[name] = Step(summary, deployment.versions)
    return Story(deployment, steps)


@pytest.fixture(scope="session")
def implicit_data(tmp_path_factory):
    return planted.write_implicit(tmp_path_factory.mktemp("implicit") / "data")


@pytest.fixture(scope="session")
def explicit_data(tmp_path_factory):
    return planted.write_explicit(tmp_path_factory.mktemp("explicit") / "data")


@pytest.fixture(scope="session")
def implicit(tmp_path_factory, implicit_data):
    """A first model, the same again, a model that learnt next to nothing, and the same with an open door."""
    weak = ["train.learning_rate=0.000001", "train.epochs=1"]
    return tell(
        Deployment(implicit_data, tmp_path_factory.mktemp("implicit-root"), "implicit", IMPLICIT),
        first=[],
        again=[],
        weak=weak,
        weak_but_welcome=[*weak, "evaluation.max_regression=1.0"],
    )


@pytest.fixture(scope="session")
def explicit(tmp_path_factory, explicit_data):
    """A first model, and the same under a threshold that none can reach."""
    return tell(
        Deployment(explicit_data, tmp_path_factory.mktemp("explicit-root"), "explicit", EXPLICIT),
        first=[],
        demanding=["evaluation.thresholds={rmse: {upper_bound: 0.01}}"],
    )


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    error: str


@pytest.fixture
def autoncf(monkeypatch, capfd):
    """The command `autoncf` in this process: arguments -> Answer."""

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr("sys.argv", ["autoncf", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit:
            cli.main()
        return Answer(int(exit.value.code or 0), *capfd.readouterr())

    return call
