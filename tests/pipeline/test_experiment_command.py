"""The experiments as a user runs them, over small sets."""

import csv
import json

import numpy as np
import pytest

from pipeline.experiments import fig2, table2
from tests.experiments.conftest import deepcf_dir, ratings_dir  # noqa: F401 - fixtures


def read(file):
    with file.open() as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_table2_trains_reports_and_is_not_done_twice(autoncf, deepcf_dir, tmp_path):  # noqa: F811
    arguments = ["--data-dir", deepcf_dir, "--datasets", "tiny", "--seeds", "2", "--out", tmp_path]
    rows = ["--rows", "untouched-first", "item-knn", "ials", "mf", "autoncf"]
    answer = autoncf("experiment", "table2", *arguments, *rows)
    assert answer.status == 0, answer.error
    assert "8/8 tiny autoncf seed 2: HR@10 " in answer.out

    results = read(tmp_path / "results.csv")
    assert [(row["structure"], row["seed"], row["selected_by"]) for row in results] == [
        ("untouched-first", "1", "validation"),
        ("item-knn", "1", "validation"),
        ("ials", "1", "validation"),
        ("ials", "2", "validation"),
        *[(name, seed, by) for name in ("mf", "autoncf") for seed in "12" for by in ("validation", "test")],
    ]
    for row in results:
        assert 0 <= float(row["raw_hr_at_10"]) <= 1
        assert isinstance(json.loads(row["hyperparameters"]), dict)
    # Users touch items of their own parity alone, which halves the candidates of whoever sees that.
    hit_rate = {row["structure"]: float(row["clean_hr_at_10"]) for row in results}
    assert hit_rate["autoncf"] > hit_rate["untouched-first"]
    report = (tmp_path / "table2.md").read_text()
    assert "| **autoncf**" in report or "| autoncf" in report
    assert (tmp_path / "table2.png").stat().st_size > 10_000

    again = autoncf("experiment", "table2", *arguments, *rows)
    assert again.status == 0
    assert again.out.count("(finished before)") == 8
    assert read(tmp_path / "results.csv") == results


@pytest.mark.slow
def test_fig2_draws_every_combination_of_inputs(autoncf, ratings_dir, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(fig2, "SETTINGS", fig2.SETTINGS.model_copy(update={"epochs": 3}))
    arguments = ("--data-dir", ratings_dir, "--datasets", "marks", "--widths", "4", "--out", tmp_path)
    answer = autoncf("experiment", "fig2", *arguments)
    assert answer.status == 0, answer.error
    results = read(tmp_path / "results.csv")
    assert [row["selected_by"] for row in results] == ["validation", "test"] * 8
    assert all(np.isfinite(float(row["rmse"])) for row in results)
    assert "u-inter/i-inter" in (tmp_path / "fig2.md").read_text()
    assert (tmp_path / "fig2.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--datasets", "nowhere"], ['does not hold a dataset "nowhere"', "Tiny"]),
        (["--datasets", "lastfm"], ["does not hold lastfm", "autoncf data fetch lastfm"]),
        (["--rows", "cfnett", "--datasets", "tiny"], ["--rows cfnett is no row", "cfnet-rl"]),
        ([], ["holds none of lastfm, amusic, atoys"]),
    ],
)
def test_mistakes_are_told_in_a_sentence(autoncf, deepcf_dir, tmp_path, arguments, parts):  # noqa: F811
    answer = autoncf("experiment", "table2", "--data-dir", deepcf_dir, "--out", tmp_path, *arguments)
    assert answer.status == 2
    assert answer.error.count("\n") <= 1
    for part in parts:
        assert part in answer.error


def test_what_is_finished_before_an_interruption_is_reported(autoncf, deepcf_dir, tmp_path, monkeypatch):  # noqa: F811
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setitem(table2.BASELINES, "item-knn", interrupted)
    answer = autoncf(
        *("experiment", "table2", "--data-dir", deepcf_dir, "--datasets", "tiny", "--out", tmp_path),
        *("--rows", "popularity", "item-knn"),
    )
    assert answer.status == 130
    assert "Interrupted after 1 of 2" in answer.out
    assert [row["structure"] for row in read(tmp_path / "results.csv")] == ["popularity"]
