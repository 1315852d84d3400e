"""What the restrictions of a search leave out."""

import pytest

from pipeline.config import load_config
from pipeline.starting_points import left_out_of_search


def left_out(*overrides):
    return left_out_of_search(load_config("implicit", ["search.enabled=true", *overrides]))


def test_config_and_presets():
    """Only `mlp`, `cfnet-ml` and `ours-mlp` concatenate, and nothing else."""
    assert left_out("structure=mf", "search.space={fusion: [concat]}") == (
        "search.space rules out the structure or the training of the config, autoncf-views, autoncf, gmf, "
        "neumf, u-autorec, dmf, cfnet-rl, i-autorec, cfnet, ours-dot, oncf: the search does not try them."
    )


def test_training():
    """All presets but `autoncf` and `autoncf-views`, which is the config's, learn at .001."""
    assert left_out("search.space={learning_rate: [0.005]}", "search.space.weight_decay=[0.001]") == (
        "search.space rules out the structure or the training of mf, gmf, neumf, mlp, u-autorec, "
        "dmf, cfnet-ml, cfnet-rl, i-autorec, cfnet, ours-dot, ours-mlp, oncf: the search does not try them."
    )


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["search.space={negative_sampling: [uniform]}"],
        ["search.enabled=false", "search.space={fusion: [concat]}"],
    ],
)
def test_nothing(overrides):
    assert left_out(*overrides) is None
