"""The component's executor, run as TFX would."""

import glob
import os

import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.ingest.executor import Executor


def run(component, uri, *beam_pipeline_args):
    """Execute `component`; returns the examples."""
    return run_both(component, uri, *beam_pipeline_args)[0]


def run_both(component, uri, *beam_pipeline_args):
    """Execute `component`; returns the examples and the span_examples."""
    examples, span_examples = standard_artifacts.Examples(), standard_artifacts.Examples()
    examples.uri, span_examples.uri = str(uri), f"{uri}-spans"
    context = Executor.Context(
        beam_pipeline_args=list(beam_pipeline_args), tmp_dir=str(uri) + "-tmp", unique_id="1"
    )
    outputs = {"examples": [examples], "span_examples": [span_examples]}
    Executor(context).Do({}, outputs, dict(component.exec_properties))
    return examples, span_examples


def read(examples, split):
    """{user: Example} of one split."""
    files = sorted(glob.glob(os.path.join(artifact_utils.get_split_uri([examples], split), "*")))
    records = tf.data.TFRecordDataset(files, compression_type="GZIP").as_numpy_iterator()
    parsed = map(tf.train.Example.FromString, records)
    return {example.features.feature["user_id"].bytes_list.value[0].decode(): example for example in parsed}
