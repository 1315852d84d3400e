"""What the standard TFX Tuner calls."""

import hashlib
import json
from typing import TYPE_CHECKING

import keras_tuner
import tensorflow_transform as tft
from tfx.components.tuner.component import TunerFnResult

from models.preprocessing import ITEM_VOCABULARY, USER_VOCABULARY
from models.search.messages import TrialData
from models.search.oracle import StructureOracle
from models.search.settings import SearchSettings
from models.search.space import SearchSpace
from models.search.tuner import StructureTuner
from models.settings import TrainSettings
from models.structure import Structure

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

NOT_OF_THE_SEARCH = ("minutes", "trials", "workers")
"""Settings that may change between an interruption and going on: the budget, and how many at a time."""


def tuner_fn(fn_args: "FnArgs") -> TunerFnResult:
    """Makes the search over structures on the transformed splits.

    `fn_args.custom_config` holds `structure` and `train` (plain values of `Structure` and `TrainSettings`),
    `feedback`, `top_k`, `search` (of `SearchSettings`), `search_dir` (a local folder with one for each search
    that goes on) and `code` (digests of what makes a trial what it is).

    Raises:
        UserError: if search.space names what is not there.
    """
    config = fn_args.custom_config
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    settings = TrainSettings(**config["train"])
    search = SearchSettings(**config["search"])
    data = TrialData(
        train_files=tuple(fn_args.train_files),
        eval_files=tuple(fn_args.eval_files),
        users=transform.vocabulary_size_by_name(USER_VOCABULARY),
        items=transform.vocabulary_size_by_name(ITEM_VOCABULARY),
        feedback=config["feedback"],
        top_k=config["top_k"],
    )
    space = SearchSpace(
        data.feedback, Structure.from_dict(config["structure"]), settings, data.items, search.space
    )
    objective = keras_tuner.Objective(data.objective, "max" if data.higher_is_better else "min")
    tuner = StructureTuner(
        StructureOracle(space, objective, search.trials, settings.epochs, settings.seed),
        space,
        data,
        minutes=search.minutes,
        workers=search.workers,
        directory=config["search_dir"],
        project_name=search_name(fn_args),
    )
    return TunerFnResult(tuner=tuner, fit_kwargs={})


def search_name(fn_args: "FnArgs") -> str:
    """The folder of the search in `search_dir`: another one for other data, other code and another config."""
    config = {name: value for name, value in fn_args.custom_config.items() if name != "search_dir"}
    config["search"] = {
        name: value for name, value in config["search"].items() if name not in NOT_OF_THE_SEARCH
    }
    parts = [fn_args.train_files, fn_args.eval_files, fn_args.transform_graph_path, config]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
