"""What TFX hands the Trainer, without TFX."""

from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np

from models.presets import PRESETS
from models.settings import TrainSettings
from models.structure import Structure
from models.training import Trainer, Training
from models.weights import weight_names
from tests.models.conftest import small


def trainer_args(
    splits: Path, folder: Path, structure: Structure, champion: Path | None = None, **settings
) -> SimpleNamespace:
    """The arguments of `run_fn` for a small model of implicit feedback, with HR@10 and NDCG@10.

    Args:
        splits: as of the fixture `planted_splits`.
        folder: where the model goes, into `model/`, and beside it the report.
        structure: its layers are made small.
        champion: the folder of another run.
        settings: of training, those that are not the defaults.
    """
    return SimpleNamespace(
        train_files=[str(splits / "train.gz")],
        eval_files=[str(splits / "eval.gz")],
        transform_graph_path=str(splits / "transform"),
        serving_model_dir=str(folder / "model"),
        model_run_dir=str(folder),
        base_model=champion and str(champion / "model"),
        hyperparameters=None,
        custom_config={
            "structure": small(structure).to_dict(),
            "train": TrainSettings(**settings).model_dump(mode="json"),
            "feedback": "implicit",
            "top_k": 10,
            "serving": {},
        },
    )


def recorded_run(splits: Path, folder: Path) -> None:
    """Runs `run_fn` for GMF; the chosen epochs and the final weights go beside `folder`, as `.npz`."""
    from models.run_fn import run_fn  # behind the tests: it imports packages that bring others of this name

    train = Trainer.train

    def recording(self: Trainer, *data) -> Training:
        training = train(self, *data)
        weights = zip(weight_names(training.model), training.model.trainable_variables, strict=True)
        numbers = {name: variable.numpy() for name, variable in weights}
        np.savez(folder.with_suffix(".npz"), epochs=training.epochs, **numbers)
        return training

    # 100 interactions in batches of 33 with 4 negatives each: the last one has a single interaction, for one
    # of two workers; the others have odd numbers.
    settings = {"epochs": 9, "patience": 2, "batch_size": 165, "learning_rate": 0.15, "warm_start": True}
    folder.mkdir()
    with mock.patch.object(Trainer, "train", recording):
        run_fn(trainer_args(splits, folder, PRESETS["gmf"], **settings))
