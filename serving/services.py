"""TensorFlow Serving's PredictionService and ModelService over one model.

Classify, Regress, MultiInference and HandleReloadConfigRequest answer UNIMPLEMENTED, as gRPC does by itself.
"""

import contextlib
from collections.abc import Iterator

import grpc
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from serving.loaded_model import LoadedModel
from serving.reloading import ReloadingModel
from serving.request_error import RequestError
from serving.signatures import DEFAULT_SIGNATURE
from serving.statuses import VersionStatus
from serving.tensors import encode

_SIGNATURE_FIELD = "signature_def"


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict and GetModelMetadata of one model."""

    def __init__(self, model: ReloadingModel) -> None:
        self._model = model

    def Predict(
        self, request: predict_pb2.PredictRequest, context: grpc.ServicerContext
    ) -> predict_pb2.PredictResponse:
        """The outputs of the signature that `model_spec.signature_name` names, `serving_default` if none."""
        with _refusing(context), _lease(self._model, request.model_spec) as loaded:
            outputs = loaded.predict(request.model_spec.signature_name, request.inputs, request.output_filter)
            response = predict_pb2.PredictResponse(model_spec=_spec_of(self._model, loaded))
            response.model_spec.signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
            for name, array in outputs.items():
                response.outputs[name].CopyFrom(encode(array))
        return response

    def GetModelMetadata(
        self, request: get_model_metadata_pb2.GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """The signatures with the type and shape of every input and output."""
        with _refusing(context), _lease(self._model, request.model_spec) as loaded:
            if list(request.metadata_field) != [_SIGNATURE_FIELD]:
                raise RequestError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f'metadata_field should be "signature_def". Received: {list(request.metadata_field)}',
                )
            signatures = get_model_metadata_pb2.SignatureDefMap()
            for name, signature in loaded.meta_graph.signature_def.items():
                signatures.signature_def[name].CopyFrom(signature)
            response = get_model_metadata_pb2.GetModelMetadataResponse(
                model_spec=_spec_of(self._model, loaded)
            )
            response.metadata[_SIGNATURE_FIELD].Pack(signatures)
        return response


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus of one model."""

    def __init__(self, model: ReloadingModel) -> None:
        self._model = model

    def GetModelStatus(
        self, request: get_model_status_pb2.GetModelStatusRequest, context: grpc.ServicerContext
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """The state of every version, or of the one asked for, with the error of those that were refused."""
        response = get_model_status_pb2.GetModelStatusResponse()
        with _refusing(context):
            version = _asked_version(self._model, request.model_spec)
            statuses = [status for status in self._model.statuses() if version in (None, status.version)]
            if not statuses:
                raise RequestError(
                    grpc.StatusCode.NOT_FOUND,
                    f"Could not find version {version} of model {self._model.name}",
                )
            for status in statuses:
                _fill_status(response.model_version_status.add(), status)
        return response


@contextlib.contextmanager
def _refusing(context: grpc.ServicerContext) -> Iterator[None]:
    """Answers a RequestError with its code and message."""
    try:
        yield
    except RequestError as error:
        context.abort(error.code, str(error))


@contextlib.contextmanager
def _lease(model: ReloadingModel, spec: model_pb2.ModelSpec) -> Iterator[LoadedModel]:
    with model.lease(_asked_version(model, spec)) as loaded:
        yield loaded


def _asked_version(model: ReloadingModel, spec: model_pb2.ModelSpec) -> int | None:
    if not spec.name:
        raise RequestError(grpc.StatusCode.INVALID_ARGUMENT, f'Missing ModelSpec; ask for "{model.name}"')
    if spec.name != model.name:
        raise RequestError(
            grpc.StatusCode.NOT_FOUND,
            f'Servable not found for request: Latest({spec.name}); the model here is "{model.name}"',
        )
    if spec.HasField("version_label"):
        raise RequestError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Unrecognized servable version label: {spec.version_label}; ask by version number",
        )
    return spec.version.value if spec.HasField("version") else None


def _spec_of(model: ReloadingModel, loaded: LoadedModel) -> model_pb2.ModelSpec:
    spec = model_pb2.ModelSpec(name=model.name)
    spec.version.value = loaded.version
    return spec


def _fill_status(message: get_model_status_pb2.ModelVersionStatus, status: VersionStatus) -> None:
    message.version = status.version
    message.state = get_model_status_pb2.ModelVersionStatus.State.Value(status.state.value)
    if status.error:
        message.status.error_code = grpc.StatusCode.FAILED_PRECONDITION.value[0]
    message.status.error_message = status.error
