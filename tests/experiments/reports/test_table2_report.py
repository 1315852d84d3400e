"""table2.md and its plot."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import UserError
from pipeline.experiments.reports.table2_plot import family_of
from pipeline.experiments.reports.table2_report import write_report
from pipeline.experiments.results import Result, SelectedBy

PROTOCOLS = ("raw", "cold_last", "clean")


def ranking(
    structure: str,
    seed: int,
    value: float,
    by: SelectedBy = "validation",
    dataset: str = "lastfm",
    **metrics: float,
) -> Result:
    """A result whose HR@10 is `value` and whose NDCG@10 is half of it, under every protocol."""
    values = {f"{protocol}_hr_at_10": value for protocol in PROTOCOLS}
    values |= {f"{protocol}_ndcg_at_10": value / 2 for protocol in PROTOCOLS}
    ndcgs = np.full(20, value / 2) + np.linspace(-0.1, 0.1, 20)
    return Result(dataset, structure, seed, by, values | metrics, 60.0, {"epochs": 3}, ndcgs)


def rows_of(text: str, first_title: str) -> list[dict[str, str]]:
    """The rows of the first table whose first title is this one."""
    block = re.search(rf"^\| {first_title} \|.*?\n(?=\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert block, text
    titles, _, *rows = (line.strip("| ").split(" | ") for line in block.group().splitlines())
    return [dict(zip(titles, row, strict=True)) for row in rows]


def test_means_ranges_and_bold(tmp_path: Path) -> None:
    results = [ranking("popularity", seed, 0.4) for seed in (1, 2)]
    results += [ranking("cfnet", 1, 0.8), ranking("cfnet", 2, 0.9, raw_hr_at_10=0.88)]
    results += [ranking("cfnet", seed, 0.95, by="test") for seed in (1, 2)]
    write_report(results, tmp_path)
    popularity, cfnet = rows_of((tmp_path / "table2.md").read_text(), "structure")
    assert popularity == {
        "structure": "popularity",
        "raw HR@10": ".400",
        "raw NDCG@10": ".200",
        "cold-last HR@10": ".400",
        "cold-last NDCG@10": ".200",
        "clean HR@10": ".400",
        "clean NDCG@10": ".200",
        "test-selected raw HR@10": "–",
        "test-selected raw NDCG@10": "–",
        "paper raw": "–",
        "seeds": "2",
        "seconds": "60.0",
    }
    assert cfnet["raw HR@10"] == "**.840 (.800 – .880)**"
    assert cfnet["clean NDCG@10"] == "**.425 (.400 – .450)**"
    assert cfnet["test-selected raw HR@10"] == ".950"
    assert cfnet["paper raw"] == ".880 / .602"


def test_full_ranking(tmp_path: Path) -> None:
    full: dict[str, Any] = {
        "full_hr_at_10": 0.1,
        "full_recall_at_50": 0.3,
        "coverage_at_10": 0.25,
        "novelty_at_10": 7.125,
    }
    write_report([ranking("mf", 1, 0.5, dataset="mybooks", **full)], tmp_path)
    text = (tmp_path / "table2.md").read_text()
    (row,) = rows_of(text.partition("### Among all items")[2], "structure")
    assert row == {
        "structure": "mf",
        "HR@10": "**.100**",
        "NDCG@10": "–",
        "Recall@50": "**.300**",
        "coverage@10": ".250",
        "novelty@10": "7.12",
        "seeds": "1",
        "seconds": "60.0",
    }
    assert "paper" not in text.replace("as the paper and DeepCF do", "")
    assert "untouched-first" not in text


def test_significance_averages_the_seeds_first(tmp_path: Path) -> None:
    # Users differ by .05 in one seed and by .15 in the other, so by .10 each: no resample has another mean.
    results = [ranking("autoncf", 1, 0.6), ranking("autoncf", 2, 0.8), ranking("mf", 1, 0.5)]
    results.append(ranking("autoncf", 1, 0.1, by="test"))
    write_report(results, tmp_path)
    text = (tmp_path / "table2.md").read_text()
    (row,) = rows_of(text, "against")
    assert row == {
        "against": "mf",
        "difference of NDCG@10": "+.1000",
        "95 % interval": "+.1000 to +.1000",
        "Wilcoxon p": "< .0001",
    }
    assert re.search(r"each of the\s+20\s+users", text)


def test_another_reference(tmp_path: Path) -> None:
    write_report([ranking("mf", 1, 0.5), ranking("gmf", 1, 0.4)], tmp_path, reference="gmf")
    (row,) = rows_of((tmp_path / "table2.md").read_text(), "against")
    assert (row["against"], row["difference of NDCG@10"]) == ("mf", "-.0500")


@pytest.mark.parametrize(
    ("structure", "sentence"),
    [("mf", "nothing is tested against it"), ("autoncf", "nothing else here to test `autoncf` against")],
)
def test_a_sentence_where_nothing_can_be_tested(structure: str, sentence: str, tmp_path: Path) -> None:
    write_report([ranking(structure, 1, 0.5)], tmp_path)
    assert sentence in (tmp_path / "table2.md").read_text()


def test_ratings(tmp_path: Path) -> None:
    def rating(structure: str, seed: int, by: SelectedBy, rmse: float) -> Result:
        return Result("ml-100k-90", structure, seed, by, {"rmse": rmse}, 5.0, {"epochs": 3})

    results = [rating("biases", 1, "validation", 0.94), rating("i-autorec", 1, "test", 0.89)]
    results += [rating("i-autorec", 1, "validation", 0.9), rating("i-autorec", 2, "validation", 0.91)]
    write_report(results, tmp_path)
    biases, autorec = rows_of((tmp_path / "table2.md").read_text(), "structure")
    assert (biases["RMSE"], biases["test-selected RMSE"], biases["seeds"]) == (".940", "–", "1")
    assert autorec["RMSE"] == "**.905 (.900 – .910)**"
    assert (autorec["test-selected RMSE"], autorec["seeds"]) == (".890", "2")


def test_the_rule_that_knows_nothing_is_explained(tmp_path: Path) -> None:
    write_report([ranking("untouched-first", 1, 0.447)], tmp_path)
    assert "is a rule that knows nothing" in (tmp_path / "table2.md").read_text()


def test_every_dataset_has_a_section_and_a_panel(tmp_path: Path) -> None:
    names = ["lastfm", "amusic", "atoys", "mybooks"]
    results = [ranking("mf", 1, 0.5, dataset=name) for name in names]
    results.append(Result("ml-100k-90", "mf", 1, "validation", {"rmse": 0.9}, 5.0, {}))
    write_report(results, tmp_path)
    headings = re.findall(r"^## (.*)$", (tmp_path / "table2.md").read_text(), re.MULTILINE)
    assert headings == [*names, "ml-100k-90"]
    drawing = ElementTree.parse(tmp_path / "table2.svg")
    panels = [node for node in drawing.iter() if re.fullmatch(r"axes_\d+", node.get("id", ""))]
    assert len(panels) == 5
    assert (tmp_path / "table2.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_results_make_the_same_bytes(tmp_path: Path) -> None:
    results = [ranking("autoncf", 1, 0.6), ranking("mf", 1, 0.5)]
    for name in ("first", "second"):
        write_report(results, tmp_path / name)
    for file in ("table2.md", "table2.svg", "table2.png"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


@pytest.mark.parametrize("results", [[], [Result("lastfm", "mf", 1, "test", {"raw_hr_at_10": 0.5}, 1.0, {})]])
def test_without_a_value_to_draw_there_is_no_drawing(results: list[Result], tmp_path: Path) -> None:
    write_report(results, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["table2.md"]


def test_without_matplotlib_the_table_is_there_and_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UserError, match=r"pip install 'autoncf\[experiments\]'"):
        write_report([ranking("mf", 1, 0.5)], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["table2.md"]


@pytest.mark.parametrize(
    ("structure", "family"),
    [("ease", "baselines"), ("cfnet-dropping", "the paper's structures"), ("autoncf", "autoncf")],
)
def test_families(structure: str, family: str) -> None:
    assert family_of(structure, reference="autoncf").name == family
