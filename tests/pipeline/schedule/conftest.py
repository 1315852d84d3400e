"""The shop that most tests of the schedule run in."""

import pytest

from tests.pipeline.schedule.shop import Shop


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    shop.deliver(1)
    return shop
