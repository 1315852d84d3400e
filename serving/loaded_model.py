"""One version of a model in memory."""

import itertools
import threading
from collections.abc import Collection, Mapping
from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.errors import ServingError
from serving.request_error import RequestError
from serving.signatures import DEFAULT_SIGNATURE, decode_inputs
from serving.versions import SAVED_MODEL
from serving.warmup import read_warmup_requests

_STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}


class LoadedModel:
    """A SavedModel in a session of its own, the way TensorFlow Serving runs it.

    A session and not `tf.saved_model.load`: it feeds and fetches by the tensor names of the signatures, which
    are the protocol, and closing it gives the memory of a replaced version back at once.

    Args:
        version: number of the version.
        folder: the folder that holds `saved_model.pb`.

    Raises:
        ServingError: if the folder holds no whole SavedModel, or one of its own warm-up requests fails.
    """

    def __init__(self, version: int, folder: Path) -> None:
        if not (folder / SAVED_MODEL).is_file():
            raise ServingError(f"{folder}: no {SAVED_MODEL}; the version is half-written or no SavedModel")
        self.version = version
        self._session, self.meta_graph = _load(folder)
        self._lock = threading.Lock()
        self._leases = 1  # the owner's own, given back by `release`
        try:
            self._warm_up(folder)
        except ServingError:
            self._session.close()
            raise

    @property
    def signature_names(self) -> list[str]:
        """The signatures that can be asked, sorted: what starts with "__" is TensorFlow's own."""
        return sorted(name for name in self.meta_graph.signature_def if not name.startswith("__"))

    def predict(
        self,
        signature_name: str,
        inputs: Mapping[str, tensor_pb2.TensorProto],
        output_filter: Collection[str] = (),
    ) -> dict[str, np.ndarray]:
        """The outputs of a signature, by name; those in `output_filter` only, if it names any.

        Raises:
            RequestError: if the signature is unknown, the inputs do not fit it, or the computation fails.
        """
        signature_name = signature_name or DEFAULT_SIGNATURE
        signature = self._signature(signature_name)
        arrays = decode_inputs(signature_name, signature, inputs)
        unknown = sorted(set(output_filter) - set(signature.outputs))
        if unknown:
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f'signature "{signature_name}" has no output {", ".join(unknown)}; it has '
                f"{', '.join(sorted(signature.outputs))}",
            )
        fetches = {name: signature.outputs[name].name for name in output_filter or signature.outputs}
        feeds = {signature.inputs[name].name: array for name, array in arrays.items()}
        try:
            return self._session.run(fetches, feed_dict=feeds)
        except tf.errors.OpError as error:
            code = _STATUS_CODES.get(error.error_code, grpc.StatusCode.INTERNAL)
            raise RequestError(code, f'signature "{signature_name}": {_one_line(error)}') from error

    def lease(self) -> None:
        """Keeps the session open until one more `release`."""
        with self._lock:
            self._leases += 1

    def release(self) -> None:
        """Gives one lease back; the last one closes the session, so no request under way is cut off."""
        with self._lock:
            self._leases -= 1
            last = self._leases == 0
        if last:
            self._session.close()

    def _signature(self, name: str) -> meta_graph_pb2.SignatureDef:
        if name not in self.signature_names:
            raise RequestError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f'Serving signature key "{name}" not found; version {self.version} has '
                f"{', '.join(self.signature_names)}",
            )
        return self.meta_graph.signature_def[name]

    def _warm_up(self, folder: Path) -> None:
        try:
            for request in read_warmup_requests(folder):
                self.predict(request.model_spec.signature_name, request.inputs)
        except (RequestError, ValueError) as error:
            raise ServingError(f"{folder}: warm-up failed: {error}") from error


def _load(folder: Path) -> tuple[tf.compat.v1.Session, meta_graph_pb2.MetaGraphDef]:
    config = tf.compat.v1.ConfigProto()
    config.gpu_options.allow_growth = True  # two versions are in memory during a swap
    session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
    try:
        with session.graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(session, [tf.saved_model.SERVING], str(folder))
    except Exception as error:  # bytes cut off anywhere make TensorFlow raise almost anything
        session.close()
        raise ServingError(f"{folder}: not a whole SavedModel: {_one_line(error)}") from error
    return session, meta_graph


def _one_line(error: Exception) -> str:
    """The sentence in TensorFlow's message: the line before the first "[[node]]", no stack of the graph."""
    text = error.message if isinstance(error, tf.errors.OpError) else f"{type(error).__name__}: {error}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    before_node = [line for line, following in itertools.pairwise(lines) if following.startswith("[[")]
    return (before_node or lines or [type(error).__name__])[0]
