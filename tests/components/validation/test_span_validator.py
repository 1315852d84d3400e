"""SpanValidator on statistics and a report as its executor finds them."""

import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components.statistics_gen.executor import Executor as StatisticsExecutor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.ingest.report import IngestReport, SpanReport
from components.validation.artifacts import load_statistics
from components.validation.span_executor import Executor
from components.validation.span_items import item_counts
from components.validation.span_statistics import features_by_name, span_statistics_options
from models.errors import UserError
from schemas import schema_path
from tests.components.validation.spans import plant, statistics_of

DAY = 86_400


class Delivery:
    """Spans of a folder, as ingest and StatisticsGen leave them."""

    def __init__(self, folder):
        self._folder, self._statistics, self._reports = folder, {}, []

    def add(self, number, users, day, rows=None, first_day=0, accepted=False):
        """A span with the statistics of `users` whose oldest and newest row are of days of 1970."""
        name = f"span-{number}"
        self._statistics[name] = statistics_of(users)
        rows = sum(len(items) for items, _ in users) if rows is None else rows
        return self.add_report(name, rows, day, first_day, accepted)

    def add_report(self, name, rows, day, first_day=0, accepted=False):
        """A span that was read, but is not compared."""
        first, last = (None, None) if day is None else (first_day * DAY, day * DAY)
        self._reports.append(
            SpanReport(name=name, rows=rows, first_timestamp=first, last_timestamp=last, accepted=accepted)
        )
        return self

    def validate(self, schema_name="spans"):
        """The names of the spans that were validated, and what was found in each."""
        uri = str(self._folder)
        statistics, examples = standard_artifacts.ExampleStatistics(), standard_artifacts.Examples()
        schema, anomalies = standard_artifacts.Schema(), standard_artifacts.ExampleAnomalies()
        for artifact in (statistics, examples, schema, anomalies):
            artifact.uri = f"{uri}/{artifact.type_name}"
        statistics.split_names = artifact_utils.encode_split_names(list(self._statistics))
        for name, content in self._statistics.items():
            path = f"{statistics.uri}/Split-{name}/FeatureStats.pb"
            io_utils.write_bytes_file(path, content.SerializeToString())
        report = IngestReport(spans=tuple(self._reports))
        io_utils.write_string_file(f"{examples.uri}/report.json", report.to_json())
        with open(schema_path(schema_name)) as file:
            io_utils.write_string_file(f"{schema.uri}/schema.pbtxt", file.read())
        inputs = {"span_statistics": [statistics], "examples": [examples], "schema": [schema]}
        self.anomalies = anomalies
        Executor().Do(inputs, {"anomalies": [anomalies]}, {})
        return artifact_utils.decode_split_names(anomalies.split_names)

    def refusal(self):
        """The message of the refusal: its first line, those of the anomalies, and the last."""
        with pytest.raises(UserError) as caught:
            self.validate()
        first, *lines, last = str(caught.value).splitlines()
        return first, [line.strip() for line in lines], last


@pytest.fixture
def delivery(tmp_path):
    return Delivery(tmp_path)


def test_nothing_to_compare(delivery):
    assert delivery.validate() == []


def test_one_span_alone_is_not_judged(delivery):
    assert delivery.add(7, [(["a"], [1000.0])], day=1).validate() == []


def test_an_artifact_that_has_no_example_of_any_span(delivery):
    assert delivery.add(0, [], day=None).validate() == []


def test_ordinary_spans_pass_by_number_not_by_name(delivery):
    delivery.add(10, plant(2), day=10).add(9, plant(1), day=9, accepted=True).add(11, plant(3), day=10)
    assert delivery.validate() == ["span-10", "span-11"]
    for span in ("span-10", "span-11"):
        with open(f"{delivery.anomalies.uri}/Split-{span}/SchemaDiff.pb", "rb") as file:
            assert not anomalies_pb2.Anomalies.FromString(file.read()).anomaly_info


def test_the_refusal_names_span_feature_value_limit_and_what_to_do(delivery):
    delivery.add(9, plant(1), day=9, accepted=True).add(10, plant(2), day=10).add(
        11, renamed(plant(3)), day=11
    )
    first, (line,), last = delivery.refusal()
    assert first.startswith("New interactions differ too much from those before, so nothing was trained")
    assert line == (
        "span-11 (against span-9): feature item_ids (present in 200 of 200 Examples): Their overlap with "
        "those before is 0 (1 is the same distribution, 0 no item in common), below the threshold 0.6."
    )
    assert "move its folder away" in last
    assert "`autoncf run` by hand with `--set span_schema_file=any-spans`" in last
    with open(f"{delivery.anomalies.uri}/Split-span-11/SchemaDiff.pb", "rb") as file:
        assert set(anomalies_pb2.Anomalies.FromString(file.read()).anomaly_info) == {"item_ids"}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (200, "There are 200 rows, 0.2 times the 1000 of span-1, below the threshold 0.25."),
        (10_000, "There are 10000 rows, 10 times the 1000 of span-1, above the threshold 4."),
    ],
)
def test_too_few_or_too_many_rows(delivery, rows, sentence):
    delivery.add(1, plant(1), day=1, rows=1000).add(2, plant(2), day=2, rows=rows)
    assert delivery.refusal()[1] == [f"span-2 (against span-1): {sentence}"]


@pytest.mark.parametrize(("before", "now"), [(1000, 250), (1000, 4000), (299, 1)])
def test_rows_within_the_limits_or_too_few_to_tell(delivery, before, now):
    delivery.add(1, plant(1), day=1, rows=before).add(2, plant(2), day=2, rows=now)
    assert delivery.validate() == ["span-2"]


def test_users_are_counted_too(delivery):
    delivery.add(1, plant(1), day=1, rows=1000).add(2, plant(2)[:40], day=2, rows=900)
    (line,) = delivery.refusal()[1]
    assert line == (
        "span-2 (against span-1): The ratio of num examples in the current dataset versus the previous "
        "span is 0.2, which is below the threshold 0.25."
    )


def renamed(users):
    return [([f"new-{item}" for item in items], values) for items, values in users]


def test_every_new_span_has_a_measure_of_its_own(delivery):
    # The catalogue changed for good with span-4; span-3 is late and of the old one.
    delivery.add(2, plant(1), day=2, accepted=True).add(3, plant(2), day=3)
    delivery.add(4, renamed(plant(3)), day=4, accepted=True).add(5, renamed(plant(4)), day=5)
    assert delivery.validate() == ["span-3", "span-5"]


def test_a_late_span_is_judged(delivery):
    delivery.add(2, plant(1), day=2, accepted=True).add(3, renamed(plant(2)), day=3)
    delivery.add(4, plant(3), day=4, accepted=True)
    (line,) = delivery.refusal()[1]
    assert line.startswith("span-3 (against span-2): feature item_ids")


def test_any_spans_accepts_what_differs_in_everything(delivery):
    delivery.add(1, plant(1), day=5, rows=1000, first_day=4).add(2, renamed(plant(2))[:10], day=1, rows=10)
    assert len(delivery.refusal()[1]) == 3  # users, rows, and older; chance decides about the items
    assert delivery.validate("any-spans") == ["span-2"]


OLDER = (
    "span-4 (against span-3): Its newest interaction is of 1970-01-05 00:00:00 UTC, older than the newest of "
    "span-2, 1970-01-06 00:00:00 UTC."
)


def test_a_span_older_than_all_of_an_earlier_one_that_is_not_its_measure(delivery):
    delivery.add_report("span-2", 1000, 5, first_day=5)
    delivery.add(3, plant(1), day=3).add(4, plant(2), day=4)
    assert delivery.refusal()[1] == [OLDER]


def test_a_span_older_than_a_row_of_two_earlier_ones(delivery):
    delivery.add_report("span-1", 1000, 4.5).add_report("span-2", 1000, 5)
    delivery.add(3, plant(1), day=3).add(4, plant(2), day=4)
    assert delivery.refusal()[1] == [OLDER]


@pytest.mark.parametrize(("rows", "first_day"), [(1000, 3), (1, 300)])
def test_a_single_row_with_a_wrong_time_condemns_no_later_span(delivery, rows, first_day):
    delivery.add_report("span-2", rows, 300, first_day=first_day)
    delivery.add(3, plant(1), day=3).add(4, plant(2), day=4)
    assert delivery.validate() == ["span-4"]


def test_without_timestamps_nothing_is_older(delivery):
    assert delivery.add(1, plant(1), day=1).add(2, plant(2), day=None).validate() == ["span-2"]


def test_statistics_gen_counts_every_item_when_told_to(tmp_path):
    examples, statistics = standard_artifacts.Examples(), standard_artifacts.ExampleStatistics()
    examples.uri, statistics.uri = f"{tmp_path}/examples", f"{tmp_path}/statistics"
    examples.split_names = artifact_utils.encode_split_names(["span-1"])
    ids = tf.train.BytesList(value=[str(item).encode() for item in range(1500)])
    example = tf.train.Example()
    example.features.feature["item_ids"].bytes_list.CopyFrom(ids)
    tf.io.gfile.makedirs(f"{examples.uri}/Split-span-1")
    with tf.io.TFRecordWriter(f"{examples.uri}/Split-span-1/part.gz", options="GZIP") as writer:
        writer.write(example.SerializeToString())
    properties = {"stats_options_json": span_statistics_options().to_json(), "exclude_splits": "[]"}
    StatisticsExecutor().Do({"examples": [examples]}, {"statistics": [statistics]}, properties)
    items = features_by_name(load_statistics(statistics, "span-1"))["item_ids"]
    assert item_counts(items) == {str(item): 1 for item in range(1500)}
    del items.string_stats.rank_histogram.buckets[1000:]
    assert item_counts(items) is None
