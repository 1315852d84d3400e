"""Warm-up requests inside a version folder, as TensorFlow Serving reads them.

`assets.extra/tf_serving_warmup_requests` is a TFRecord file of PredictionLog. A server replays it before a
version takes over, so that no user waits for TensorFlow's first, slow call of a signature.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from serving.tensors import encode

WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
# TensorFlow Serving refuses a longer file.
MAX_WARMUP_REQUESTS = 1000


def write_warmup_requests(
    version_folder: str | Path,
    requests: Mapping[str, Mapping[str, np.ndarray]],
    model_name: str = "recommender",
) -> Path:
    """Writes one request per signature into an exported SavedModel.

    Args:
        version_folder: the folder that holds `saved_model.pb`.
        requests: inputs by name, by signature; types and shapes are those of the signature.
        model_name: the name the model will be served under.

    Returns:
        The path of the file written.
    """
    path = Path(version_folder) / WARMUP_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature_name, inputs in requests.items():
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.CopyFrom(_predict_request(model_name, signature_name, inputs))
            writer.write(log.SerializeToString())
    return path


def read_warmup_requests(version_folder: Path) -> Iterator[predict_pb2.PredictRequest]:
    """The Predict requests of the warm-up file, none if there is no file.

    Raises:
        ValueError: if the file is not a TFRecord of PredictionLog, or longer than TensorFlow Serving allows.
    """
    path = version_folder / WARMUP_FILE
    if not path.is_file():
        return
    try:
        for number, record in enumerate(tf.data.TFRecordDataset(str(path)).as_numpy_iterator()):
            if number == MAX_WARMUP_REQUESTS:
                raise ValueError(f"{path}: more than {MAX_WARMUP_REQUESTS} warm-up requests")
            log = prediction_log_pb2.PredictionLog.FromString(record)
            if log.HasField("predict_log"):
                yield log.predict_log.request
    except (tf.errors.DataLossError, DecodeError) as error:
        raise ValueError(f"{path}: not a TFRecord file of PredictionLog") from error


def _predict_request(
    model_name: str, signature_name: str, inputs: Mapping[str, np.ndarray]
) -> predict_pb2.PredictRequest:
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model_name
    request.model_spec.signature_name = signature_name
    for name, array in inputs.items():
        request.inputs[name].CopyFrom(encode(np.asarray(array)))
    return request
