"""The files of a report."""

import csv
import json
import random
import re
from html.parser import HTMLParser

import pytest

from models.presets import PRESETS
from pipeline.tuning.csv_files import write_leaderboard, write_slots
from pipeline.tuning.page import write_page
from pipeline.tuning.plot import write_plot
from pipeline.tuning.reading import Search
from pipeline.tuning.search_panels import beyond
from pipeline.tuning.slot_effects import Effects, slot_effects
from tests.pipeline.tuning.reports import TRAIN, make_report, make_trial, small_report


def read(file):
    with file.open() as stream:
        return list(csv.DictReader(stream))


def test_leaderboard(tmp_path):
    write_leaderboard(small_report(), tmp_path / "leaderboard.csv")
    rows = read(tmp_path / "leaderboard.csv")
    told = ("rank", "trial", "origin", "status", "ndcg_at_10", "slot.fusion", "slot.dropout", "slot.masking")
    assert [tuple(row[name] for name in told) for row in rows] == [
        ("1", "4", "from 2", "finished", "0.600000", "concat", "0.2", ""),
        ("2", "2", "neumf", "finished", "0.500000", "concat", "0.5", ""),
        ("3", "1", "config", "finished", "0.400000", "product", "0.0", "false"),
        ("4", "3", "from 1", "halved", "0.300000", "product", "0.2", "false"),
        ("", "5", "random", "failed", "", "<outer>", "0.2", ""),
    ]
    assert [row["reason"] for row in rows[2:]] == ["", "It had no prospects.", "Out of memory & <gone>."]
    assert (rows[0]["best_epoch"], rows[0]["epochs"], rows[0]["seconds"]) == ("3", "4", "2.5")
    assert json.loads(rows[1]["structure"]) == PRESETS["neumf"].to_dict()
    assert json.loads(rows[1]["train"]) == TRAIN


def test_slots(tmp_path):
    # Two trials with each choice, 0.1 from the mean; nothing is noise, so the weakest ridge: 0.1 * 2 / 2.03.
    values = [0.6, 0.6, 0.4, 0.4]
    trials = [make_trial(n, value, {"masking": n < 3}) for n, value in enumerate(values, start=1)]
    write_slots(slot_effects(make_report(*trials)), tmp_path / "slots.csv")
    rows = read(tmp_path / "slots.csv")
    assert [
        (r["slot"], r["stands_out"], r["choice"], r["effect"], r["trials"], r["cut_short"], r["failed"])
        for r in rows
    ] == [
        ("masking", "true", "true", "0.098522", "2", "0", "0"),
        ("masking", "true", "false", "-0.098522", "2", "0", "0"),
    ]
    assert [row["best"] for row in rows] == ["0.600000", "0.400000"]
    assert float(rows[0]["standard_error"]) > 0


def test_files_of_an_empty_report(tmp_path):
    report = make_report(ended_by=None)
    write_leaderboard(report, tmp_path / "leaderboard.csv")
    write_slots(Effects(), tmp_path / "slots.csv")
    write_plot(report, Effects(), tmp_path)
    write_page(Search("s", None, report), Effects(), None, tmp_path / "report.html")
    assert read(tmp_path / "leaderboard.csv") == read(tmp_path / "slots.csv") == []
    assert not (tmp_path / "search.png").exists()
    page = (tmp_path / "report.html").read_text()
    assert "0 trials in 90 s on 2 workers; it runs, or was interrupted" in page
    assert "no trial has a value of ndcg_at_10 yet" in page
    assert "<img" not in page
    assert "<table" not in page


class Page(HTMLParser):
    """Tags that are open at the end, addresses that a page needs, and the cells of its tables."""

    def __init__(self, text):
        super().__init__()
        self.open, self.addresses, self.cells = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.cells[-1] += data


def test_page_needs_nothing_beside_it_and_shows_texts_as_they_are(tmp_path):
    report = small_report()
    effects = slot_effects(report)
    write_plot(report, effects, tmp_path)
    write_page(
        Search("s", "2026-11-20T03:00:00", report), effects, tmp_path / "search.png", tmp_path / "report.html"
    )
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert page.open == []
    assert len(page.addresses) == 1
    assert page.addresses[0].startswith("data:image/png;base64,")
    assert not re.search(r"<script|<link|@import|url\(|https?:", text)
    assert "Out of memory & <gone>." in page.cells
    assert "Out of memory &amp; &lt;gone&gt;." in text
    assert "Search 2026-11-20T03:00:00" in text
    assert "1 trial of 4 had no prospects or no time left" in text
    # One cell tells the whole structure, to be copied into a config.
    assert "<h2>Trials without a value</h2>" in text
    neumf = next(cell for cell in page.cells if cell.startswith("id·id 64 product + id·id 64 concat"))
    assert "branches:" in neumf
    assert "learning_rate: 0.005" in neumf


@pytest.mark.parametrize(
    "trials",
    [
        [make_trial(1, 0.5, {"fusion": "product"}, origin="config")],
        [make_trial(1, 0.5, {"fusion": "product"}), make_trial(2, 0.5, {"fusion": "concat"})],
        [make_trial(n, -0.1 * n, {"width": n}, curve=()) for n in range(1, 4)],
        [make_trial(1, None), make_trial(2, 0.5, {"fusion": "product"}), make_trial(3, None)],
    ],
    ids=["one", "ties", "below zero, no curves", "mostly failed"],
)
@pytest.mark.filterwarnings("error")
def test_plots_of_little(tmp_path, trials):
    report = make_report(*trials)
    write_plot(report, slot_effects(report), tmp_path)
    assert (tmp_path / "search.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "search.svg").exists()


@pytest.mark.filterwarnings("error")
def test_plot_of_much_shows_the_clearest_slots(tmp_path):
    # Twenty slots, all drawn anew in every trial; the first matters most.
    generator = random.Random(1)
    trials = [
        make_trial(
            n,
            0.5 + 0.1 * (n % 3) + generator.gauss(0, 0.01),
            {"first": n % 3, **{f"slot {i}": generator.randrange(4) for i in range(19)}},
            origin=("config", "mf", "random", "from 2")[min(n - 1, 3)],
        )
        for n in range(1, 41)
    ]
    report = make_report(*trials)
    write_plot(report, slot_effects(report), tmp_path)
    drawing = (tmp_path / "search.svg").read_text()
    texts = re.findall(r"<!-- (.*) -->", drawing)  # a text is drawn as lines, after a comment that tells it
    assert "first" in texts
    assert len([text for text in texts if text.startswith("slot ")]) == 11
    assert any("the clearest 12 of 20" in text for text in texts)
    write_plot(report, slot_effects(report), tmp_path / "again")
    assert (tmp_path / "again/search.svg").read_text() == drawing


@pytest.mark.parametrize(("higher", "side"), [(True, "below"), (False, "above")])
def test_plot_says_how_many_are_beyond_its_axis(tmp_path, higher, side):
    # Of ten trials the worst two are far off, and the axis shows the best eight.
    values = [0.50, 0.51, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57, 0.1 if higher else 0.9, 0.2 if higher else 0.8]
    trials = [make_trial(n, value) for n, value in enumerate(values, start=1)]
    report = make_report(*trials, make_trial(11, None, status="out of time"), higher_is_better=higher)
    assert [trial.number for trial in beyond(report)] == [10, 9]
    write_plot(report, Effects(), tmp_path)
    texts = re.findall(r"<!-- (.*) -->", (tmp_path / "search.svg").read_text())
    assert f"2 {side} the axis" in texts
    assert "no value" in texts
