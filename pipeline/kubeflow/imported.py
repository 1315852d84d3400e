"""Input artifacts that no task of the run has made: the champion, schemas, statistics accepted before."""

import json
import os
from pathlib import Path
from typing import Any

from components import storage
from pipeline.kubeflow.executor_input import Artifact, parameters

IMPORTED = "imported-"
"""Begins the name of a parameter that stands for an input artifact: JSON of its uri and metadata, or ""."""


def imported_artifact(uri: str, metadata: dict[str, Any]) -> str:
    """The value of such a parameter."""
    return json.dumps({"uri": uri, "metadata": metadata}, sort_keys=True)


def add_imported_artifacts(executor_input: dict[str, Any], copies: Path | None) -> dict[str, str]:
    """Makes input artifacts of the parameters that stand for some, in place; "" makes none.

    Args:
        executor_input: of the task.
        copies: local folder that gets a copy of each, as the launcher, which knows nothing of them, makes one
            of the others; None leaves them where they are.

    Returns:
        the address of every copy, by its path.
    """
    addresses = {}
    values = parameters(executor_input)
    for name in [name for name in values if name.startswith(IMPORTED)]:
        key, text = name.removeprefix(IMPORTED), values.pop(name)
        if text:
            artifact: Artifact = json.loads(text)
            # TFX knows an input by its name alone once it writes down which baseline a blessing is about.
            artifact["name"] = artifact["uri"]
            if copies is not None:
                # Under its own name: the champion's tells the version.
                copy = str(copies / key / os.path.basename(artifact["uri"]))
                storage.copy_tree(artifact["uri"], copy)
                addresses[copy], artifact["uri"] = artifact["uri"], copy
            inputs = executor_input["inputs"].setdefault("artifacts", {})
            inputs[key] = {"artifacts": [artifact]}
    return addresses
