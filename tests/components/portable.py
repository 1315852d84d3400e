"""The project's Beam pipelines, run as the project runs them, and what a portable runner is given of them."""

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.runners.portability.portable_runner import PortableRunner
from tfx.components.transform.executor import Executor as TransformExecutor
from tfx.types import artifact_utils, standard_artifacts

from components.evaluation.results import read_metrics
from components.ingest import IngestSettings
from components.ingest.component import InteractionExampleGen
from schemas import schema_path
from serving.bulk import write_recommendations
from serving.errors import ServingError
from tests.components.evaluation import executing as evaluator
from tests.components.evaluation.scoring import make_lists
from tests.components.ingest import executing as ingest
from tests.models import transforming
from tests.serving import tiny_model

EMBEDDED = ("--runner=PortableRunner", "--job_endpoint=embed", "--sdk_container_image=unused")
LOOPBACK = (*EMBEDDED, "--environment_type=LOOPBACK")
PICKLERS = [
    library
    for library in ("cloudpickle", "dill")  # the first is the default; newer Beams can be without the second
    if not PipelineOptionsValidator(PipelineOptions([f"--pickle_library={library}"]), None).validate()
]
LISTS = make_lists(range(12), one_relevant=True)
USERS = ["ann", "eve", "bob"]


def write_inputs(folder):
    """Two spans of interactions, each with a bad row; histories; users and their model, and two others."""
    for span, users in (("span-1", range(14)), ("span-2", range(10, 20))):
        rows = [
            f"u{user},i{(user + place) % 20},{1 + place % 5},{100 * place + user}"
            for user in users
            for place in range(6)
        ]
        (folder / "data" / span).mkdir(parents=True)
        text = "\n".join(["user_id,item_id,value,timestamp", *rows, "u1,i1,seven,1"])
        (folder / "data" / span / "interactions.csv").write_text(text)
    (folder / "users").write_text("\n".join(USERS))
    (folder / "histories" / "Split-train").mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "histories/Split-train/examples.gz"), "GZIP") as writer:
        for user in range(6):
            history = {f"i{item}": 1.0 + item for item in range(user + 1)}
            writer.write(transforming.example(f"u{user}", history))
    (folder / "schema").mkdir()
    shutil.copy(schema_path("implicit"), folder / "schema/schema.pbtxt")
    tiny_model.export(folder / "recommender" / "1")
    for multiplier in (3, 5):
        evaluator.export(folder / f"model-{multiplier}", multiplier)


def ingest_from(inputs, out, *arguments):
    """The Examples by split."""
    settings = IngestSettings(
        feedback="implicit", negatives=3, split={"strategy": "temporal"}, max_quarantined=0.1
    )
    component = InteractionExampleGen(str(inputs / "data"), settings, "implicit")
    ingest.run_both(component, out / "examples", *arguments)
    return _examples(out)


def _examples(folder):
    """In an order and a form that do not depend on who wrote them."""
    found = {}
    for file in sorted(folder.glob("*/Split-*/*.gz")):
        records = tf.data.TFRecordDataset(str(file), compression_type="GZIP").as_numpy_iterator()
        examples = map(tf.train.Example.FromString, records)
        split = found.setdefault(f"{file.parent.parent.name}/{file.parent.name}", [])
        split.extend(example.SerializeToString(deterministic=True) for example in examples)
    return {split: sorted(examples) for split, examples in found.items()}


def recommend_from(inputs, out, *arguments):
    """The table of recommendations as rows."""
    table = out / "tables" / "top.parquet"
    model, users = inputs / "recommender" / "1", inputs / "users"
    write_recommendations(model, users, len(USERS), table, 3, None, arguments)
    return pq.read_table(table).to_pylist()


def evaluate_from(inputs, out, *arguments):
    """The metrics of the model."""
    model, champion = (evaluator.artifact(inputs / f"model-{multiplier}") for multiplier in (3, 5))
    uri, _ = evaluator.run(out / "evaluation", LISTS, "implicit", model, champion, None, arguments)
    return read_metrics(uri)


def transform_from(inputs, out, *arguments):
    """The transformed Examples by split, and the vocabularies."""
    examples, transformed = standard_artifacts.Examples(), standard_artifacts.Examples()
    schema, graph = standard_artifacts.Schema(), standard_artifacts.TransformGraph()
    examples.uri, schema.uri = str(inputs / "histories"), str(inputs / "schema")
    examples.split_names = artifact_utils.encode_split_names(["train"])
    transformed.uri, graph.uri = str(out / "transformed"), str(out / "graph")
    properties = {
        "preprocessing_fn": "models.preprocessing.preprocessing_fn",
        "custom_config": json.dumps({"feedback": "implicit"}),
        "splits_config": json.dumps({"analyze": ["train"], "transform": ["train"]}),
        "disable_statistics": 1,
    }
    TransformExecutor(TransformExecutor.Context(beam_pipeline_args=[*arguments], tmp_dir=f"{out}-tmp")).Do(
        {"examples": [examples], "schema": [schema]},
        {"transform_graph": [graph], "transformed_examples": [transformed]},
        properties,
    )
    words = {name: (out / "graph/transform_fn/assets" / name).read_text() for name in ("users", "items")}
    return _examples(out), words


class Pipeline(NamedTuple):
    """How to run it, what below its inputs and output it is told of, and whose functions it is made of."""

    run: Callable
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    code: set[str]


PIPELINES = {
    "ingest": Pipeline(
        ingest_from,
        inputs=("data",),
        outputs=("examples", "examples-spans"),
        code={f"components.ingest.{module}" for module in ("transform", "outputs", "span_examples")},
    ),
    "recommend": Pipeline(
        recommend_from,
        inputs=("recommender/1", "users"),
        outputs=("tables",),
        code={"serving.bulk_rows"},
    ),
    "evaluate": Pipeline(
        evaluate_from,
        inputs=("model-3", "model-5"),
        outputs=("evaluation",),
        code={f"components.evaluation.{module}" for module in ("lists", "metrics", "regression")},
    ),
    "transform": Pipeline(
        transform_from,
        inputs=("histories", "schema"),
        outputs=("graph", "transformed"),
        code=set(),  # the preprocessing_fn travels as a graph
    ),
}


class Submitted(NamedTuple):
    """A pipeline's specification, and the paths that rightly stand in it."""

    specification: bytes
    told: list[Path]


def submitted_by(name, inputs, out, *arguments, run=True):
    """What a pipeline gave, None unless it is to be `run`, and what the portable runner was given of it."""
    pipeline, kept, run_portable = PIPELINES[name], [], PortableRunner.run_portable_pipeline

    def record(self, specification, options):
        kept.append(specification.SerializeToString())
        if not run:
            raise NotRunError
        return run_portable(self, specification, options)

    result = None
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(NotRunError, ServingError):
        patch.setattr(PortableRunner, "run_portable_pipeline", record)
        result = pipeline.run(inputs, out, *arguments)
    (specification,) = kept
    told = [inputs / each for each in pipeline.inputs] + [out / each for each in pipeline.outputs]
    return result, Submitted(specification, told)


class NotRunError(Exception):
    """Ends a run once its pipeline is submitted."""
