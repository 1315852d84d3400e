"""The Evaluator's executor, run as TFX would, over hand-made lists."""

from pathlib import Path

import tensorflow as tf
from tfx.components.evaluator.executor import Executor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from components.evaluation.eval_config import ranking_eval_config
from tests.components.evaluation.scoring import IdScorer, serialised


def export(folder, multiplier):
    """Saves a model that multiplies the item's id."""
    model = IdScorer(multiplier)
    tf.saved_model.save(model, f"{folder}/Format-Serving", signatures={"serving_default": model.serve})


def artifact(folder):
    """The model in `folder`."""
    model = standard_artifacts.Model()
    model.uri = str(folder)
    return model


def run(folder, lists, feedback, model, champion=None, settings=None, beam_pipeline_args=()):
    """Evaluate `model` on `lists`; returns the evaluation's address and whether the model was blessed."""
    examples = standard_artifacts.Examples()
    examples.uri = str(folder)
    examples.split_names = artifact_utils.encode_split_names(["eval"])
    Path(folder, "Split-eval").mkdir(parents=True)
    with tf.io.TFRecordWriter(f"{folder}/Split-eval/examples.gz", options="GZIP") as writer:
        for one in lists:
            writer.write(serialised(one))
    evaluation, blessing = standard_artifacts.ModelEvaluation(), standard_artifacts.ModelBlessing()
    evaluation.uri, blessing.uri = f"{folder}/evaluation", f"{folder}/blessing"
    inputs = {"examples": [examples], "model": [model], "baseline_model": [champion] if champion else []}
    config = proto_utils.proto_to_json(ranking_eval_config(feedback, settings))
    context = Executor.Context(beam_pipeline_args=list(beam_pipeline_args), tmp_dir=f"{folder}-tmp")
    Executor(context).Do(
        inputs, {"evaluation": [evaluation], "blessing": [blessing]}, {"eval_config": config}
    )
    return evaluation.uri, bool(blessing.get_int_custom_property("blessed"))
