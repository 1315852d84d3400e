"""Everything but the data that a run depends on."""

import json

import pytest

from pipeline.config import load_config
from pipeline.schedule.config_digest import config_digest


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "own_fusions.py"


def test_code_of_a_fusion_of_our_own(own_module):
    own_module.write_text("first")
    structure = load_config("implicit", ["structure=gmf"]).structure.to_dict()
    structure["branches"][0]["fusion"] = "own_fusions.Mine"
    config = load_config("implicit", [f"structure={json.dumps(structure)}"])
    first = config_digest(config)
    assert config_digest(config) == first
    own_module.write_text("second")
    assert config_digest(config) != first


def test_release(monkeypatch):
    first = config_digest(load_config("implicit"))
    monkeypatch.setattr("pipeline.schedule.config_digest.metadata.version", lambda _: "99")
    assert config_digest(load_config("implicit")) != first
