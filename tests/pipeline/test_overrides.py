"""Single keys set from the command line."""

import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UserError
from models.presets import PRESETS
from pipeline.overrides import apply_override

KEYS = st.text("abcdefgh_", min_size=1, max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(KEYS, values, max_size=3),
    max_leaves=6,
)


@given(path=st.lists(KEYS, min_size=1, max_size=4), value=VALUES)
def test_value_stands_where_its_path_leads(path, value):
    values: dict = {}
    apply_override(values, f"{'.'.join(path)}={yaml.safe_dump(value, default_flow_style=True)}")
    found = values
    for key in path:
        found = found[key]
    assert found == value


@given(first=VALUES, second=VALUES)
def test_last_one_counts_and_neighbours_stay(first, second):
    values = {"train": {"seed": 7}}
    for value in (first, second):
        apply_override(values, f"train.epochs={yaml.safe_dump(value, default_flow_style=True)}")
    assert values == {"train": {"seed": 7, "epochs": second}}


def test_numbers_count_in_lists():
    values = {"a": [{"b": 1}, {"b": 2}], "c": [1, 2]}
    apply_override(values, "a.1.b=3")
    apply_override(values, "c.0=5")
    assert values == {"a": [{"b": 1}, {"b": 3}], "c": [5, 2]}


def test_value_may_hold_an_equals_sign():
    values: dict = {}
    apply_override(values, 'schema_file="a=b"')
    assert values == {"schema_file": "a=b"}


@pytest.mark.parametrize("override", ["train.epochs", "=5", ".epochs=5", "train.=5", "train..epochs=5", ""])
def test_not_a_key_and_a_value(override):
    with pytest.raises(UserError, match="KEY=VALUE") as error:
        apply_override({}, override)
    assert str(error.value).startswith(f"--set {override}: ")


@pytest.mark.parametrize("value", ["[1, 2", "{a", "a: b: c", "'open"])
def test_value_that_is_no_yaml(value):
    with pytest.raises(UserError, match="the value is not YAML"):
        apply_override({}, f"train.epochs={value}")


@pytest.mark.parametrize(
    "path",
    [
        "list.2.b",
        "list.-1.b",
        "list.x.b",
        "list.2",
        "list.x",
        "text.b",
        "number.b.c",
        "nothing.b",
        "list.0.b.c",
    ],
)
def test_path_that_leads_nowhere(path):
    values = {"list": [{"b": 1}, {"b": 2}], "text": "word", "number": 5, "nothing": None}
    before = copy.deepcopy(values)
    with pytest.raises(UserError, match="there is no key"):
        apply_override(values, f"{path}=1")
    assert values == before


@pytest.mark.parametrize("name", ["gmff", ["mf"], 5])
def test_path_into_a_structure_that_is_no_preset(name):
    with pytest.raises(UserError, match="there is no key"):
        apply_override({"structure": name}, "structure.loss.kind=bce")


def test_preset_keeps_its_name_when_it_is_opened():
    """Its slots can be reached, and its training settings still belong to it."""
    values = {"structure": "gmf"}
    apply_override(values, "structure.loss.kind=bce")
    apply_override(values, "structure.masking=true")
    loss = {**PRESETS["gmf"].to_dict()["loss"], "kind": "bce"}
    assert values == {"structure": {"preset": "gmf", "loss": loss, "masking": True}}


def test_another_preset_keeps_the_slots_that_were_set():
    values = {"structure": "gmf"}
    apply_override(values, "structure.loss.kind=bce")
    apply_override(values, "structure.preset=mlp")
    assert values["structure"].keys() == {"preset", "loss"}
    assert values["structure"]["preset"] == "mlp"


def test_path_into_a_preset_that_a_file_gives_with_slots_of_its_own():
    values = {"structure": {"preset": "gmf", "loss": {"kind": "bce"}}}
    apply_override(values, "structure.branches.0.fusion=concat")
    apply_override(values, "structure.loss.negatives_per_positive=7")
    assert values["structure"]["branches"][0]["fusion"] == "concat"
    assert values["structure"]["loss"] == {"kind": "bce", "negatives_per_positive": 7}


def test_another_preset_replaces_the_opened_one():
    values = {"structure": "gmf"}
    apply_override(values, "structure.loss.kind=bce")
    apply_override(values, "structure=mf")
    assert values == {"structure": "mf"}
