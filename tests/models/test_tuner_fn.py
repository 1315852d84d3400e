"""The Tuner component's part, and the Trainer's, which takes what was found."""

import json
import logging
from pathlib import Path

import pytest

from models.errors import UserError
from models.presets import PRESETS
from models.report import TRAINING_REPORT, TrainingReport
from models.run_fn import run_fn
from models.search.results import SEARCH_REPORT, SearchReport
from models.search.settings import SearchSettings
from models.structure import Structure
from models.tuner_fn import tuner_fn
from tests.models.trainer_args import trainer_args

pytestmark = pytest.mark.slow


def tuner_args(splits, folder, structure=PRESETS["gmf"], epochs=3, **search):
    """The arguments of `tuner_fn` for searches in `folder`."""
    args = trainer_args(splits, folder, structure, epochs=epochs, batch_size=256, learning_rate=0.02)
    args.custom_config |= {
        "search": SearchSettings(enabled=True, **search).model_dump(mode="json"),
        "search_dir": str(folder),
        "code": "0123",
    }
    return args


def folder_of(args):
    return Path(tuner_fn(args).tuner.project_dir).name


def test_an_interrupted_search_is_that_of_the_same_data_and_config(planted_splits, tmp_path):
    name = folder_of(tuner_args(planted_splits, tmp_path))
    (tmp_path / "elsewhere").mkdir()
    same = [
        tuner_args(planted_splits, tmp_path),
        tuner_args(planted_splits, tmp_path / "elsewhere"),
        tuner_args(planted_splits, tmp_path, minutes=3.0, trials=7, workers=1),
    ]
    assert [folder_of(args) for args in same] == [name] * 3
    others = [
        tuner_args(planted_splits, tmp_path, structure=PRESETS["mf"]),
        tuner_args(planted_splits, tmp_path, epochs=4),
        tuner_args(planted_splits, tmp_path, space={"optimizer": ("adamw",)}),
    ]
    for args in (code := tuner_args(planted_splits, tmp_path), data := tuner_args(planted_splits, tmp_path)):
        others.append(args)
    code.custom_config["code"] = "4567"
    data.train_files = data.eval_files
    assert len({name, *map(folder_of, others)}) == 6


def test_a_space_that_names_no_slot_is_refused(planted_splits, tmp_path):
    with pytest.raises(UserError, match=r"search\.space"):
        tuner_fn(tuner_args(planted_splits, tmp_path, space={"fussion": ("product",)}))


def test_the_trainer_trains_what_the_tuner_has_found(planted_splits, tmp_path, caplog):
    tuner = tuner_fn(tuner_args(planted_splits, tmp_path, trials=2, workers=1)).tuner
    tuner.search()
    report = SearchReport.model_validate_json(Path(tuner.project_dir, SEARCH_REPORT).read_text())
    assert [trial.origin for trial in report.trials] == ["config", "autoncf-views"]
    preset = tuner.oracle.trials["1"].hyperparameters.get_config()

    args = tuner_args(planted_splits, tmp_path)
    args.hyperparameters = json.loads(json.dumps(preset))  # as the artifact has them
    args.custom_config["serving"] = {"rerank": 5}
    caplog.set_level(logging.INFO, logger="models.run_fn")
    run_fn(args)
    trained = TrainingReport.model_validate_json((tmp_path / TRAINING_REPORT).read_text())
    assert trained.structure == PRESETS["autoncf-views"].to_dict() == report.trials[1].structure
    assert trained.train == {**args.custom_config["train"], **report.trials[1].train}
    assert trained.train["learning_rate"] == 0.005  # of the preset; the config's is 0.02
    found = [epoch["eval_ndcg_at_10"] for epoch in trained.history]
    assert found == pytest.approx(report.trials[1].curve, rel=1e-5)  # the same settings and the same seed
    reason = "serving.rerank is left out: the structure that was found ranks all items in one step."
    assert trained.no_reranking == reason
    assert reason in caplog.messages
    assert not Structure.from_dict(trained.structure).retrieves
