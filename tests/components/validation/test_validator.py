"""InteractionValidator on real statistics: its executor, its words, and a pipeline that remembers."""

import pytest
import tensorflow as tf
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.orchestration import metadata, pipeline
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components.validation.component import InteractionValidator, previous_statistics_channel
from components.validation.executor import Executor
from models.errors import UserError

SCHEMA = """
default_environment: "train" default_environment: "eval"
feature {
  name: "user_id" type: BYTES presence { min_fraction: 1 min_count: 1 } value_count { min: 1 max: 1 }
}
feature {
  name: "values" type: FLOAT presence { min_fraction: 1 min_count: 1 } value_count { min: 1 }
  float_domain { min: 1 max: 5 disallow_nan: true }
  drift_comparator { jensen_shannon_divergence { threshold: 0.3 } }
}
feature { name: "labels" type: FLOAT presence { min_fraction: 1 min_count: 1 } not_in_environment: "train" }
"""

MILD = [[1.0 + user % 3, 2.0] for user in range(20)]
KEEN = [[4.0 + user % 2, 5.0] for user in range(20)]


def example(user, values, labels):
    def floats(numbers):
        return tf.train.Feature(float_list=tf.train.FloatList(value=numbers))

    features = {"user_id": tf.train.Feature(bytes_list=tf.train.BytesList(value=[str(user).encode()]))}
    if values is not None:
        features["values"] = floats(values)
    if labels is not None:
        features["labels"] = floats(labels)
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def write_statistics(folder, train, evaluation=((3.0,),), labels=(1.0,)):
    """Statistics of both splits as StatisticsGen lays them out; the artifact that holds them."""
    artifact = standard_artifacts.ExampleStatistics()
    artifact.uri, artifact.span = str(folder), 3
    artifact.split_names = artifact_utils.encode_split_names(["train", "eval"])
    for split, users, split_labels in (("train", train, None), ("eval", evaluation, labels)):
        records = f"{folder}-{split}.gz"
        with tf.io.TFRecordWriter(records, options="GZIP") as writer:
            for user, values in enumerate(users):
                writer.write(example(user, values, split_labels))
        statistics = tfdv.generate_statistics_from_tfrecord(records)
        io_utils.write_bytes_file(f"{folder}/Split-{split}/FeatureStats.pb", statistics.SerializeToString())
    return artifact


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    artifact = standard_artifacts.Schema()
    artifact.uri = str(tmp_path_factory.mktemp("schema"))
    text_format.Parse(SCHEMA, schema_pb2.Schema())
    io_utils.write_string_file(f"{artifact.uri}/schema.pbtxt", SCHEMA)
    return artifact


@pytest.fixture(scope="module")
def mild(tmp_path_factory):
    return write_statistics(tmp_path_factory.mktemp("mild") / "statistics", MILD)


def validate(folder, statistics, schema, previous=None):
    anomalies, accepted = standard_artifacts.ExampleAnomalies(), standard_artifacts.ExampleStatistics()
    anomalies.uri, accepted.uri = f"{folder}/anomalies", f"{folder}/accepted"
    inputs = {
        "statistics": [statistics],
        "schema": [schema],
        "previous_statistics": [previous] if previous else [],
    }
    Executor().Do(inputs, {"anomalies": [anomalies], "accepted": [accepted]}, {})
    return anomalies, accepted


def test_good_data_is_accepted_whole(tmp_path, mild, schema):
    anomalies, accepted = validate(tmp_path, mild, schema)
    assert accepted.split_names == anomalies.split_names == mild.split_names
    assert accepted.span == anomalies.span == 3
    for split in ("train", "eval"):
        name = f"Split-{split}/FeatureStats.pb"
        assert tf.io.gfile.GFile(f"{accepted.uri}/{name}", "rb").read() == (
            tf.io.gfile.GFile(f"{mild.uri}/{name}", "rb").read()
        )
        found = anomalies_pb2.Anomalies.FromString(
            tf.io.gfile.GFile(f"{anomalies.uri}/Split-{split}/SchemaDiff.pb", "rb").read()
        )
        assert not found.anomaly_info


def refusal(*arguments):
    """The lines of the refusal that name anomalies."""
    with pytest.raises(UserError) as caught:
        validate(*arguments)
    first, *lines, last = str(caught.value).splitlines()
    assert "nothing was trained" in first
    assert last.startswith("Mend the data")
    return [line.strip() for line in lines]


def test_every_broken_rule_of_every_split_has_a_line(tmp_path, schema):
    train = [[9.0, 3.0], [float("nan")], None, *MILD]
    bad = write_statistics(tmp_path / "statistics", train, labels=None)
    values = "train: feature values (present in 22 of 23 Examples): "
    assert set(refusal(tmp_path, bad, schema)) == {
        f"{values}Unexpectedly high value: 9>5.",
        f"{values}Float feature has NaN values.",
        f"{values}The feature was present in fewer examples than expected: "
        "minimum fraction = 1.000000, actual = 0.956522.",
        "eval: feature labels (present in 0 of 1 Examples): Column is completely missing.",
    }
    assert not tf.io.gfile.exists(f"{tmp_path}/accepted")
    assert tf.io.gfile.exists(f"{tmp_path}/anomalies/Split-train/SchemaDiff.pb")


def test_split_without_examples(tmp_path, schema):
    nothing = write_statistics(tmp_path / "statistics", MILD, evaluation=())
    assert refusal(tmp_path, nothing, schema) == ["eval: there is not one Example."]


def test_drift_is_measured_on_the_train_split_alone(tmp_path, mild, schema):
    moved_eval = write_statistics(tmp_path / "eval", MILD, evaluation=KEEN)
    validate(tmp_path, moved_eval, schema, mild)
    moved_train = write_statistics(tmp_path / "train", KEEN)
    (line,) = refusal(tmp_path, moved_train, schema, mild)
    assert line.startswith(
        "train: feature values (present in 20 of 20 Examples): The approximate Jensen-Shannon divergence"
    )
    assert line.endswith("above the threshold 0.3.")


@pytest.fixture
def run_pipeline(tmp_path, schema):
    """Runs importers, the resolver and the validator in one pipeline with one metadata store."""

    def run(statistics):
        properties = {"split_names": statistics.split_names, "span": statistics.span}
        statistics_node = Importer(
            statistics.uri, standard_artifacts.ExampleStatistics, reimport=True, properties=properties
        ).with_id("statistics")
        schema_node = Importer(schema.uri, standard_artifacts.Schema).with_id("schema")
        previous = Resolver(
            strategy_class=LatestArtifactStrategy, previous_statistics=previous_statistics_channel()
        ).with_id("latest_accepted_statistics")
        validator = InteractionValidator(
            statistics=statistics_node.outputs["result"],
            schema=schema_node.outputs["result"],
            previous_statistics=previous.outputs["previous_statistics"],
        )
        LocalDagRunner().run(
            pipeline.Pipeline(
                pipeline_name="validation",
                pipeline_root=f"{tmp_path}/root",
                components=[statistics_node, schema_node, previous, validator],
                metadata_connection_config=metadata.sqlite_metadata_connection_config(
                    f"{tmp_path}/mlmd.sqlite"
                ),
            )
        )

    return run


def test_rejected_data_never_becomes_the_measure(tmp_path, mild, run_pipeline):
    keen = write_statistics(tmp_path / "keen", KEEN)
    run_pipeline(mild)
    for _ in range(2):
        with pytest.raises(UserError, match="Jensen-Shannon"):
            run_pipeline(keen)
    run_pipeline(mild)
