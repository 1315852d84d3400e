"""Runs that train what an earlier search found."""

import pytest

from models.errors import UserError
from models.presets import PRESETS
from models.search.best import Best
from pipeline.config import Config, load_config
from pipeline.pinned import pin, pinned_config
from tests.pipeline.searches import make_report, make_trial, write_search

TUNED = {"optimizer": "adagrad", "learning_rate": 0.03, "weight_decay": 0.0, "batch_size": 512}


def best(preset="gmf"):
    return Best(structure=PRESETS[preset].to_dict(), train=TUNED).to_yaml("ndcg_at_10 0.5")


@pytest.fixture
def searches(tmp_path):
    """Two, of which the last one found `gmf` in batches of 512."""
    folder = tmp_path / "searches"
    write_search(folder / "2026-01-02", make_report(make_trial(1, 0.4)))
    write_search(folder / "2026-01-09", make_report(make_trial(1, 0.5)))
    return folder


def test_nothing_is_pinned(searches):
    config = load_config("implicit")
    assert pinned_config(config, str(searches)) is config


def test_last_search(searches):
    config = pinned_config(load_config("implicit", ["search.pinned=last"]), str(searches))
    assert config.structure == PRESETS["gmf"]
    assert config.train.batch_size == 512
    assert config.search.pinned == str(searches / "2026-01-09" / "best.yaml")


def test_file(searches):
    path = str(searches / "2026-01-02" / "best.yaml")
    config = load_config("implicit", [f"search.pinned={path}"])
    assert pinned_config(config, "nowhere").structure == PRESETS["gmf"]
    assert pinned_config(pinned_config(config, "nowhere"), "nowhere") == pinned_config(config, "nowhere")


def test_what_the_search_did_not_choose_stays():
    """The preset `autoncf-views` of `implicit` brings settings, and they were in force while it searched."""
    config = load_config("implicit", ["train.epochs=7", "data.seed=3"])
    pinned = pin(config, best(), "best.yaml")
    assert pinned.train == config.train.model_copy(update=TUNED)
    assert (pinned.train.epochs, pinned.data) == (7, config.data)


def test_what_was_given_gives_the_same_again():
    """Kubeflow is told a config by what was given."""
    pinned = pin(load_config("implicit", ["train.epochs=7"]), best("mf"), "best.yaml")
    assert Config.model_validate(pinned.given) == pinned


@pytest.mark.parametrize("preset", ["mf", "neumf"])
def test_reranking_is_for_the_trainer_to_leave_out(preset):
    config = load_config("implicit", ["search.pinned=last", "serving={max_k: 50, rerank: 500}"])
    assert pin(config, best(preset), "best.yaml").serving == config.serving


def test_no_search_yet(tmp_path):
    with pytest.raises(UserError, match=r"search\.pinned = 'last': no search has ended in this root yet"):
        pinned_config(load_config("implicit", ["search.pinned=last"]), str(tmp_path))


def test_no_such_file(tmp_path):
    path = str(tmp_path / "best.yaml")
    with pytest.raises(UserError) as error:
        pinned_config(load_config("implicit", [f"search.pinned={path}"]), str(tmp_path))
    assert str(error.value) == (
        f"search.pinned = {path!r}: cannot be read (No such file or directory); give 'last', or the best.yaml"
        " of a search."
    )


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "no text"), (b"a: [", "not a YAML file"), (b"a: 1", "structure")]
)
def test_another_file(tmp_path, content, said):
    path = tmp_path / "best.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said) as error:
        pinned_config(load_config("implicit", [f"search.pinned={path}"]), str(tmp_path))
    assert str(path) in str(error.value)


def test_best_that_does_not_fit_the_config():
    with pytest.raises(UserError) as error:
        pin(load_config("explicit"), best("oncf"), "best.yaml")
    assert str(error.value) == (
        'best.yaml: structure.loss.kind = "bpr" ranks items above negatives, but data.feedback = "explicit" '
        'learns known values alone. Use loss "mse", "bce" or "normalized-bce", or data.feedback "implicit".'
    )
