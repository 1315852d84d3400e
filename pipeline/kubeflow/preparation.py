"""The first task of a run: everything that is known only now, for all other tasks.

    python -m pipeline.kubeflow.preparation --executor_input JSON

It does what `pipeline.local_runner` does before a run, and what TFX's drivers would do elsewhere: looks at
the data, recalls earlier runs, finds the champion; and tells every component its parameters.
"""

import datetime
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import models  # noqa: F401 - before TensorFlow
from components import storage
from models.errors import UserError
from models.fusion import make_fusion
from pipeline.config import Config
from pipeline.config_errors import sentences
from pipeline.earlier_runs import recall
from pipeline.kubeflow import graph
from pipeline.kubeflow.accepted import accepted_statistics
from pipeline.kubeflow.addresses import check_address
from pipeline.kubeflow.beam_tasks import check_beam_tasks
from pipeline.kubeflow.champion import champion_model
from pipeline.kubeflow.executor_input import artifacts, parameters, parse_arguments, write_output
from pipeline.kubeflow.failure import leaving_word
from pipeline.kubeflow.imported import imported_artifact
from pipeline.kubeflow.own_tasks import CONFIG, PREPARATION, RUN_ID
from pipeline.kubeflow.remote_root import RemoteRoot
from pipeline.kubeflow.tfx_tasks import output_parameter
from pipeline.summary import Summary

# After TFX: a Beam imported before TensorFlow outlives it, with the models that it has cached.
from components.ingest.delivery import read_delivery  # isort: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the task."""
    executor_input = parse_arguments(arguments)
    plan = artifacts(executor_input, "outputs")["plan"]["uri"]
    with leaving_word(PREPARATION, plan):
        values = prepare(parameters(executor_input))
        storage.write_text(storage.join(plan, "plan.json"), json.dumps(values, indent=2, sort_keys=True))
        write_output(executor_input, values, metadata={})


def prepare(given: Mapping[str, Any]) -> dict[str, Any]:
    """The Preparation's output parameters, by name.

    Args:
        given: its own parameters (`pipeline.kubeflow.own_tasks`).

    Raises:
        UserError: if the parameters of the run are wrong, or the data cannot be read.
    """
    config = run_config(json.loads(given[CONFIG]), given["structure"], int(given["epochs"]))
    for branch in config.structure.branches:
        make_fusion(branch)  # tells of a class that is no fusion before the data is read
    data, root = check_address(given["data"], "data"), RemoteRoot(check_address(given["root"], "root"))
    check_beam_tasks(config, root.root)
    delivery = read_delivery(data, config.data)
    schemas = {
        node: pin_schema(given[name], root)
        for node, name in ((graph.SCHEMA, "schema"), (graph.SPAN_SCHEMA, "span_schema"))
    }
    champion = champion_model(root)
    with tempfile.TemporaryDirectory() as scratch:
        schema_file = Path(scratch, "schema.pbtxt")
        schema_file.write_text(given["schema"], encoding="utf-8")
        specification = graph.compile_with_tfx(
            config,
            data=data,
            earlier=recall(_read_summaries(root), delivery.contents),
            schema_file=str(schema_file),
            span_schema_file=str(schema_file),
            root=root.root,
        )
    return {
        CONFIG: config.model_dump_json(),
        RUN_ID: datetime.datetime.now().isoformat(),
        graph.CHAMPION: "" if champion is None else imported_artifact(champion, _metadata_of_champion()),
        graph.LAST_ACCEPTED_DATA: accepted_statistics(root),
        **{node: imported_artifact(folder, {}) for node, folder in schemas.items()},
        **{
            output_parameter(component, name): value
            for component, properties in graph.component_parameters(specification).items()
            for name, value in properties.items()
        },
    }


def run_config(given: Mapping[str, Any], structure: str, epochs: int) -> Config:
    """The config of a run.

    Args:
        given: the values that the pipeline was compiled with.
        structure: a preset's name or the JSON of a structure instead of the given one; "" for that.
        epochs: instead of the given; 0 for these.

    Raises:
        UserError: if the result is no config.
    """
    values = dict(given)
    if structure:
        values["structure"] = json.loads(structure) if structure.lstrip().startswith("{") else structure
    if epochs:
        values["train"] = {**values.get("train", {}), "epochs": epochs}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UserError(" ".join(sentences(error, Config))) from None


def pin_schema(text: str, root: RemoteRoot) -> str:
    """Folder with the schema, under its digest: a cache knows what is imported by its address alone."""
    folder = storage.join(root.schemas, hashlib.sha256(text.encode()).hexdigest()[:16])
    path = storage.join(folder, "schema.pbtxt")
    if not storage.exists(path):
        storage.write_text(path, text)
    return folder


def _read_summaries(root: RemoteRoot) -> list[Summary]:
    names = sorted(name for name in storage.files_below(root.summaries) if name.endswith(".json"))
    return [
        Summary.model_validate_json(storage.read_text(storage.join(root.summaries, name))) for name in names
    ]


def _metadata_of_champion() -> dict[str, str]:
    import tfx

    # Without it TFX takes the folder for one that it laid out itself years ago.
    return {"tfx_version": tfx.__version__}


if __name__ == "__main__":
    main()
