"""results.csv."""

import csv
import json
from pathlib import Path

import pytest

from pipeline.experiments.reports.csv_file import write_csv
from pipeline.experiments.results import Result

HEADER = (
    "dataset,structure,seed,selected_by,raw_hr_at_10,raw_ndcg_at_10,cold_last_hr_at_10,cold_last_ndcg_at_10,"
    "clean_hr_at_10,clean_ndcg_at_10,full_hr_at_10,full_ndcg_at_10,full_recall_at_50,coverage_at_10,"
    "novelty_at_10,rmse,seconds,hyperparameters"
)


def test_rows_are_written_to_the_digit(tmp_path: Path) -> None:
    write_csv(
        [
            Result("lastfm", "mf", 1, "test", {"raw_hr_at_10": 0.89496, "clean_hr_at_10": 1.0}, 12.34, {}),
            Result("ml-100k-90", "mf", 1, "validation", {"rmse": 0.9}, 3.0, {"epochs": 4, "alpha": 0.5}),
        ],
        tmp_path / "out" / "results.csv",
    )
    assert (tmp_path / "out" / "results.csv").read_text() == (
        f"{HEADER}\n"
        "lastfm,mf,1,test,0.8950,,,,1.0000,,,,,,,,12.3,{}\n"
        'ml-100k-90,mf,1,validation,,,,,,,,,,,,0.9000,3.0,"{""alpha"": 0.5, ""epochs"": 4}"\n'
    )


def test_order_and_hyperparameters_survive(tmp_path: Path) -> None:
    results = [
        Result("b", "zeta", 1, "validation", {}, 1.0, {"sizes": [64, 32], "name": 'a "b", c'}),
        Result("a", "alpha", 10, "validation", {}, 1.0, {}),
        Result("a", "alpha", 2, "test", {}, 1.0, {}),
        Result("a", "alpha", 2, "validation", {}, 1.0, {}),
        Result("a", "zeta", 1, "validation", {}, 1.0, {}),
    ]
    write_csv(results, tmp_path / "results.csv")
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [(row["dataset"], row["structure"], row["seed"], row["selected_by"]) for row in rows]
    assert keys == [
        ("a", "zeta", "1", "validation"),  # the structure that appeared first, though in another dataset
        ("a", "alpha", "2", "validation"),
        ("a", "alpha", "2", "test"),
        ("a", "alpha", "10", "validation"),  # as numbers, not as texts
        ("b", "zeta", "1", "validation"),
    ]
    assert json.loads(rows[-1]["hyperparameters"]) == {"sizes": [64, 32], "name": 'a "b", c'}


def test_what_is_not_a_number_is_empty(tmp_path: Path) -> None:
    write_csv([Result("a", "mf", 1, "test", {"rmse": float("nan")}, 0.0, {})], tmp_path / "results.csv")
    assert (tmp_path / "results.csv").read_text() == f"{HEADER}\na,mf,1,test,,,,,,,,,,,,,0.0,{{}}\n"


def test_an_unknown_metric_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hit_rate"):
        write_csv([Result("a", "mf", 1, "test", {"hit_rate": 1.0}, 0.0, {})], tmp_path / "results.csv")
    assert not list(tmp_path.iterdir())
