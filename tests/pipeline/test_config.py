"""Packaged configurations, files of the user, and what is said of their mistakes."""

import json

import pytest
import yaml

from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from models.settings import TrainSettings
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
    assert packaged_configs() == ["amusic", "explicit", "implicit", "lastfm", "ml-100k", "nightly"]


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
        (("serving",), "k", ("max_k", "rerank")),
        (("search",), "minute", ("enabled", "minutes", "space", "pinned")),
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
        ("train=5", ["train = 5", "should hold keys, of epochs, patience"]),
        ("search.minutes=0", ["search.minutes = 0", "greater than 0"]),
        ("search.trials=0", ["search.trials = 0", "greater than or equal to 1"]),
        ("search=true", ["search = True", "should hold keys, of enabled, minutes"]),
        ("train.optimizer=lion", ["train.optimizer = 'lion'", "'adamw', 'adam', 'sgd' or 'adagrad'"]),
        (
            "structure=gmff",
            ["structure: 'gmff' is no preset; choose mf, gmf", "autoncf-views, or give every slot"],
        ),
        ("structure={preset: gmff}", ["structure: 'gmff' is no preset"]),
        ("structure={preset: [mf]}", ["structure: ['mf'] is no preset"]),
        ("structure.prediction=mlp", ["structure.prediction = 'mlp'", "keys, of kind, hidden_sizes"]),
        ("structure.loss.kind=hinge", ["structure.loss.kind = 'hinge'", "'mse'"]),
        ("structure.branches=[]", ["structure", "at least one branch"]),
        (
            "structure.branches.0.user.embedding_size=32",
            ["structure.branches.0", "equal widths", "32", "128"],
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


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            "structure.branches.0.fusion=prodct",
            'structure.branches.0.fusion: \'prodct\' should be "product", "normalized-product", "concat", '
            '"outer-product", or the dotted name of a fusion of your own.',
        ),
        (
            "structure.branches.0.user.input=vectors",
            "structure.branches.0.user.input = 'vectors': input should be 'id', 'interactions' or 'both'.",
        ),
        (
            "structure.branches.0.fusion=concat",
            'structure: fusion = "concat" with prediction kind = "non-linear" lets user and item not '
            'interact at all. Use prediction "mlp", hidden_sizes in the branch, or fusion "product".',
        ),
    ],
)
def test_mistake_in_a_structure_is_one_sentence(override, sentence):
    assert refused("implicit", "structure=cfnet-rl", override) == f"config implicit: {sentence}"


@pytest.mark.parametrize("loss", ["bpr", "softmax"])
def test_explicit_feedback_has_nothing_to_rank_against(loss):
    assert refused("explicit", f"structure.loss.kind={loss}") == (
        f'config explicit: structure.loss.kind = "{loss}" ranks items above negatives, but data.feedback = '
        '"explicit" learns known values alone. Use loss "mse", "bce" or "normalized-bce", or data.feedback '
        '"implicit".'
    )
    assert load_config("implicit", [f"structure.loss.kind={loss}"]).structure.loss.ranks


@pytest.mark.parametrize("loss", ["mse", "bce", "normalized-bce"])
def test_explicit_feedback_learns_with_the_other_losses(loss):
    assert load_config("explicit", [f"structure.loss.kind={loss}"]).structure.loss.kind == loss


def test_preset_with_slots_of_ones_own(written):
    config = load_config(written({**MINIMAL, "structure": {"preset": "gmf", "loss": {"kind": "bce"}}}))
    assert config.structure.loss.kind == "bce"
    assert config.structure.branches == PRESETS["gmf"].branches
    assert config.structure.prediction == PRESETS["gmf"].prediction


@pytest.mark.parametrize("name", PRESET_TRAINING)
def test_training_of_a_preset_is_of_a_preset_and_valid(name):
    assert name in PRESETS
    TrainSettings(**PRESET_TRAINING[name])


class TestTrainingOfAPreset:
    """`gmf` is given a learning rate of .5 and batches of 7; the defaults are .001 and 4096."""

    @pytest.fixture(autouse=True)
    def training_of_gmf(self, monkeypatch):
        monkeypatch.setitem(PRESET_TRAINING, "gmf", {"learning_rate": 0.5, "batch_size": 7})

    def settings(self, path, *overrides):
        train = load_config(path, overrides).train
        return train.learning_rate, train.batch_size

    def test_named_in_the_file(self, written):
        assert self.settings(written({**MINIMAL, "structure": "gmf"})) == (0.5, 7)
        assert self.settings(written({**MINIMAL, "structure": {"preset": "gmf"}})) == (0.5, 7)

    def test_own_keys_win(self, written):
        path = written({**MINIMAL, "structure": "gmf", "train": {"batch_size": 9, "epochs": 3}})
        assert self.settings(path) == (0.5, 9)
        assert load_config(path).train.epochs == 3

    def test_named_on_the_command_line(self, written):
        path = written({**MINIMAL, "train": {"batch_size": 9}})
        assert self.settings(path) == (0.001, 9)
        assert self.settings(path, "structure=gmf") == (0.5, 9)
        assert self.settings(path, "structure=gmf", "train.learning_rate=2") == (2, 9)
        assert self.settings(path, "train.learning_rate=2", "structure=gmf") == (2, 9)

    def test_slot_set_on_the_command_line(self, written):
        path = written({**MINIMAL, "structure": "gmf"})
        bce = "structure.loss.kind=bce"
        assert load_config(path, [bce]).structure.loss.kind == "bce"
        assert self.settings(path, bce) == (0.5, 7)
        assert self.settings(path, bce, "train.batch_size=9") == (0.5, 9)
        assert self.settings(path, "train.batch_size=9", bce) == (0.5, 9)
        assert self.settings(path, bce, "structure=mf") == (0.001, 4096)

    def test_summary_shows_what_was_in_force(self, written):
        config = load_config(written({**MINIMAL, "structure": "gmf", "train": {"batch_size": 9}}))
        values = config.model_dump(mode="json")
        assert values["structure"] == PRESETS["gmf"].to_dict()
        assert (values["train"]["learning_rate"], values["train"]["batch_size"]) == (0.5, 9)
        assert load_config(written(values)) == config


@pytest.mark.parametrize("name", ["cfnet", "neumf"])
def test_reranking_of_structures_with_a_dot_product_beside_others(name):
    config = load_config("implicit", [f"structure={name}", "serving.rerank=500"])
    assert config.serving.rerank == 500


@pytest.mark.parametrize("name", ["mf", "mlp", "oncf", "autoncf-views"])
def test_reranking_of_the_others(name):
    assert refused("implicit", f"structure={name}", "serving.rerank=500") == (
        "config implicit: serving.rerank = 500 needs a branch that is a dot product beside others that are "
        "not, and a prediction without hidden layers, as in cfnet and neumf. Leave serving.rerank out: all "
        "items are ranked then."
    )


@pytest.mark.parametrize("search", ["search.enabled=true", "search.pinned=last"])
def test_reranking_of_a_structure_that_is_found_yet(search):
    """Whether that has two stages is known later."""
    assert load_config("implicit", ["structure=mf", "serving.rerank=500", search]).serving.rerank == 500
    message = refused("implicit", "structure=mf", "serving.rerank=99", search)
    assert "serving.rerank = 99 picks fewer items" in message


def test_search_of_what_is_pinned():
    assert refused("implicit", "search={enabled: true, pinned: last}") == (
        "config implicit: search: enabled searches, and pinned = 'last' takes what was found before: leave "
        "one of them out."
    )


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        ("{width: [64]}", "search.space.width is no slot"),
        ("{fusion: [sum]}", "search.space.fusion should be one of product, normalized-product"),
        ("{fusion: []}", "search.space.fusion has no value"),
        ("{fusion: [concat], prediction: [linear]}", "search.space leaves no structure: "),
    ],
    ids=["slot", "value", "none", "nothing left"],
)
def test_space_of_a_search(space, sentence):
    """Also of one that is not asked for yet: `--tune` may come later."""
    assert refused("implicit", f"search.space={space}").startswith(f"config implicit: {sentence}")


def test_space_for_any_catalogue():
    """Whether there are so many items that a softmax samples them is known later."""
    space = {"fusion": ("product", "concat"), "sampled_items": (1000,)}
    config = load_config("implicit", [f"search.space={json.dumps(space)}"])
    assert config.search.space == space


def test_reranking_of_fewer_items_than_may_be_asked_for():
    assert refused("implicit", "structure=neumf", "serving.rerank=99") == (
        "config implicit: serving.rerank = 99 picks fewer items than serving.max_k = 100 lets be asked for. "
        "Raise serving.rerank, or lower serving.max_k."
    )
