"""Figure 2 of the paper: what the inputs of both sides are worth, by fusion and width."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

from models.choices import Activation, Fusion, Input, LossKind, Normalization, PredictionKind
from models.settings import TrainSettings
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure
from pipeline.experiments.plan import plan
from pipeline.experiments.structure_contender import StructureContender, Variant
from pipeline.experiments.trial import Trial

DATASETS = ("ml-100k", "lastfm")
HELD_OUT = {"90": 0.1}
"""The random split of rating data, by the percentage that is learnt."""
WIDTHS = (8, 32, 128, 512)
SETTINGS = TrainSettings(epochs=100, patience=4, batch_size=8192, learning_rate=2e-3)
_INPUTS = (Input.ID, Input.INTERACTIONS)


def trials(
    data_dir: Path, out: Path, datasets: Sequence[str] | None, seeds: int, widths: Sequence[int] | None
) -> list[Trial]:
    """All trials of the figure.

    Args:
        data_dir: where the datasets are.
        out: the folder of the results.
        datasets: names, or None for those of `DATASETS` that are there.
        seeds: how many.
        widths: each at least 2, or None for `WIDTHS`.

    Raises:
        UserError: if a dataset is not there.
    """
    rows = contenders(widths or WIDTHS)
    return plan(data_dir, out, datasets, DATASETS, lambda feedback: rows, seeds, HELD_OUT)


def contenders(widths: Sequence[int]) -> list[StructureContender]:
    """Every combination of the two sides' inputs, dot product or concatenation with an MLP, and width."""
    return [
        _contender(user, item, fusion, width)
        for fusion, user, item, width in product((Fusion.PRODUCT, Fusion.CONCAT), _INPUTS, _INPUTS, widths)
    ]


def _contender(user: Input, item: Input, fusion: Fusion, width: int) -> StructureContender:
    point = {"user_input": user.value, "item_input": item.value, "fusion": fusion.value, "width": width}
    name = f"u-{_short(user)}/i-{_short(item)} {fusion.value} {width}"
    return StructureContender(name, (Variant(structure(user, item, fusion, width), SETTINGS, point),))


def structure(user: Input, item: Input, fusion: Fusion, width: int) -> Structure:
    """A structure whose every layer is `width` wide; the MLP halves it once."""
    prediction = Prediction(PredictionKind.LINEAR)
    if fusion is Fusion.CONCAT:
        prediction = Prediction(PredictionKind.MLP, hidden_sizes=(width, width // 2))
    return Structure(
        branches=(Branch(_tower(user, width), _tower(item, width), fusion),),
        prediction=prediction,
        loss=Loss(LossKind.MSE),
    )


def _tower(source: Input, width: int) -> Tower:
    if source is Input.ID:
        return Tower(source, embedding_size=width)
    return Tower(
        source,
        embedding_size=width,
        activation=Activation.TANH,
        # Vectors as they are saturate the units, and a dot product of many such units starts far too large.
        normalization=Normalization.L2,
        interaction_dropout=0.5,
    )


def _short(source: Input) -> str:
    return "id" if source is Input.ID else "inter"
