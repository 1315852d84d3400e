"""The packaged limits, on planted spans and on the weeks of MovieLens 100k."""

import csv
import itertools
import random
from pathlib import Path

import pytest
import tensorflow_data_validation as tfdv

from components.validation.span_drift import drift
from schemas import schema_path
from tests.components.validation.spans import plant, statistics_of

MOVIELENS = Path(__file__).parents[3] / "data" / "ml-100k" / "interactions.csv"
WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def schema():
    return tfdv.load_schema_text(schema_path("spans"))


@pytest.fixture(scope="module")
def baseline():
    return statistics_of(plant(seed=1))


def mixed_up(users, catalogue=()):
    ids = sorted({item for items, _ in users for item in items} | set(catalogue))
    others = dict(zip(ids, random.Random(1).sample(ids, len(ids)), strict=True))
    return [([others[item] for item in items], values) for items, values in users]


def features(found):
    return set(found.anomaly_info) | ({"users"} if found.dataset_anomaly_info.reason else set())


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (lambda users: users, set()),
        (lambda users: users[::2], set()),
        (
            lambda users: [([f"new-{item}" for item in items], values) for items, values in users],
            {"item_ids"},
        ),
        (mixed_up, {"item_ids"}),
        (lambda users: [(["null"], values[:1]) for _, values in users], {"item_ids", "activity"}),
        (
            lambda users: [
                ([f"c{len(item) + int(item[-1])}" for item in items], values) for items, values in users
            ],
            {"item_ids"},
        ),
        (lambda users: [(items, [2 * value for value in values]) for items, values in users], {"values"}),
        (lambda users: [(items, [value / 5 for value in values]) for items, values in users], {"values"}),
        (
            lambda users: [
                ([f"{item}-{copy}" * bool(copy) or item for item in items for copy in range(10)], values * 10)
                for items, values in users
            ],
            {"activity", "item_ids"},
        ),
        (lambda users: users[::5], {"users"}),
    ],
    ids=[
        "same",
        "half",
        "renamed",
        "mixed-up",
        "null",
        "categories",
        "doubled",
        "a-fifth",
        "tenfold",
        "few-users",
    ],
)
def test_what_changed_is_found_and_nothing_else(schema, baseline, changed, expected):
    now = statistics_of(changed(plant(seed=2)))
    assert features(drift(now, baseline, schema)) == expected


def test_values_with_long_tails_are_compared_by_deciles(schema):
    def counted(seed, times):
        drawn = random.Random(seed)
        return statistics_of(
            [(items, [times * drawn.lognormvariate(1, 1) for _ in items]) for items, _ in plant(seed)]
        )

    before = counted(1, times=1)
    assert [features(drift(counted(seed, times=1), before, schema)) for seed in range(2, 8)] == [set()] * 6
    assert features(drift(counted(2, times=4), before, schema)) == {"values"}


def test_too_little_to_tell(schema):
    few = statistics_of(plant(seed=1, users=8))
    others = statistics_of([([f"new-{item}"], [9.0]) for item in range(29)])
    assert features(drift(others, few, schema)) == set()


def test_any_spans_compares_nothing(baseline):
    schema = tfdv.load_schema_text(schema_path("any-spans"))
    strange = statistics_of([(["null"], [1e9])])
    assert features(drift(strange, baseline, schema)) == set()


def test_overlap_of_zero_is_for_catalogues_that_are_new_every_day(schema, baseline):
    news = type(schema).FromString(schema.SerializeToString())
    (items,) = (feature for feature in news.feature if feature.name == "item_ids")
    items.distribution_constraints.min_domain_mass = 0
    now = statistics_of([([f"new-{item}" for item in items], values) for items, values in plant(seed=2)])
    assert features(drift(now, baseline, news)) == set()


def weeks():
    with MOVIELENS.open(newline="") as file:
        rows = [(int(row["timestamp"]), row) for row in csv.DictReader(file)]
    first = min(time for time, _ in rows)
    by_week = {}
    for time, row in rows:
        users = by_week.setdefault((time - first) // WEEK, {})
        items, values = users.setdefault(row["user_id"], ([], []))
        items.append(row["item_id"])
        values.append(float(row["value"]))
    return [list(users.values()) for _, users in sorted(by_week.items())]


@pytest.mark.skipif(not MOVIELENS.is_file(), reason="needs data/ml-100k")
def test_ordinary_weeks_pass_and_mixed_up_ids_do_not(schema):
    users = weeks()
    assert len(users) == 31
    statistics = [statistics_of(week) for week in users]
    ordinary = [features(drift(now, before, schema)) for before, now in itertools.pairwise(statistics)]
    assert ordinary == [set()] * 30
    catalogue = {item for week in users for items, _ in week for item in items}
    for before, week in list(zip(statistics, users[1:], strict=False))[::6]:
        mixed = statistics_of(mixed_up(week, catalogue))
        assert "item_ids" in features(drift(mixed, before, schema))
