"""One model behind one address: TensorFlow Serving's calls, with errors in words."""

from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from serving.errors import ServingError
from serving.grpc_options import message_size_options
from serving.statuses import VersionState, VersionStatus
from serving.tensors import decode, encode

# TensorFlow Serving's answer to an unknown signature, and the embedded server's.
_SIGNATURE_CODES = (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)


class ModelChannel:
    """A connection to one model of one server; arguments as in `serving.client.Recommender`."""

    def __init__(self, address: str, model_name: str, timeout: float, max_message_bytes: int) -> None:
        self.address = address
        self._model_name = model_name
        self._timeout = timeout
        # gRPC would send even localhost through a proxy that the environment names.
        options = [("grpc.enable_http_proxy", 0), *message_size_options(max_message_bytes)]
        self._channel = grpc.insecure_channel(address, options=options)
        self._predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def predict(self, signature_name: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs of a signature, by name.

        Raises:
            ServingError: if the model has no such signature, or the call fails.
        """
        request = predict_pb2.PredictRequest()
        request.model_spec.name = self._model_name
        request.model_spec.signature_name = signature_name
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(encode(array))
        try:
            response = self._predictions.Predict(request, timeout=self._timeout)
        except grpc.RpcError as error:
            if error.code() in _SIGNATURE_CODES and signature_name not in self.signature_names():
                raise ServingError(self._signature_sentence(signature_name)) from error
            raise self._in_words(error) from error
        return {name: decode(proto) for name, proto in response.outputs.items()}

    def signature_names(self) -> list[str]:
        """The signatures of the version that serves."""
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        request.model_spec.name = self._model_name
        response = self._call(self._predictions.GetModelMetadata, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(signatures)
        return sorted(signatures.signature_def)

    def statuses(self) -> list[VersionStatus]:
        """Every version the server knows, newest first."""
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self._model_name
        response = self._call(self._models.GetModelStatus, request)
        statuses = [
            VersionStatus(message.version, _state(message.state), message.status.error_message)
            for message in response.model_version_status
        ]
        return sorted(statuses, key=lambda status: status.version, reverse=True)

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _call(self, method: grpc.UnaryUnaryMultiCallable, request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise self._in_words(error) from error

    def _signature_sentence(self, signature_name: str) -> str:
        if signature_name == "recommend_from_history":
            return (
                f"the model at {self.address} knows a user by an id alone, so it cannot answer a new user's "
                "history: serve a structure whose user side reads interactions, such as u-autorec or cfnet-rl"
            )
        place = f"the model at {self.address}"
        return f'{place} has no signature "{signature_name}": serve one that autoncf has exported'

    def _in_words(self, error: grpc.RpcError) -> ServingError:
        """The ServingError of a failed call: what happened and what to do."""
        code, details = error.code(), error.details()
        if code is grpc.StatusCode.UNAVAILABLE:
            return ServingError(
                f"no server can be reached at {self.address}: start it with `autoncf serve --root ROOT`, "
                f"or give its address ({details})"
            )
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return ServingError(
                f"{self.address} did not answer within {self._timeout:g} s: "
                "allow more time, or ask for less at once"
            )
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return ServingError(
                f"a message to or from {self.address} is too large: ask for less at once, "
                f"or raise max_message_bytes on both sides ({details})"
            )
        if code is grpc.StatusCode.NOT_FOUND:
            return ServingError(f'{self.address} does not serve the model "{self._model_name}": {details}')
        return ServingError(f"{self.address} refused the request ({code.name}): {details}")


def _state(number: int) -> VersionState:
    """TensorFlow Serving's states, told in three: on its way in is loading, on its way out has ended."""
    name = get_model_status_pb2.ModelVersionStatus.State.Name(number)
    if name == "AVAILABLE":
        return VersionState.AVAILABLE
    return VersionState.LOADING if name in ("UNKNOWN", "START", "LOADING") else VersionState.END
