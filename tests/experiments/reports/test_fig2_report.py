"""fig2.md and its plot."""

import re
from pathlib import Path

import pytest

from pipeline.experiments.reports.fig2_report import write_fig2
from pipeline.experiments.results import Result, SelectedBy


def point(
    user: str,
    item: str,
    fusion: str,
    width: int,
    metrics: dict[str, float],
    dataset: str = "ml-100k-90",
    seed: int = 1,
    by: SelectedBy = "validation",
) -> Result:
    inputs = {"user_input": user, "item_input": item, "fusion": fusion, "width": width, "epochs": 2}
    return Result(dataset, f"{user} {item}", seed, by, metrics, 1.0, inputs)


def test_tables_by_hand(tmp_path: Path) -> None:
    write_fig2(
        [
            point("interactions", "interactions", "product", 16, {"rmse": 0.89}),
            point("interactions", "interactions", "product", 16, {"rmse": 0.91}, seed=2),
            point("interactions", "interactions", "product", 8, {"rmse": 0.92}),
            point("interactions", "interactions", "product", 8, {"rmse": 0.1}, by="test"),
            point("id", "id", "product", 16, {"rmse": 0.95}),
            point("id", "interactions", "concat", 16, {"rmse": 0.93}),
            point("interactions", "id", "concat", 16, {"rmse": 0.94}),
        ],
        tmp_path,
    )
    tables = re.findall(r"^### (.*)\n\n((?:\|.*\n)*)", (tmp_path / "fig2.md").read_text(), re.MULTILINE)
    assert tables == [
        (
            "Dot product, RMSE",
            "| inputs \\ width | 8 | 16 |\n| --- | ---: | ---: |\n"
            "| u-id/i-id | – | .950 |\n"
            "| u-inter/i-inter | .920 | **.900 (.890 – .910)** |\n",
        ),
        (
            "Concatenation + MLP, RMSE",
            "| inputs \\ width | 16 |\n| --- | ---: |\n"
            "| u-inter/i-id | .940 |\n| u-id/i-inter | **.930** |\n",
        ),
    ]


def test_a_raw_value_comes_with_its_cold_last_one(tmp_path: Path) -> None:
    metrics = {"raw_hr_at_10": 0.4, "cold_last_hr_at_10": 0.3}
    write_fig2([point("id", "id", "product", 8, metrics, dataset="amusic")], tmp_path)
    text = (tmp_path / "fig2.md").read_text()
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == [
        "Dot product, raw HR@10",
        "Dot product, cold-last HR@10",
    ]
    assert "| u-id/i-id | **.400** |" in text
    assert "| u-id/i-id | **.300** |" in text


def test_two_panels_for_each_dataset_and_the_same_bytes(tmp_path: Path) -> None:
    results = [
        point(user, item, fusion, width, metrics, dataset)
        for dataset, metrics in (("ml-100k-90", {"rmse": 0.9}), ("lastfm", {"raw_hr_at_10": 0.8}))
        for user in ("id", "interactions")
        for item in ("id", "interactions")
        for fusion in ("product", "concat")
        for width in (8, 32)
    ]
    for name in ("first", "second"):
        write_fig2(results, tmp_path / name)
    drawing = (tmp_path / "first" / "fig2.svg").read_text()
    assert len(re.findall(r'id="axes_\d+"', drawing)) == 4
    for file in ("fig2.md", "fig2.svg", "fig2.png"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


@pytest.mark.parametrize("results", [[], [point("id", "id", "product", 8, {"rmse": float("nan")})]])
def test_without_a_value_there_is_no_drawing(results: list[Result], tmp_path: Path) -> None:
    write_fig2(results, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["fig2.md"]
