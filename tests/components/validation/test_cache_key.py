"""Changed code validates again: the cache of a pipeline compares execution properties."""

import pytest
from tfx import types
from tfx.types import standard_artifacts

from components.code_digest import code_digest
from components.validation.component import InteractionValidator
from components.validation.span_component import SpanValidator

STATISTICS = types.Channel(type=standard_artifacts.ExampleStatistics)
SCHEMA = types.Channel(type=standard_artifacts.Schema)
EXAMPLES = types.Channel(type=standard_artifacts.Examples)


@pytest.mark.parametrize(
    "validator",
    [
        InteractionValidator(statistics=STATISTICS, schema=SCHEMA),
        SpanValidator(span_statistics=STATISTICS, examples=EXAMPLES, schema=SCHEMA),
    ],
    ids=lambda validator: validator.id,
)
def test_the_code_is_a_property(validator):
    assert validator.exec_properties == {"code_fingerprint": code_digest("components.validation")}
