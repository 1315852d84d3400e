"""Examples of single spans, and what the real StatisticsGen makes of them."""

import tensorflow_data_validation as tfdv
from tfx.components.statistics_gen.executor import Executor as StatisticsGen
from tfx.components.util import examples_utils
from tfx.types import artifact_utils, standard_artifacts

from components.ingest import IngestSettings
from components.ingest.checking import read_report
from components.ingest.component import InteractionExampleGen
from components.ingest.delivery import read_delivery
from schemas import schema_path
from tests.components.ingest.executing import read, run_both

IMPLICIT = IngestSettings(feedback="implicit", negatives=3)
HEADER = "user_id,item_id,value,timestamp\n"


def csv(users=12, per_user=6):
    return HEADER + "".join(
        f"u{user},i{(user + number) % 20},{1 + number % 5},{100 * number + user}\n"
        for user in range(users)
        for number in range(per_user)
    )


ACTIVITY = tfdv.FeaturePath(["activity"])
EARLIER = csv(users=8, per_user=5)
TONIGHT = HEADER + "u1,new,2,900\nu9,i1,1,910\nu1,i2,3,905\nu1,new,5,901\n"


def statistics_of(span_examples, tmp_path):
    """By split, as StatisticsGen writes them."""
    statistics = standard_artifacts.ExampleStatistics()
    statistics.uri = str(tmp_path / "statistics")
    context = StatisticsGen.Context(beam_pipeline_args=[], tmp_dir=str(tmp_path), unique_id="1")
    StatisticsGen(context).Do({"examples": [span_examples]}, {"statistics": [statistics]}, {})
    return {
        split: tfdv.load_stats_binary(f"{statistics.uri}/Split-{split}/FeatureStats.pb")
        for split in artifact_utils.decode_split_names(statistics.split_names)
    }


def test_an_example_is_a_user_in_one_span(folder_with, tmp_path):
    folder = folder_with(
        {
            "span-1/interactions.csv": csv(),
            "span-2/interactions.csv": EARLIER,
            "span-10/interactions.csv": TONIGHT,
        }
    )
    examples, of_spans = run_both(InteractionExampleGen(folder, IMPLICIT, "implicit"), tmp_path / "out")
    assert artifact_utils.decode_split_names(of_spans.split_names) == ["span-2", "span-10"]
    assert examples_utils.get_payload_format_string(of_spans) == "FORMAT_TF_EXAMPLE"
    assert examples_utils.get_file_format(of_spans) == "tfrecords_gzip"
    assert len(read(of_spans, "span-2")) == 8
    tonight = read(of_spans, "span-10")
    assert sorted(tonight) == ["u1", "u9"]
    features = tonight["u1"].features.feature
    assert set(features) == {"user_id", "item_ids", "values", "activity"}
    schema = tfdv.load_schema_text(schema_path("spans"))
    assert {feature.name for feature in schema.feature} == set(features)
    assert list(features["item_ids"].bytes_list.value) == [b"new", b"i2"]  # by their first times
    assert list(features["values"].float_list.value) == [5, 3]  # "new" came twice: the later value
    assert list(features["activity"].float_list.value) == [2]

    statistics = statistics_of(of_spans, tmp_path)
    assert [each.datasets[0].num_examples for each in statistics.values()] == [8, 2]
    activity = tfdv.get_feature_stats(statistics["span-10"].datasets[0], ACTIVITY).num_stats
    assert (activity.mean, activity.max) == (1.5, 2)
    assert read(examples, "train")  # of all spans, as ever


def test_every_new_span_and_the_accepted_one(folder_with, tmp_path):
    folder = folder_with(
        {f"span-{number}/interactions.csv": csv(users=number) for number in (4, 5, 6, 7, 8)}
        | {"span-6/interactions.csv": HEADER}
    )
    contents = read_delivery(folder, IMPLICIT).contents
    accepted = [contents[f"span-{number}/interactions.csv"] for number in (5, 8)]
    component = InteractionExampleGen(folder, IMPLICIT, "implicit", accepted_contents=accepted)
    examples, of_spans = run_both(component, tmp_path / "out")
    splits = artifact_utils.decode_split_names(of_spans.split_names)
    users = {split: len(read(of_spans, split)) for split in splits}
    assert users == {"span-4": 4, "span-5": 5, "span-7": 7}
    report = read_report(examples.uri)
    assert report.contents == contents
    assert [span.name for span in report.spans if span.accepted] == ["span-5", "span-8"]


def test_a_span_whose_rows_are_all_bad_has_no_split(folder_with, tmp_path):
    folder = folder_with(
        {"span-1/interactions.csv": csv(users=100), "span-2/interactions.csv": HEADER + "u1,i1,seven,1\n"}
    )
    of_spans = run_both(InteractionExampleGen(folder, IMPLICIT, "implicit"), tmp_path / "out")[1]
    assert artifact_utils.decode_split_names(of_spans.split_names) == ["span-1"]


def test_one_file_has_a_split_without_examples(folder_with, tmp_path):
    component = InteractionExampleGen(folder_with({"interactions.csv": csv()}), IMPLICIT, "implicit")
    of_spans = run_both(component, tmp_path / "out")[1]
    assert read(of_spans, "span-0") == {}
    statistics = statistics_of(of_spans, tmp_path)
    assert list(statistics) == ["span-0"]
    assert statistics["span-0"].datasets[0].num_examples == 0


def test_what_earlier_runs_mean_is_a_property(folder_with):
    folder = folder_with({"interactions.csv": csv()})
    properties = InteractionExampleGen(folder, IMPLICIT, "implicit").exec_properties
    assert (properties["accepted_contents"], properties["test_not_before"]) == ("[]", "null")
    told = InteractionExampleGen(
        folder, IMPLICIT, "implicit", accepted_contents={"b", "a"}, test_not_before=0
    ).exec_properties
    assert (told["accepted_contents"], told["test_not_before"]) == ('["a", "b"]', "0")
