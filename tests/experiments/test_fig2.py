import pytest

from models.choices import Fusion, Input, PredictionKind
from pipeline.experiments.fig2 import contenders, structure


def test_every_point_of_the_figure_is_there_once():
    points = [contender.variants[0].hyperparameters for contender in contenders((4, 8, 16))]
    assert len(points) == 2 * 2 * 2 * 3
    assert len({tuple(point.items()) for point in points}) == len(points)
    assert {"user_input": "interactions", "item_input": "id", "fusion": "concat", "width": 16} in points
    assert len({contender.name for contender in contenders((4, 8, 16))}) == len(points)


@pytest.mark.parametrize("fusion", [Fusion.PRODUCT, Fusion.CONCAT])
def test_every_layer_is_as_wide_as_said(fusion):
    made = structure(Input.ID, Input.INTERACTIONS, fusion, 32)
    branch = made.branches[0]
    assert (branch.user.input, branch.item.input) == (Input.ID, Input.INTERACTIONS)
    assert (branch.user.width, branch.item.width) == (32, 32)
    if fusion is Fusion.PRODUCT:
        assert made.prediction.kind is PredictionKind.LINEAR
    else:
        assert made.prediction.hidden_sizes == (32, 16)
