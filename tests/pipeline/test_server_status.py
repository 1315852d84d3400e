"""`autoncf status --address` of a server, and of what a server may say."""

import json
import math
import shutil

import pytest

from pipeline.cli.connection import Connection
from pipeline.config import load_config
from serving.errors import ServingError
from serving.model_info import DataWindow, ModelInfo
from serving.server import EmbeddedServer
from serving.statuses import VersionState, VersionStatus
from tests.serving import tiny_model


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")


def rows(text):
    """The cells of every line of a table."""
    lines = [line.strip("│┃ ") for line in text.splitlines() if "│" in line or "┃" in line]
    return [[cell.strip() for cell in line.replace("┃", "│").split("│")] for line in lines]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Of a server whose version 2 is broken."""
    base_path = tmp_path_factory.mktemp("pushed") / "recommender"
    tiny_model.export(base_path / "1")
    shutil.copytree(base_path / "1", base_path / "2")
    (base_path / "2" / "saved_model.pb").write_bytes(b"half")
    with EmbeddedServer(base_path, port=0, poll_seconds=600) as server:
        yield server.address


def test_versions_and_info_of_a_server(autoncf, address):
    answer = autoncf("status", "--address", address)
    assert answer.status == 0
    cells = rows(answer.out)
    assert cells[0] == ["version", "state", "error"]
    assert cells[1][:2] == ["2", "END"]
    assert "not a whole SavedModel" in cells[1][2]
    assert cells[2] == ["1", "AVAILABLE"]
    assert cells[3:] == [
        ["prediction", "linear"],
        ["eval", "ndcg 0.5000"],
        ["test", "ndcg 0.2500"],
        ["data", "2 interactions, 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"],
        ["users", "2"],
        ["items", "4"],
        ["max_k", "4"],
        ["trained at", "2026-01-03T00:00:00Z"],
        ["code version", "0.1.0"],
    ]


def test_the_same_as_json(autoncf, address):
    answer = json.loads(autoncf("status", "--address", address, "--json").out)
    assert answer["address"] == address
    assert [(each["version"], each["state"]) for each in answer["versions"]] == [(2, "END"), (1, "AVAILABLE")]
    assert answer["answering"] == 1
    assert ModelInfo.model_validate(answer["model_info"]) == tiny_model.INFO


class Server:
    """A client of a server that says what it is told to."""

    def __init__(self, info=None):
        self.info = info

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def status(self):
        return [VersionStatus(7, VersionState.AVAILABLE)]

    def model_version(self):
        return 7

    def model_info(self):
        if self.info is None:
            raise ServingError('the model at x:1 has no signature "model_info": serve a newer one')
        return self.info


@pytest.fixture
def say(monkeypatch):
    """Makes every server tell this info."""
    return lambda info: monkeypatch.setattr(Connection, "open", lambda _: Server(info))


def info(**changes):
    return ModelInfo(
        structure=load_config("implicit").structure.to_dict(),
        metrics={"eval": {"hr_at_10": math.nan}},
        users=1234,
        items=4,
        max_k=4,
        trained_at="2026-01-03T00:00:00+00:00",
        code_version="0.1.0",
    ).model_copy(update=changes)


def test_structure_by_slots(autoncf, say):
    say(info(data=DataWindow(interactions=12345)))
    cells = dict(rows(autoncf("status", "--address", "x:1").out)[2:])
    assert list(cells)[:8] == [
        "branch 1, user",
        "branch 1, item",
        "branch 1, fusion",
        "branch 2, user",
        "branch 2, item",
        "branch 2, fusion",
        "prediction",
        "loss",
    ]
    assert cells["branch 2, item"] == (
        "input interactions, embedding_size 128, activation linear, normalization l2, interaction_dropout 0.7"
    )
    assert cells["branch 1, fusion"] == "fusion normalized-product, temperature 3.5, activation relu"
    assert cells["eval"] == "hr_at_10 nan"
    assert cells["data"] == "12,345 interactions"
    assert cells["users"] == "1,234"


def test_single_branch_has_no_number(autoncf, say):
    structure = info().structure
    say(info(structure=structure | {"branches": structure["branches"][:1], "masking": True}))
    cells = dict(rows(autoncf("status", "--address", "x:1").out)[2:])
    assert {"user", "item", "fusion"} <= set(cells)
    assert cells["masking"] == "yes"
    assert "data" not in cells


def test_metric_of_nothing_in_json(autoncf, say):
    say(info())
    answer = json.loads(autoncf("status", "--address", "x:1", "--json").out, parse_constant=pytest.fail)
    assert answer["model_info"]["metrics"] == {"eval": {"hr_at_10": "NaN"}}


def test_model_without_info_shows_its_versions(autoncf, say):
    say(None)
    answer = autoncf("status", "--address", "x:1")
    assert answer.status == 0
    assert rows(answer.out) == [["version", "state"], ["7", "AVAILABLE"]]
    assert 'no signature "model_info"' in answer.out
    assert json.loads(autoncf("status", "--address", "x:1", "--json").out)["model_info"] is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "give either --root ROOT or --address HOST:PORT"),
        (["--root", "r", "--address", "x:1"], "give either --root ROOT or --address HOST:PORT"),
    ],
)
def test_mistakes_are_named(autoncf, options, sentence):
    answer = autoncf("status", *options)
    assert answer.status == 2
    assert sentence in answer.error


def test_no_server(autoncf):
    answer = autoncf("status", "--address", "localhost:1")
    assert answer.status == 2
    assert "localhost:1" in answer.error
