"""The first task of a run: everything that is known only now, for all other tasks.

    python -m pipeline.kubeflow.preparation --executor_input JSON

It does what `pipeline.local_runner` does before a run, and what TFX's drivers would do elsewhere: looks at
the data, recalls earlier runs, finds the champion; and tells every component its parameters.
"""

import datetime
import hashlib
import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import models  # noqa: F401 - before TensorFlow
from components import storage
from models.errors import UserError
from models.fusion import make_fusion
from pipeline.config import Config
from pipeline.earlier_runs import champion_test_from, recall
from pipeline.kubeflow import graph
from pipeline.kubeflow.addresses import check_address
from pipeline.kubeflow.beam_tasks import check_beam_tasks
from pipeline.kubeflow.champion import champion_model
from pipeline.kubeflow.executor_input import (
    artifacts,
    parameters,
    parse_arguments,
    write_artifact,
    write_output,
)
from pipeline.kubeflow.failure import leaving_word
from pipeline.kubeflow.imported import imported_artifact
from pipeline.kubeflow.last_run import LastRun
from pipeline.kubeflow.own_tasks import CONFIG, GENERATION, PINNED, PREPARATION, RUN_ID
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.kubeflow.run_config import run_config
from pipeline.kubeflow.tfx_tasks import output_parameter
from pipeline.pinned import LAST, pin, pinned_config
from pipeline.starting_points import left_out_of_search
from pipeline.summary import read_summaries

# After TFX: a Beam imported before TensorFlow outlives it, with the models that it has cached.
from components.ingest.delivery import read_delivery  # isort: skip


LONGEST_PARAMETER = 100_000
"""Characters; Linux takes 131,072 bytes as one argument, and all that a task is told is one."""

_DATA_FINGERPRINT = output_parameter("InteractionExampleGen", "data_fingerprint")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the task."""
    executor_input = parse_arguments(arguments)
    plan = artifacts(executor_input, "outputs")["plan"]
    with leaving_word(PREPARATION, plan["uri"]):
        values = prepare(parameters(executor_input))
        check_values(values, executor_input["outputs"]["parameters"])
        write_artifact(plan, "plan.json", json.dumps(values, indent=2, sort_keys=True))
        write_output(executor_input, values, metadata={})


def prepare(given: Mapping[str, Any]) -> dict[str, Any]:
    """The Preparation's output parameters, by name.

    Args:
        given: its own parameters (`pipeline.kubeflow.own_tasks`).

    Raises:
        UserError: if the parameters of the run are wrong, or the data cannot be read.
    """
    config = run_config(json.loads(given[CONFIG]), given["structure"], int(given["epochs"]))
    data, root = check_address(given["data"], "data"), RemoteRoot(check_address(given["root"], "root"))
    config = _with_what_was_found(config, given[PINNED], root)
    if left_out := left_out_of_search(config):
        print(left_out, flush=True)
    for branch in config.structure.branches:
        make_fusion(branch)  # tells of a class that is no fusion before the data is read
    check_beam_tasks(config, root.root)
    run_id, last_run = datetime.datetime.now(datetime.timezone.utc).isoformat(), LastRun.read(root)
    generation, champion = last_run.next_generation(run_id), champion_model(root)
    values = {
        CONFIG: config.model_dump_json(),
        RUN_ID: run_id,
        GENERATION: generation,
        graph.CHAMPION: "" if champion is None else imported_artifact(champion, _metadata_of_champion()),
        graph.LAST_ACCEPTED_DATA: last_run.accepted_statistics(),
        graph.SCHEMA: imported_artifact(pin_schema(given["schema"], root), {}),
        graph.SPAN_SCHEMA: imported_artifact(pin_schema(given["span_schema"], root), {}),
        **_of_components(config, data, root, given["schema"]),
    }
    # What is gone from the root must not be answered with: all tasks follow from this one.
    values[_DATA_FINGERPRINT] += generation
    return values


def check_values(values: Mapping[str, Any], expected: Collection[str]) -> None:
    """Takes the output parameters that the compiled pipeline has, in a size that a command line takes.

    Raises:
        UserError: if the image knows others, or those of one task are too long.
    """
    if differing := sorted(values.keys() ^ set(expected)):
        raise UserError(
            f"The pipeline was compiled with another version than that of the image (they differ in "
            f"{', '.join(differing)}): compile it again with the version of the image, "
            f"{metadata.version('autoncf')}."
        )
    for name, value in values.items():
        if len(str(value)) > LONGEST_PARAMETER:
            raise UserError(
                f"{name} is {len(str(value))} characters long, and a container can be told "
                f"{LONGEST_PARAMETER}: if your data lies in thousands of spans, merge old ones into one."
            )


def pin_schema(text: str, root: RemoteRoot) -> str:
    """Folder with the schema, under its digest: a cache knows what is imported by its address alone."""
    folder = storage.join(root.schemas, hashlib.sha256(text.encode()).hexdigest()[:16])
    path = storage.join(folder, "schema.pbtxt")
    if not storage.exists(path):
        storage.write_text(path, text)
    return folder


def _with_what_was_found(config: Config, pinned: str, root: RemoteRoot) -> Config:
    """With the best of an earlier search, if `search.pinned` names one."""
    path = config.search.pinned
    if path is None:
        return config
    return pinned_config(config, root.searches) if path == LAST else pin(config, pinned, path)


def _of_components(config: Config, data: str, root: RemoteRoot, schema: str) -> dict[str, Any]:
    """Every execution property of every component, as TFX would compile it now."""
    delivery = read_delivery(data, config.data)
    with tempfile.TemporaryDirectory() as scratch:
        schema_file = Path(scratch, "schema.pbtxt")
        schema_file.write_text(schema, encoding="utf-8")
        specification = graph.compile_with_tfx(
            config,
            data=data,
            earlier=recall(
                read_summaries(root.summaries).values(),
                delivery.contents,
                champion_test_from(root.serving, delivery.contents),
            ),
            schema_file=str(schema_file),
            span_schema_file=str(schema_file),
            root=root.root,
        )
    return {
        output_parameter(component, name): value
        for component, properties in graph.component_parameters(specification).items()
        for name, value in properties.items()
    }


def _metadata_of_champion() -> dict[str, str]:
    import tfx

    # Without it TFX takes the folder for one that it laid out itself years ago.
    return {"tfx_version": tfx.__version__}


if __name__ == "__main__":
    main()
