"""The gauge of the versions in memory."""

from serving.metrics import Metrics
from serving.statuses import VersionState, VersionStatus


def versions(metrics):
    return [
        (sample.labels, sample.value)
        for family in metrics.collected.collect()
        if family.name == "autoncf_serving_model_version"
        for sample in family.samples
    ]


def label(version, state):
    return {"model": "recommender", "version": version, "state": state}


def test_versions_come_and_go():
    metrics = Metrics("recommender")
    assert versions(metrics) == []
    metrics.versions.set(VersionStatus(1, VersionState.AVAILABLE))
    metrics.versions.set(VersionStatus(2, VersionState.LOADING))
    assert versions(metrics) == [(label("1", "AVAILABLE"), 1.0), (label("2", "LOADING"), 1.0)]
    metrics.versions.set(VersionStatus(2, VersionState.AVAILABLE))
    metrics.versions.set(VersionStatus(1, VersionState.END))
    assert versions(metrics) == [(label("2", "AVAILABLE"), 1.0)]


def test_a_version_that_was_refused_leaves_no_series():
    metrics = Metrics("recommender")
    metrics.versions.set(VersionStatus(3, VersionState.LOADING))
    metrics.versions.set(VersionStatus(3, VersionState.END, "half-written"))
    assert versions(metrics) == []
