"""What a server counts, for Prometheus."""

from collections.abc import Iterator
from typing import Any

import prometheus_client
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from serving.statuses import VersionState, VersionStatus

_PREFIX = "autoncf_serving"
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """The instruments of one server in a registry of its own: two servers in a process must not clash.

    Every label takes few values: protocols, methods and codes are fixed, signatures are those of the models
    that were served, versions those in memory.

    Args:
        model_name: the name the model is served under.
    """

    def __init__(self, model_name: str) -> None:
        self.collected = prometheus_client.CollectorRegistry()
        own: dict[str, Any] = {"registry": self.collected}
        self.requests = prometheus_client.Counter(
            f"{_PREFIX}_requests",
            'Answered calls, by name of the gRPC status code; signature "unknown" where none was found.',
            ["protocol", "method", "signature", "code"],
            **own,
        )
        self.request_seconds = prometheus_client.Histogram(
            f"{_PREFIX}_request_seconds",
            "Time from the request's arrival to its answer, refused ones included.",
            ["protocol", "method", "signature"],
            buckets=_SECONDS,
            **own,
        )
        self.in_flight = prometheus_client.Gauge(
            f"{_PREFIX}_in_flight_requests", "Calls not answered yet.", **own
        )
        self.batch_rows = prometheus_client.Histogram(
            f"{_PREFIX}_batch_rows",
            "Rows of one execution of the model, which joins waiting requests.",
            ["signature"],
            buckets=_ROWS,
            **own,
        )
        self.batch_seconds = prometheus_client.Histogram(
            f"{_PREFIX}_batch_seconds",
            "Time of one execution of the model.",
            ["signature"],
            buckets=_SECONDS,
            **own,
        )
        self.queue = prometheus_client.Gauge(
            f"{_PREFIX}_queue_requests", "Requests that wait for the model.", **own
        )
        self.refused_versions = prometheus_client.Counter(
            f"{_PREFIX}_refused_versions", "Versions that did not load.", **own
        )
        self.versions = ModelVersions(model_name)
        self.collected.register(self.versions)
        prometheus_client.ProcessCollector(**own)


class ModelVersions(Collector):
    """The gauge `autoncf_serving_model_version{model, version, state}`: 1 for every version in memory.

    A collector of its own, because a gauge keeps a series for every version that it ever saw.
    """

    def __init__(self, model_name: str) -> None:
        self._model_name = model_name
        self._states: dict[int, VersionState] = {}

    def set(self, status: VersionStatus) -> None:
        """Takes a new status of one version; versions that ended are forgotten."""
        states = dict(self._states)  # replaced as a whole: a scrape reads it in another thread
        states.pop(status.version, None)
        if status.state is not VersionState.END:
            states[status.version] = status.state
        self._states = states

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauge, as Prometheus asks for it."""
        gauge = GaugeMetricFamily(
            f"{_PREFIX}_model_version",
            "1 for every version that is loaded or being loaded.",
            labels=["model", "version", "state"],
        )
        for version, state in sorted(self._states.items()):
            gauge.add_metric([self._model_name, str(version), state.value], 1.0)
        yield gauge
