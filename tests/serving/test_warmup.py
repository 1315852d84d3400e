"""Warm-up requests, written and read."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from serving.warmup import MAX_WARMUP_REQUESTS, WARMUP_FILE, read_warmup_requests, write_warmup_requests


def test_file_is_what_tensorflow_serving_reads(tmp_path):
    requests = {
        "recommend": {"user_id": np.array(["ann"]), "k": np.array([10], np.int32)},
        "score": {"user_id": np.array([b"ann"]), "item_id": np.array(["a"], object)},
    }
    path = write_warmup_requests(tmp_path, requests, "recommender")
    assert path == tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    records = list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator())
    logged = [prediction_log_pb2.PredictionLog.FromString(record).predict_log.request for record in records]
    assert [request.model_spec.signature_name for request in logged] == ["recommend", "score"]
    assert {request.model_spec.name for request in logged} == {"recommender"}
    assert tf.make_ndarray(logged[0].inputs["user_id"]).tolist() == [b"ann"]
    assert logged[0].inputs["k"].dtype == tf.int32.as_datatype_enum
    assert list(read_warmup_requests(tmp_path)) == logged


def test_no_file_is_no_request(tmp_path):
    assert list(read_warmup_requests(tmp_path)) == []


def test_records_of_another_kind_are_refused(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    with tf.io.TFRecordWriter(str(tmp_path / WARMUP_FILE)) as writer:
        writer.write(b"\xff\xff\xff")
    with pytest.raises(ValueError, match="not a TFRecord file of PredictionLog"):
        list(read_warmup_requests(tmp_path))


def test_more_than_tensorflow_serving_allows_is_refused(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    with tf.io.TFRecordWriter(str(tmp_path / WARMUP_FILE)) as writer:
        for _ in range(MAX_WARMUP_REQUESTS + 1):
            writer.write(b"")
    with pytest.raises(ValueError, match="more than 1000 warm-up requests"):
        list(read_warmup_requests(tmp_path))
