"""What the standard TFX Trainer calls."""

import logging
import os
from typing import TYPE_CHECKING, Any

import tensorflow as tf
import tensorflow_transform as tft

from models.carry_over import CarryOver
from models.devices import Devices, training_devices
from models.errors import UserError
from models.examples import read_holdout, read_interactions
from models.export import export
from models.preprocessing import ITEM_VOCABULARY, USER_VOCABULARY
from models.report import TRAINING_REPORT, TrainingReport
from models.search.space import SearchSpace
from models.settings import Feedback, ServingSettings, TrainSettings
from models.structure import Structure
from models.training import Trainer, Training
from models.warm_start import ColdStart, WarmStart

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

logger = logging.getLogger(__name__)


def run_fn(fn_args: "FnArgs") -> None:
    """Trains on the transformed train split, chooses the epochs on the eval split, and exports the model.

    `fn_args.custom_config` holds `structure` and `train` (plain values of `Structure` and `TrainSettings`),
    `feedback`, `top_k` and `serving` (of `ServingSettings`). With `fn_args.hyperparameters`, a search has
    found a structure, and settings of its training, that are taken instead. With `train.warm_start`, training
    begins with the weights that the SavedModel at `fn_args.base_model`, if any, has kept, and the model keeps
    its own. `serving.rerank` is left out for a structure that has no two stages: a configuration asks for it
    only where a search, now or before, has found the structure.
    TensorBoard's logs and `training.json` (see `TrainingReport`) go to the ModelRun artifact.

    Of several workers (`models.workers`) the chief alone writes, and the others end when it has written. One
    that ends after training fails those that wait for the chief, but not the chief.

    Raises:
        UserError: if there is nothing to learn from, training diverges, TF_CONFIG is not right, or another
            worker fails.
    """
    devices = training_devices()  # first: workers find each other before TensorFlow does anything else
    is_chief = devices.workers.is_chief
    config = fn_args.custom_config
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    vocabularies = {name: transform.vocabulary_by_name(name) for name in (USER_VOCABULARY, ITEM_VOCABULARY)}
    structure, settings = _chosen(fn_args, items=len(vocabularies[ITEM_VOCABULARY]))
    start, cold_start = None, None
    if settings.warm_start:
        start, cold_start = _champion(fn_args.base_model, structure, config["feedback"], vocabularies)
    shape = (len(vocabularies[USER_VOCABULARY]), len(vocabularies[ITEM_VOCABULARY]))
    trainer = Trainer(
        structure,
        settings,
        config["feedback"],
        config["top_k"],
        log_dir=fn_args.model_run_dir if is_chief else None,
        start=start,
        devices=devices,
    )
    data = read_interactions(fn_args.train_files, shape), read_holdout(fn_args.eval_files)
    with devices.together():
        training = trainer.train(*data)
    if is_chief:
        serving, no_reranking = _serving(config, structure)
        _write_model(fn_args, training, transform, vocabularies, serving)
        report = TrainingReport(
            structure=structure.to_dict(),
            train=settings.model_dump(mode="json"),
            epochs=training.epochs,
            eval_metrics=training.eval_metrics,
            history=training.history,
            seconds=training.seconds,
            carried_over=None if start is None else start.carried_over,
            cold_start=cold_start,
            no_reranking=no_reranking,
        )
        with tf.io.gfile.GFile(os.path.join(fn_args.model_run_dir, TRAINING_REPORT), "w") as file:
            file.write(report.model_dump_json(indent=2))
    _end_together(devices)
    # TFX takes a worker without this folder for a failed one; where all share it, the chief has made it.
    tf.io.gfile.makedirs(fn_args.serving_model_dir)


def _chosen(fn_args: "FnArgs", items: int) -> tuple[Structure, TrainSettings]:
    """What a search has found, or else what the configuration says."""
    config = fn_args.custom_config
    structure = Structure.from_dict(config["structure"])
    settings = TrainSettings(**config["train"])
    if not fn_args.hyperparameters:
        return structure, settings
    space = SearchSpace(config["feedback"], structure, settings, items)
    values = fn_args.hyperparameters["values"]
    logger.info("Trains what the search has found: %s", values)
    return space.structure(values), space.settings(values)


def _end_together(devices: Devices) -> None:
    try:
        devices.wait()
    except UserError:
        if not devices.workers.is_chief:
            raise
        logger.warning("The model is written and whole, though another worker ended before it was.")


def _write_model(
    fn_args: "FnArgs",
    training: Training,
    transform: tft.TFTransformOutput,
    vocabularies: dict[str, list[bytes]],
    serving: ServingSettings,
) -> None:
    config = fn_args.custom_config
    export(
        training.model,
        training.known,
        transform,
        serving,
        training.eval_metrics,
        fn_args.serving_model_dir,
    )
    if TrainSettings(**config["train"]).warm_start:
        WarmStart(
            training.model.structure.to_dict(), config["feedback"], training.fit_weights, vocabularies
        ).save(fn_args.serving_model_dir)


def _serving(config: dict[str, Any], structure: Structure) -> tuple[ServingSettings, str | None]:
    """What is built into the served model, and why that is without re-ranking although it was asked for."""
    serving = ServingSettings(**config["serving"])
    if serving.rerank is None or structure.retrieves:
        return serving, None
    reason = "serving.rerank is left out: the structure that was found ranks all items in one step."
    logger.info(reason)
    return serving.model_copy(update={"rerank": None}), reason


def _champion(
    model_folder: str | None, structure: Structure, feedback: Feedback, vocabularies: dict[str, list[bytes]]
) -> tuple[CarryOver | None, str | None]:
    """The champion's weights, or why training begins without them."""
    if not model_folder:
        reason = "No model is served yet to begin with."
    else:
        try:
            start = CarryOver(WarmStart.load(model_folder), structure, feedback, vocabularies)
        except ColdStart as error:
            reason = f"The served model is not begun with: {error}."
        else:
            logger.info(
                "Warm start: begins with the served model's weights of %d of %d users and %d of %d items.",
                start.carried_over[USER_VOCABULARY],
                len(vocabularies[USER_VOCABULARY]),
                start.carried_over[ITEM_VOCABULARY],
                len(vocabularies[ITEM_VOCABULARY]),
            )
            return start, None
    logger.info("Cold start: %s", reason)
    return None, reason
