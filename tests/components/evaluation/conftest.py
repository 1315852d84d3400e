"""The real Evaluator over hand-made lists."""

import pytest
import tensorflow as tf
from tfx.components.evaluator.executor import Executor
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from components.evaluation.eval_config import ranking_eval_config
from tests.components.evaluation.scoring import IdScorer, serialised


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Model artifacts by multiplier of the item's id."""

    def export(multiplier):
        artifact = standard_artifacts.Model()
        artifact.uri = str(tmp_path_factory.mktemp(f"model-{multiplier}"))
        model = IdScorer(multiplier)
        tf.saved_model.save(
            model, f"{artifact.uri}/Format-Serving", signatures={"serving_default": model.serve}
        )
        return artifact

    return {multiplier: export(multiplier) for multiplier in (3, 5)}


@pytest.fixture
def evaluate(models, tmp_path):
    """Runs the Evaluator's executor; answers the evaluation's address and whether the model was blessed."""

    def run(lists, feedback, challenger, champion=None, settings=None):
        examples = standard_artifacts.Examples()
        examples.uri = str(tmp_path)
        examples.split_names = artifact_utils.encode_split_names(["eval"])
        tf.io.gfile.makedirs(f"{tmp_path}/Split-eval")
        with tf.io.TFRecordWriter(f"{tmp_path}/Split-eval/examples.gz", options="GZIP") as writer:
            for one in lists:
                writer.write(serialised(one))
        evaluation, blessing = standard_artifacts.ModelEvaluation(), standard_artifacts.ModelBlessing()
        evaluation.uri, blessing.uri = f"{tmp_path}/evaluation", f"{tmp_path}/blessing"
        inputs = {"examples": [examples], "model": [models[challenger]], "baseline_model": []}
        if champion is not None:
            inputs["baseline_model"] = [models[champion]]
        config = proto_utils.proto_to_json(ranking_eval_config(feedback, settings))
        Executor(BaseBeamExecutor.Context(beam_pipeline_args=["--runner=DirectRunner"])).Do(
            inputs, {"evaluation": [evaluation], "blessing": [blessing]}, {"eval_config": config}
        )
        return evaluation.uri, bool(blessing.get_int_custom_property("blessed"))

    return run
