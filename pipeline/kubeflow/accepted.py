"""The statistics that validation accepted last: what the next run's data is measured by."""

import json
from typing import Any

from components import storage
from pipeline.kubeflow.imported import imported_artifact
from pipeline.kubeflow.remote_root import RemoteRoot


def accepted_statistics(root: RemoteRoot) -> str:
    """As an imported artifact; "" if no run ended well yet, or the artifacts of the last were removed."""
    if not storage.exists(root.accepted):
        return ""
    text = storage.read_text(root.accepted)
    return text if storage.files_below(json.loads(text)["uri"]) else ""


def remember_accepted(root: RemoteRoot, uri: str, metadata: dict[str, Any]) -> None:
    """Notes where the statistics lie that a run has accepted.

    Args:
        root: of the deployment.
        uri: address of the artifact.
        metadata: its properties, which tell its splits.
    """
    storage.write_text(root.accepted, imported_artifact(uri, metadata))
