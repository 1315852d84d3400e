"""What a config says about the search."""

import pytest
from pydantic import ValidationError

from models.presets import PRESETS
from models.search.settings import SearchSettings
from models.search.space import SearchSpace
from models.settings import TrainSettings


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"fusion": ["product", "concat"]}, {"fusion": ("product", "concat")}),
        ({"fusion": "product"}, {"fusion": ("product",)}),
        ({"masking": False}, {"masking": (False,)}),
        ({"user_hidden_sizes": [[512, 256], []]}, {"user_hidden_sizes": ("512-256", "none")}),
        ({"user_hidden_sizes": ["512-256"]}, {"user_hidden_sizes": ("512-256",)}),
    ],
)
def test_values_are_read_as_they_are_written_elsewhere(given, read):
    assert SearchSettings(space=given).space == read


def test_numbers_as_yaml_reads_them():
    """YAML takes 1e-3, without a point, for a text."""
    settings = SearchSettings(space={"learning_rate": ["1e-3", 2e-3], "user_input": "id", "item_input": "id"})
    space = SearchSpace("implicit", PRESETS["gmf"], TrainSettings(), 10, settings.space)
    rates = next(hp.values for hp in space.hyperparameters().space if hp.name == "learning_rate")
    assert list(rates) == [0.001, 0.002]


def test_a_search_is_not_pinned():
    with pytest.raises(ValidationError, match="leave one of them out"):
        SearchSettings(enabled=True, pinned="last")
