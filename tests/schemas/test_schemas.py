import math
import shutil

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from models.errors import UserError
from schemas import schema_path, span_schema_path, value_domain

RAW_FEATURES = {
    "user_id": schema_pb2.BYTES,
    "item_ids": schema_pb2.BYTES,
    "values": schema_pb2.FLOAT,
    "timestamps": schema_pb2.INT,
    "candidate_ids": schema_pb2.BYTES,
    "labels": schema_pb2.FLOAT,
    "user_activity": schema_pb2.BYTES,
    "item_popularity": schema_pb2.BYTES,
}


def read(name):
    with open(schema_path(name)) as file:
        return text_format.Parse(file.read(), schema_pb2.Schema())


@pytest.mark.parametrize("name", ["explicit", "implicit"])
def test_the_packaged_schemas_describe_the_raw_example(name):
    schema = read(name)
    assert {feature.name: feature.type for feature in schema.feature} == RAW_FEATURES


@pytest.mark.parametrize("name", ["explicit", "implicit"])
def test_only_the_user_is_required_and_no_list_has_a_shape(name):
    for feature in read(name).feature:
        assert feature.HasField("presence") == (feature.name == "user_id")
        assert feature.HasField("shape") == (feature.name == "user_id")


@pytest.mark.parametrize("name", ["explicit", "implicit"])
def test_drift_and_skew_have_limits(name):
    features = {feature.name: feature for feature in read(name).feature}
    for comparator in ("drift_comparator", "skew_comparator"):
        assert 0 < getattr(features["item_ids"], comparator).infinity_norm.threshold < 1
        assert 0 < getattr(features["values"], comparator).jensen_shannon_divergence.threshold < 1


def test_explicit_values_and_labels_are_ratings():
    assert value_domain(schema_path("explicit")) == (0.5, 5.0)
    labels = next(feature for feature in read("explicit").feature if feature.name == "labels")
    assert (labels.float_domain.min, labels.float_domain.max) == (0.5, 5.0)


def test_implicit_values_are_positive_without_limit_and_labels_are_zero_or_one():
    low, high = value_domain(schema_path("implicit"))
    assert 0 < low < 1e-20
    assert high == math.inf
    labels = next(feature for feature in read("implicit").feature if feature.name == "labels")
    assert (labels.float_domain.min, labels.float_domain.max) == (0, 1)


def test_a_schema_of_the_users_own(tmp_path):
    own = tmp_path / "own.pbtxt"
    own.write_text('feature { name: "values" type: FLOAT float_domain { max: 10.0 } }')
    assert schema_path(str(own)) == str(own)
    assert value_domain(str(own)) == (-math.inf, 10.0)


def test_an_unknown_name_lists_the_packaged_ones():
    with pytest.raises(UserError, match="schema 'explict' is neither a file nor one of any-spans, explicit"):
        schema_path("explict")


@pytest.mark.parametrize(
    ("content", "message"),
    [("feature {", "cannot be read as a TFMD schema"), ('feature { name: "x" }', "has no feature 'values'")],
)
def test_a_file_that_is_no_schema_of_interactions(tmp_path, content, message):
    own = tmp_path / "own.pbtxt"
    own.write_text(content)
    with pytest.raises(UserError, match=message):
        value_domain(str(own))


@pytest.mark.parametrize("name", ["spans", "any-spans"])
def test_a_schema_of_spans_is_none_of_interactions(name):
    assert span_schema_path(name) == schema_path(name)
    assert {feature.name for feature in read(name).feature} == {"user_id", "item_ids", "values", "activity"}
    with pytest.raises(UserError, match="belongs into span_schema_file"):
        value_domain(schema_path(name))


@pytest.mark.parametrize("name", ["explicit", "implicit"])
def test_a_schema_of_interactions_is_none_of_spans(name, tmp_path):
    copy = tmp_path / "copy.pbtxt"
    shutil.copy(schema_path(name), copy)
    for name_or_path in (name, str(copy)):
        with pytest.raises(UserError, match=r"span_schema_file: .* is no schema of spans"):
            span_schema_path(name_or_path)


def test_a_copy_of_the_schema_of_spans_with_another_limit(tmp_path):
    own = tmp_path / "own.pbtxt"
    with open(schema_path("spans")) as file:
        own.write_text(file.read().replace("min_domain_mass: 0.6", "min_domain_mass: 0"))
    assert span_schema_path(str(own)) == str(own)
