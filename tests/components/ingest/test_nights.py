"""One night after the other: what a model may have learnt tests no later one."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx.types import artifact_utils

from components.ingest import IngestSettings
from components.ingest.checking import read_report
from components.ingest.component import InteractionExampleGen
from components.ingest.cut_offs import Histogram, cut_offs
from components.ingest.data_file import Role
from components.ingest.grouping import join
from components.ingest.splits import Split, assign
from tests.components.ingest.executing import read, run_both

TEMPORAL = IngestSettings(feedback="implicit", negatives=3, split={"strategy": "temporal"})

ROW = st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 60))
SPAN = st.tuples(st.integers(0, 20), st.lists(ROW, min_size=1, max_size=12))
NIGHT = st.tuples(st.lists(SPAN, min_size=1, max_size=3), st.booleans())
"""Spans of any number, so late ones too, each user, item and second; and whether the model was served."""


def pairs_by_split(spans, split_settings, floor):
    """{split: pairs of user and item}, and the first second of test, of {number: rows}."""
    pieces = []
    for number in sorted(spans):
        users, items, times = zip(*spans[number], strict=True)
        table = pa.table(
            {
                "user_id": pa.array([b"u%d" % user for user in users], pa.binary()),
                "item_id": pa.array([b"i%d" % item for item in items], pa.binary()),
                "value": np.ones(len(users), np.float32),
                "timestamp": np.array(times, np.int64),
            }
        )
        pieces.append((number, Role.INTERACTIONS, table))
    bucket = join(pieces)
    rows = bucket.interactions
    cuts = cut_offs(Histogram.of(rows.timestamp), split_settings.split, floor)
    assert cuts[0] <= cuts[1]
    split = assign(bucket, split_settings, True, cuts)
    pairs = np.array(
        list(
            zip(
                bucket.user_ids.take(pa.array(rows.user)).to_pylist(),
                bucket.item_ids.take(pa.array(rows.item)).to_pylist(),
                strict=True,
            )
        )
    )
    return {each: set(map(tuple, pairs[split == each])) for each in Split}, cuts[1]


@settings(max_examples=100, deadline=None)  # Arrow takes its time when it is first asked
@given(st.lists(NIGHT, min_size=2, max_size=6), st.sampled_from([(0.1, 0.1), (0.3, 0.2), (0.05, 0.4)]))
def test_no_night_tests_what_an_earlier_model_may_have_learnt(nights, fractions):
    split = {"strategy": "temporal", "eval_fraction": fractions[0], "test_fraction": fractions[1]}
    by_fraction = IngestSettings(feedback="implicit", split=split)
    delivered, learnt, floor = {}, set(), None
    for spans, served in nights:
        for number, rows in spans:
            delivered.setdefault(number, rows)  # a span that is there stays as it is
        pairs, test_from = pairs_by_split(delivered, by_fraction, floor)
        assert not pairs[Split.TEST] & learnt
        if served:
            learnt |= pairs[Split.TRAIN] | pairs[Split.EVAL]
            floor = test_from if floor is None else max(floor, test_from)


def span(users, rows, first, prefix=""):
    """`rows` rows of `users` users, a second apart."""
    lines = [
        f"{prefix}u{number % users},{prefix}i{(number * 7 + first // 10_000) % 211},1,{first + number}"
        for number in range(rows)
    ]
    return "user_id,item_id,value,timestamp\n" + "\n".join(lines) + "\n"


def pairs(examples, splits):
    """Pairs of user and item: what is held out in these splits, or in train all."""
    found = set()
    for split in splits:
        for user, example in read(examples, split).items():
            feature = example.features.feature
            if split == "train":
                items = feature["item_ids"].bytes_list.value
            else:
                labels = feature["labels"].float_list.value
                candidates = feature["candidate_ids"].bytes_list.value
                items = [item for item, label in zip(candidates, labels, strict=True) if label]
            found |= {(user, item.decode()) for item in items}
    return found


def test_a_large_span_that_comes_late(folder_with, tmp_path):
    """By fraction alone, test would begin among what the first night learnt: 1,110 of 11,100 rows."""
    folder = folder_with(
        {
            "span-1/interactions.csv": span(97, 1000, 10_000),
            "span-2/interactions.csv": span(89, 1000, 20_000),
            "span-4/interactions.csv": span(83, 1000, 40_000),
        }
    )
    first = run_both(InteractionExampleGen(folder, TEMPORAL, "implicit"), tmp_path / "first")[0]
    report = read_report(first.uri)
    assert report.test_from == 40_000 + 1000 - report.interactions // 10

    folder_with(
        {
            "span-5/interactions.csv": span(79, 100, 50_000),
            "span-3/interactions.csv": span(97, 8000, 30_000, prefix="renamed-"),
        }
    )
    second, of_spans = run_both(
        InteractionExampleGen(
            folder,
            TEMPORAL,
            "implicit",
            accepted_contents=report.contents.values(),
            test_not_before=report.test_from,
        ),
        tmp_path / "second",
    )
    assert artifact_utils.decode_split_names(of_spans.split_names) == ["span-2", "span-3", "span-4", "span-5"]
    assert len(read(of_spans, "span-3")) == 97
    assert read_report(second.uri).test_from == report.test_from
    learnt = pairs(first, ["train", "eval"])
    assert len(learnt) == report.train_interactions + report.eval_interactions
    tested = pairs(second, ["test"])
    assert not tested & learnt
    assert tested > pairs(first, ["test"])  # and the new ones of span-5
    alone = run_both(InteractionExampleGen(folder, TEMPORAL, "implicit"), tmp_path / "alone")[0]
    assert pairs(alone, ["test"]) & learnt
