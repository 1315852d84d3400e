"""`autoncf kubeflow status`."""

import datetime
import json

import pytest

from components.storage import write_text
from tests.pipeline.kubeflow.api_server import kubeflow  # noqa: F401
from tests.pipeline.kubeflow.specs import task, write_spec

PARAMETERS = {
    name: {"parameterType": "STRING", "defaultValue": "s3://shop/compiled" if name == "root" else ""}
    for name in ("data", "root", "structure", "epochs")
}


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")


@pytest.fixture
def package(tmp_path):
    tasks = {
        "Preparation": task(),
        "Trainer": task(after=("Preparation",)),
        "Conclusion": task(after=("Trainer",)),
    }
    return write_spec(tmp_path, tasks, **PARAMETERS)


@pytest.fixture
def ask(kubeflow, autoncf):  # noqa: F811
    def call(*more):
        return autoncf("kubeflow", *more, "--host", kubeflow.url)

    return call


def rows(text):
    """The cells of every line of a table."""
    lines = [line.strip("│┃ ") for line in text.splitlines() if "│" in line or "┃" in line]
    return [[cell.strip() for cell in line.replace("┃", "│").split("│")] for line in lines]


def local(*moment):
    """A time of UTC on the clock of this machine."""
    utc = datetime.datetime(*moment, tzinfo=datetime.timezone.utc)
    return f"{utc.astimezone():%Y-%m-%d %H:%M}"


def test_runs_and_recurring_runs(ask, kubeflow, package):  # noqa: F811
    for preset in ("mf", "gmf", "dmf"):
        ask("submit", package, "--structure", preset)
    kubeflow.runs["run-2"].update(state="SUCCEEDED", finished_at="2026-03-02T03:02:30Z")
    ask("schedule", package, "--cron", "0 3 1 1 *", "--epochs", 5)
    answer = ask("status", "--last", 2)
    assert (answer.status, answer.error) == (0, "")
    year = rows(answer.out)[4][3][:4]
    assert rows(answer.out) == [
        ["begun", "state", "seconds", "parameters", "id"],
        [local(2026, 3, 3, 3), "pending", "", "structure dmf", "run-3"],
        [local(2026, 3, 2, 3), "succeeded", "150", "structure gmf", "run-2"],
        ["name", "cron", "enabled", "next", "parameters"],
        ["autoncf", "0 0 3 1 1 *", "yes", f"{year}-01-01 03:00", "epochs 5"],
    ]
    told = json.loads(ask("status", "--json").out)
    assert [run["run_id"] for run in told["runs"]] == ["run-3", "run-2", "run-1"]
    assert told["runs"][1] == {
        "run_id": "run-2",
        "name": kubeflow.runs["run-2"]["display_name"],
        "state": "succeeded",
        "begun": "2026-03-02T03:00:00+00:00",
        "seconds": 150.0,
        "parameters": {"structure": "gmf"},
    }
    [recurring] = told["recurring_runs"]
    assert (recurring["name"], recurring["enabled"]) == ("autoncf", True)
    assert recurring["next"] == f"{year}-01-01T03:00:00+00:00"


def test_one_run(ask, kubeflow, package, bucket):  # noqa: F811
    ask("submit", package, "--root", bucket)
    story = {"Preparation-driver": "SUCCEEDED", "Preparation": "SUCCEEDED", "Trainer": "FAILED", "": "FAILED"}
    kubeflow.telling["run-1"] = [story]
    write_text(f"{bucket}/artifacts/small/run-1/Trainer/failure.txt", "log\n\nmend it.\n")
    answer = ask("status", "--run", "run-1")
    assert answer.status == 0
    assert rows(answer.out)[2:] == [
        ["task", "state", "seconds"],
        ["Preparation", "succeeded", "90"],
        ["Trainer", "failed", "90"],
        ["Conclusion", "not reached"],
    ]
    assert "Trainer failed: mend it.\n" in answer.out
    told = json.loads(ask("status", "--run", "run-1", "--json").out)
    assert told["tasks"][1] == {"name": "Trainer", "state": "failed", "seconds": 90.0, "failure": "mend it."}
    assert (told["state"], told["seconds"]) == ("failed", 300.0)


def test_nothing_yet(ask, kubeflow):  # noqa: F811
    kubeflow.experiments["experiment-1"] = {"experiment_id": "experiment-1", "display_name": "autoncf"}
    assert ask("status").out == "No run yet.\nNothing is scheduled.\n"


def test_unknown(ask):
    answer = ask("status", "--experiment", "shop", "--namespace", "team")
    assert answer.status == 2
    assert answer.error.startswith("--experiment shop: there is no such experiment in the namespace team;")
    answer = ask("status", "--run", "run-9")
    assert answer.status == 2
    assert answer.error.startswith("--run run-9: the server knows no such run;")
