"""The embedded server: a pushed folder behind a gRPC port."""

import logging
import threading
from collections.abc import Callable
from concurrent import futures
from pathlib import Path
from types import TracebackType

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from serving.errors import ServingError
from serving.grpc_options import DEFAULT_MAX_MESSAGE_BYTES, message_size_options
from serving.reloading import ReloadingModel
from serving.services import ModelService, PredictionService
from serving.statuses import VersionState, VersionStatus

_LOGGER = logging.getLogger(__name__)
_HEALTH_NAMES = ("", "tensorflow.serving.PredictionService", "tensorflow.serving.ModelService")


class EmbeddedServer:
    """Serves the newest version of a pushed model, and every newer one that appears, until it is stopped.

    It speaks the protocol of TensorFlow Serving (PredictionService, ModelService, grpc.health), so a client
    can ask either; there is no encryption and no authentication.

        with EmbeddedServer("runs/mine/serving/recommender", port=0) as server:
            Recommender(server.address).recommend("196")

    Args:
        model_base_path: the folder that holds the numeric version folders.
        model_name: the name clients ask for.
        host: name or address to listen at; "0.0.0.0" for every network of the machine.
        port: port to listen at; 0 takes a free one.
        poll_seconds: seconds between two looks for a new version.
        max_message_bytes: largest request and response.
        workers: requests answered at the same time; the others wait.
        on_change: called with each new status of a version, from the thread that loads it.
    """

    def __init__(
        self,
        model_base_path: str | Path,
        model_name: str = "recommender",
        *,
        host: str = "localhost",
        port: int = 8500,
        poll_seconds: float = 1.0,
        max_message_bytes: int = DEFAULT_MAX_MESSAGE_BYTES,
        workers: int = 8,
        on_change: Callable[[VersionStatus], None] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._poll_seconds = poll_seconds
        self._model = ReloadingModel(model_name, Path(model_base_path), on_change)
        self._stopping = threading.Event()
        self._poll_thread = threading.Thread(target=self._poll, name="autoncf-versions", daemon=True)
        self._health = health.HealthServicer()
        self._server = self._build_server(workers, max_message_bytes)

    @property
    def address(self) -> str:
        """What a client on this machine connects to, as "host:port"."""
        return f"{self.host}:{self.port}"

    @property
    def version(self) -> int | None:
        """The version that serves now."""
        return self._model.version

    def start(self) -> None:
        """Loads the newest version and begins to answer.

        Raises:
            ServingError: if the port is taken, or no version can be served.
        """
        try:
            self._bind()
            self._load_first()
        except ServingError:
            self._server.stop(None)
            raise
        self._server.start()
        for name in _HEALTH_NAMES:
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self._poll_thread.start()

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Takes no new request, lets those under way end within `grace_seconds`, and frees the model."""
        self._stopping.set()
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_seconds).wait()
        if self._poll_thread.is_alive():
            self._poll_thread.join()
        self._model.close()

    def reload(self) -> None:
        """Looks for a new version now and not at the next poll; returns when it serves or was refused."""
        self._model.reload()

    def __enter__(self) -> "EmbeddedServer":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _build_server(self, workers: int, max_message_bytes: int) -> grpc.Server:
        # Without so_reuseport=0 a second server would share the port and get half of the requests.
        options = [("grpc.so_reuseport", 0), *message_size_options(max_message_bytes)]
        server = grpc.server(futures.ThreadPoolExecutor(workers, "autoncf-request"), options=options)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(self._model), server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(self._model), server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        return server

    def _bind(self) -> None:
        remedy = "choose another port, or stop what uses it"
        try:
            bound = self._server.add_insecure_port(self.address)
        except RuntimeError as error:
            raise ServingError(f"cannot listen at {self.address}: {remedy}") from error
        if not bound:  # what older versions of grpcio answer instead
            raise ServingError(f"cannot listen at {self.address}: {remedy}")
        self.port = bound

    def _load_first(self) -> None:
        try:
            self._model.reload()
        except OSError as error:
            raise ServingError(f"{self._model.base_path}: cannot be read ({error.strerror})") from error
        if self._model.version is not None:
            return
        refused = [status.error for status in self._model.statuses() if status.state is VersionState.END]
        if refused:
            raise ServingError(f"no version can be served: {refused[0]}")
        raise ServingError(
            f"{self._model.base_path}: no model version yet; train and push one with `autoncf run`"
        )

    def _poll(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            try:
                self._model.reload()
            except Exception:  # the loaded version goes on serving whatever the folder does
                _LOGGER.exception("looking for new versions in %s failed", self._model.base_path)
