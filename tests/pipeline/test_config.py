"""Packaged configurations, files of the user, and what is said of their mistakes."""

import pytest
import yaml

from models.errors import UserError
from models.presets import PRESETS
from pipeline.config import Config, load_config, packaged_configs

MINIMAL = {"data": {"feedback": "implicit"}, "structure": "mf"}


@pytest.fixture
def written(tmp_path):
    """Writes a config file: values or text -> path as text."""

    def write(values):
        path = tmp_path / "mine.yaml"
        path.write_text(values if isinstance(values, str) else yaml.safe_dump(values), encoding="utf-8")
        return str(path)

    return write


def refused(name_or_path, *overrides):
    with pytest.raises(UserError) as error:
        load_config(name_or_path, overrides)
    return str(error.value)


def test_names_of_packaged_configs():
    assert packaged_configs() == ["amusic", "explicit", "implicit", "lastfm", "ml-100k"]


@pytest.mark.parametrize("name", packaged_configs())
def test_packaged_config_loads(name):
    config = load_config(name)
    assert config.schema_name == config.data.feedback
    assert config.train.refit


def test_file_of_the_user(written):
    config = load_config(written({**MINIMAL, "train": {"epochs": 3}}))
    assert config.structure == PRESETS["mf"]
    assert config.train.epochs == 3
    assert config.folder is None


@pytest.mark.parametrize("name", packaged_configs())
def test_summary_of_a_config_is_a_config(name, written):
    """What `summary.json` keeps under `config` runs again as it stands."""
    config = load_config(name)
    values = config.model_dump(mode="json")
    assert Config.model_validate(values) == config
    assert load_config(written(values)) == config


@pytest.mark.parametrize(
    ("section", "key", "allowed"),
    [
        ((), "trian", ("train", "structure", "data")),
        (("train",), "epoch", ("epochs", "patience")),
        (("data",), "sed", ("seed", "feedback")),
        (("data", "split"), "fraction", ("strategy", "eval_fraction")),
        (("data", "columns"), "user", ("user_id", "item_id")),
        (("evaluation",), "topk", ("top_k", "thresholds")),
        (("serving",), "k", ("max_k",)),
    ],
)
def test_unknown_key(written, section, key, allowed):
    values = {**MINIMAL, "data": {"feedback": "implicit"}}
    place = values
    for name in section:
        place = place.setdefault(name, {})
    place[key] = 1
    path = written(values)
    message = refused(path)
    assert message.startswith(f"config {path}: {'.'.join((*section, key))} is an unknown key; allowed here: ")
    for name in allowed:
        assert name in message


def test_unknown_key_in_a_tower_names_the_place(written):
    structure = PRESETS["cfnet-rl"].to_dict()
    structure["branches"][0]["item"]["hidden"] = [64]
    message = refused(written({**MINIMAL, "structure": structure}))
    assert "structure.branches.0.item.hidden is an unknown key; allowed here: " in message
    assert "hidden_sizes" in message


def test_unknown_key_in_a_threshold_names_the_place(written):
    values = {**MINIMAL, "evaluation": {"thresholds": {"hr_at_10": {"lower": 0.5}}}}
    message = refused(written(values))
    assert "evaluation.thresholds.hr_at_10.lower is an unknown key; allowed here: " in message
    assert "lower_bound, upper_bound" in message


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("train.epochs=many", ["train.epochs = 'many'", "integer"]),
        ("train.epochs=0", ["train.epochs = 0", "greater than or equal to 1"]),
        ("data.feedback=both", ["data.feedback = 'both'", "'explicit' or 'implicit'"]),
        ("data.split.strategy=first", ["data.split.strategy = 'first'", "'leave-one-out'", "'given'"]),
        ("train=5", ["train = 5"]),
        ("structure=gmff", ["structure", "'gmff' is no preset", "mf, cfnet-rl, u-autorec, i-autorec"]),
        ("structure.loss.kind=hinge", ["structure.loss.kind = 'hinge'", "'mse'"]),
        ("structure.branches=[]", ["structure", "at least one branch"]),
        (
            "structure.branches.0.user.embedding_size=32",
            ["structure.branches.0", "equal widths", "32", "64"],
        ),
        ("data.split.eval_fraction=0.95", ["data.split", "0.95", "leave nothing to train on"]),
    ],
)
def test_wrong_value(override, parts):
    message = refused("implicit", override)
    assert message.startswith("config implicit: ")
    for part in parts:
        assert part in message


def test_every_mistake_has_a_line():
    lines = refused("implicit", "train.epochs=0", "data.seed=-1", "colour=red").splitlines()
    assert len(lines) == 3
    assert all(line.startswith("config implicit: ") for line in lines)


def test_missing_section(written):
    assert "data.feedback is missing; set it." in refused(written({"data": {}, "structure": "mf"}))
    assert "structure is missing; set it." in refused(written({"data": {"feedback": "implicit"}}))


def test_neither_a_name_nor_a_file(tmp_path):
    path = str(tmp_path / "absent.yaml")
    message = refused(path)
    assert message.startswith(f"config {path}: neither a file nor a packaged config")
    assert "ml-100k" in message
    assert "neither a file" in refused(str(tmp_path))


@pytest.mark.parametrize("text", ["a: [1, 2", "\tkey: value", "a: b: c"])
def test_no_yaml(written, text):
    assert "not a YAML file" in refused(written(text))


def test_no_text(tmp_path):
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not a YAML file" in refused(str(path))


@pytest.mark.parametrize("text", ["", "mf", "[1, 2]", "5"])
def test_no_keys(written, text):
    assert "should hold keys and values" in refused(written(text))


def test_overrides_reach_the_config():
    config = load_config("implicit", ["structure=i-autorec", "data.seed=2", "train.epochs=20"])
    assert config.structure == PRESETS["i-autorec"]
    assert (config.data.seed, config.train.epochs) == (2, 20)


def test_numbers_may_be_written_as_in_python():
    """YAML reads 1e-3 as a text."""
    assert load_config("implicit", ["train.learning_rate=1e-3"]).train.learning_rate == 0.001


def test_override_inside_a_preset_opens_it():
    sides = [f"structure.branches.0.{side}.embedding_size=32" for side in ("user", "item")]
    config = load_config("implicit", ["structure=cfnet-rl", *sides])
    [branch] = config.structure.branches
    assert (branch.user.embedding_size, branch.item.embedding_size) == (32, 32)
    assert branch.user.hidden_sizes == PRESETS["cfnet-rl"].branches[0].user.hidden_sizes
    assert PRESETS["cfnet-rl"].branches[0].user.embedding_size == 64
