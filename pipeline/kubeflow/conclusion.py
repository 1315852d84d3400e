"""The last task of a run: its summary, for people and for the next run.

python -m pipeline.kubeflow.conclusion --executor_input JSON
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import models  # noqa: F401 - before TensorFlow
from components import storage
from components.tuner.mirror import forget_old
from pipeline.config import Config
from pipeline.kubeflow import staging
from pipeline.kubeflow.executor_input import (
    Artifact,
    artifacts,
    parameters,
    parse_arguments,
    write_artifact,
    write_output,
)
from pipeline.kubeflow.failure import leaving_word
from pipeline.kubeflow.last_run import remember_run
from pipeline.kubeflow.own_tasks import (
    CONCLUSION,
    CONCLUSION_INPUTS,
    CONFIG,
    GENERATION,
    RUN_ID,
    SEARCH_INPUTS,
    TUNER_RESULTS,
)
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.searches import remove_unfinished, save_search
from pipeline.store import ComponentRun, Run
from pipeline.summary import Summary, summarize


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the task."""
    executor_input = parse_arguments(arguments)
    outputs = artifacts(executor_input, "outputs")
    with leaving_word(CONCLUSION, outputs["summary"]["uri"]):
        summary = conclude(parameters(executor_input), artifacts(executor_input, "inputs"))
        text = summary.model_dump_json(indent=2) + "\n"
        write_artifact(outputs["summary"], "summary.json", text)
        # Kubeflow shows these as a table.
        finite = {name: value for name, value in summary.metrics["test"].items() if math.isfinite(value)}
        write_output(executor_input, {}, metadata={"metrics": finite})


def conclude(given: Mapping[str, Any], inputs: Mapping[str, Artifact]) -> Summary:
    """Writes the summary into the root, where the artifacts are, and what a search found.

    Args:
        given: the task's parameters.
        inputs: artifacts by key, as of `CONCLUSION_INPUTS`, and of `SEARCH_INPUTS` if the run has searched.
    """
    root = RemoteRoot(given["root"].rstrip("/"))
    config = Config.model_validate_json(given[CONFIG])
    started = datetime.datetime.fromisoformat(given[RUN_ID])
    seconds = (datetime.datetime.now(datetime.timezone.utc) - started).total_seconds()
    summary = summarize(_as_run(given[RUN_ID], inputs), config, seconds)
    # Kubeflow knows how long each task took and what came from the cache, this container does not.
    summary = summary.model_copy(update={"seconds": {"total": summary.seconds["total"]}, "cached": []})
    text = summary.model_dump_json(indent=2) + "\n"
    for path in (storage.join(root.summaries, f"{summary.run_id}.json"), root.summary):
        storage.write_text(path, text)
    if TUNER_RESULTS in inputs:
        _keep_search(inputs[TUNER_RESULTS], root, given[RUN_ID])
    remember_run(root, inputs, given[GENERATION])
    return summary


def _keep_search(results: Artifact, root: RemoteRoot, run_id: str) -> None:
    """Gives the search a folder among those that ended; nobody has to go on with it any more."""
    uri = staging.local_path(results["uri"])
    save_search(uri, root.searches, run_id)
    remove_unfinished(uri, root.unfinished_searches)
    forget_old(root.unfinished_searches)


def _as_run(run_id: str, inputs: Mapping[str, Artifact]) -> Run:
    """The run as a metadata store would tell it."""
    outputs: dict[str, dict[str, Any]] = {}
    sources = {**CONCLUSION_INPUTS, **SEARCH_INPUTS}
    for key, artifact in inputs.items():
        component, output = sources[key]
        outputs.setdefault(component, {})[output] = _as_stored(artifact)
    return Run(run_id, tuple(ComponentRun(name, "other", 0.0, found) for name, found in outputs.items()))


def _as_stored(artifact: Artifact) -> Any:
    from ml_metadata.proto.metadata_store_pb2 import Artifact as StoredArtifact

    stored = StoredArtifact(uri=staging.local_path(artifact["uri"]))
    for name, value in artifact.get("metadata", {}).items():
        if isinstance(value, str):
            stored.custom_properties[name].string_value = value
    return stored


if __name__ == "__main__":
    main()
