"""Which slots fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.choices import Fusion, LossKind, PredictionKind, Targets

if TYPE_CHECKING:
    from models.structure import Structure


def complaints(structure: Structure) -> Iterator[str]:
    """A sentence for each pair of slots that do not fit: the reason, and what would."""
    if not structure.branches:
        yield "branches is empty: a structure has at least one branch."
        return
    yield from _prediction_fits_fusion(structure)
    yield from _loss_fits_prediction(structure)
    yield from _interactions_are_there(structure)


def _prediction_fits_fusion(structure: Structure) -> Iterator[str]:
    kind = structure.prediction.kind
    side_by_side = [
        branch.fusion == Fusion.CONCAT and not branch.hidden_sizes for branch in structure.branches
    ]
    if (structure.prediction.is_linear and any(side_by_side)) or (
        kind is PredictionKind.NON_LINEAR and all(side_by_side)
    ):
        yield (
            f'fusion = "concat" with prediction kind = "{kind.value}" lets user and item not interact at '
            'all. Use prediction "mlp", hidden_sizes in the branch, or fusion "product".'
        )
    outer = [branch.fusion == Fusion.OUTER_PRODUCT for branch in structure.branches]
    if any(outer) and kind is not PredictionKind.CNN:
        yield (
            f'fusion = "outer-product" makes a map, which prediction kind = "{kind.value}" cannot read. '
            'Use prediction "cnn", or fusion "product".'
        )
    if kind is PredictionKind.CNN and not all(outer):
        yield 'prediction kind = "cnn" reads a map. Use fusion "outer-product", or prediction "mlp".'
    if any(outer) and (len(outer) > 1 or structure.branches[0].hidden_sizes):
        yield (
            'fusion = "outer-product" stands alone: its map cannot be joined with other branches or go '
            "through hidden_sizes of the branch. Use one branch, and hidden_sizes of the prediction."
        )


def _loss_fits_prediction(structure: Structure) -> Iterator[str]:
    kind, loss = structure.prediction.kind, structure.loss.kind
    cosine = kind is PredictionKind.LINEAR and [
        (branch.fusion, branch.temperature, branch.hidden_sizes) for branch in structure.branches
    ] == [(Fusion.NORMALIZED_PRODUCT, 1.0, ())]
    if structure.prediction.is_linear and loss is LossKind.BCE:
        yield (
            f'loss = "bce" needs scores between 0 and 1, but prediction kind = "{kind.value}" is unbounded. '
            'Use prediction "non-linear" or "mlp", or loss "mse".'
        )
    if structure.prediction.is_linear and loss is LossKind.NORMALIZED_BCE and not cosine:
        yield (
            f'loss = "normalized-bce" needs scores up to 1, but prediction kind = "{kind.value}" is '
            'unbounded here. Use a single branch with fusion "normalized-product", temperature 1 and '
            "prediction "
            '"linear", or prediction "non-linear" or "mlp".'
        )


def _interactions_are_there(structure: Structure) -> Iterator[str]:
    towers = structure.interaction_towers
    if structure.masking and not towers:
        yield (
            'masking = true needs interaction vectors, but every input = "id". Set masking to false, or an '
            'input to "interactions".'
        )
    if structure.loss.targets is Targets.DROPPED:
        rates = {tower.interaction_dropout for tower in towers}
        if len(rates) != 1 or 0 in rates:
            yield (
                'loss.targets = "dropped" needs one interaction_dropout above 0 in all towers with '
                f'interaction vectors, but it is {sorted(rates) or "nowhere"}. Set it alike, or use "all".'
            )
        elif structure.masking:
            yield (
                'masking = true has nothing to do with loss.targets = "dropped", whose pairs are dropped '
                "from the vectors already. Set masking to false."
            )
