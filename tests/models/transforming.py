"""Transform's real output over a few users, as the Trainer component would find it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io

from models.interactions import Interactions
from models.preprocessing import preprocessing_fn
from models.settings import Feedback
from schemas import schema_path

Values = Mapping[str, float]
"""By item."""


def raw(user: str, history: Values, candidates: Values | None = None) -> dict[str, list]:
    """The raw features of an Example; the values of `candidates` are their labels."""
    candidates = candidates or {}
    return {
        "user_id": [user.encode()],
        "item_ids": [item.encode() for item in history],
        "values": [*history.values()],
        "candidate_ids": [item.encode() for item in candidates],
        "labels": [*candidates.values()],
    }


def example(user: str, history: Values, candidates: Values | None = None) -> bytes:
    """The same, serialised; empty features are absent."""

    def feature(values):
        if isinstance(values[0], bytes):
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))

    present = {name: feature(values) for name, values in raw(user, history, candidates).items() if values}
    return tf.train.Example(features=tf.train.Features(feature=present)).SerializeToString()


def transformed(
    folder: Path,
    feedback: Feedback,
    train: Mapping[str, Values],
    held_out: Mapping[str, Values],
    analyze: Sequence[str] = ("train",),
) -> tft.TFTransformOutput:
    """Runs the real preprocessing_fn over two splits.

    Their transformed Examples are in `train.gz` and `eval.gz` of `folder`.

    Args:
        folder: where everything is written.
        feedback: whose schema it is.
        train: the histories by user.
        held_out: the labels of the candidates by user of the eval split, whose histories are those of train.
        analyze: the splits that the vocabularies are made of, "train" and "eval".
    """
    schema = text_format.Parse(Path(schema_path(feedback)).read_text(), schema_pb2.Schema())
    features = [feature for feature in schema.feature if feature.name in raw("", {})]
    del schema.feature[:]
    schema.feature.extend(features)
    metadata = dataset_metadata.DatasetMetadata(schema)
    examples = [raw(user, history) for user, history in train.items()]
    evaluation = [raw(user, train.get(user, {}), labels) for user, labels in held_out.items()]
    out = folder / "transform"
    with tft_beam.Context(temp_dir=str(folder / "tmp")):
        split = {"train": examples, "eval": evaluation}
        analyzed = [row for name in analyze for row in split[name]]
        transform_fn = (analyzed, metadata) | tft_beam.AnalyzeDataset(
            lambda inputs: preprocessing_fn(inputs, {"feedback": feedback})
        )
        train_out, out_metadata = ((examples, metadata), transform_fn) | tft_beam.TransformDataset()
        eval_out, _ = ((evaluation, metadata), transform_fn) | tft_beam.TransformDataset()
        transform_fn | tft_beam.WriteTransformFn(str(out))
    coder = tft.coders.ExampleProtoCoder(out_metadata.schema)
    for split, rows in (("train", train_out), ("eval", eval_out)):
        with tf.io.TFRecordWriter(str(folder / f"{split}.gz"), "GZIP") as writer:
            for row in rows:
                writer.write(coder.encode(row))
    metadata_io.write_metadata(metadata, str(out / "metadata"))
    return tft.TFTransformOutput(str(out))


def histories(interactions: Interactions) -> dict[str, dict[str, float]]:
    """What each user touched, with ids `u0`, `u1`, … and `i0`, `i1`, …"""
    users, items, values = interactions.pairs()
    found: dict[str, dict[str, float]] = {f"u{user}": {} for user in range(interactions.users)}
    for user, item, value in zip(users, items, values, strict=True):
        found[f"u{user}"][f"i{item}"] = float(value)
    return found


def index_of(transform: tft.TFTransformOutput, name: str) -> dict[str, int]:
    """The index of each id of the vocabulary `name`, in order."""
    return {value.decode(): index for index, value in enumerate(transform.vocabulary_by_name(name))}
