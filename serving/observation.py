"""What is noted about every call: metrics and access log."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Iterator

import prometheus_client

from serving.access_log import AccessLog
from serving.metrics import Metrics
from serving.request_error import RequestError
from serving.statuses import VersionState, VersionStatus


@dataclasses.dataclass
class Call:
    """One call of a client, filled in along the way by whoever answers it.

    Attributes:
        protocol: "grpc" or "rest".
        method: "Predict", "GetModelMetadata" or "GetModelStatus".
        signature: the signature that answers, set only once the model turned out to have it: every name
            becomes a label of the metrics, and clients may ask for any. Empty is counted as "unknown".
        version: the version that answers.
        rows: batch size of the request.
        code: name of a gRPC status code.
    """

    protocol: str
    method: str
    signature: str = ""
    version: int | None = None
    rows: int | None = None
    code: str = "OK"


class Observer:
    """Metrics and access log of one server. May be used by several threads.

        with observer.call("grpc", "Predict") as call:
            call.signature = "recommend"

    Args:
        model_name: the name the model is served under.
        access_log: where every call is written, if anywhere; closing it is left to its owner.
    """

    def __init__(self, model_name: str, access_log: AccessLog | None = None) -> None:
        self._metrics = Metrics(model_name)
        self._access_log = access_log
        # `labels` costs more than counting does, so what it returns is kept.
        self._requests: dict[tuple[str, str, str, str], prometheus_client.Counter] = {}
        self._seconds: dict[tuple[str, str, str], prometheus_client.Histogram] = {}
        self._batches: dict[str, tuple[prometheus_client.Histogram, prometheus_client.Histogram]] = {}

    @contextlib.contextmanager
    def call(self, protocol: str, method: str) -> Iterator[Call]:
        """Times the call inside the `with`, counts and logs it at the end, whatever happened.

        An exception that escapes sets the code and is raised on: the one of a RequestError, CANCELLED for a
        client that went away, INTERNAL for anything else.
        """
        call = Call(protocol, method)
        started = time.perf_counter()
        self._metrics.in_flight.inc()
        try:
            yield call
        except RequestError as error:
            call.code = error.code.name
            raise
        except asyncio.CancelledError:
            call.code = "CANCELLED"
            raise
        except Exception:
            call.code = "INTERNAL"
            raise
        finally:
            self._metrics.in_flight.dec()
            self._note(call, time.perf_counter() - started)

    def batch(self, signature: str, rows: int, seconds: float) -> None:
        """Notes one execution of the model."""
        instruments = self._batches.get(signature)
        if instruments is None:
            metrics = self._metrics
            instruments = metrics.batch_rows.labels(signature), metrics.batch_seconds.labels(signature)
            self._batches[signature] = instruments
        instruments[0].observe(rows)
        instruments[1].observe(seconds)

    def queue(self, waiting: int) -> None:
        """Notes how many requests wait for the model."""
        self._metrics.queue.set(waiting)

    def version(self, status: VersionStatus) -> None:
        """Notes a new status of a version."""
        self._metrics.versions.set(status)
        if status.state is VersionState.END and status.error:
            self._metrics.refused_versions.inc()

    def exposition(self) -> tuple[bytes, str]:
        """Everything counted so far in Prometheus' text format, and its content type."""
        text = prometheus_client.generate_latest(self._metrics.collected)
        return text, prometheus_client.CONTENT_TYPE_LATEST

    def _note(self, call: Call, seconds: float) -> None:
        signature = call.signature or "unknown"
        timed = (call.protocol, call.method, signature)
        counted = (*timed, call.code)
        counter = self._requests.get(counted)
        if counter is None:
            counter = self._requests[counted] = self._metrics.requests.labels(*counted)
        histogram = self._seconds.get(timed)
        if histogram is None:
            histogram = self._seconds[timed] = self._metrics.request_seconds.labels(*timed)
        counter.inc()
        histogram.observe(seconds)
        if self._access_log is not None:
            self._access_log.write(
                {
                    "protocol": call.protocol,
                    "method": call.method,
                    "signature": call.signature,
                    "version": call.version,
                    "rows": call.rows,
                    "code": call.code,
                    "milliseconds": round(seconds * 1000, 3),
                }
            )
