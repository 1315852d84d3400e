"""Files of Examples."""

import uuid
from collections.abc import Iterable

import tensorflow as tf

from components import storage

_RUN_LENGTHS = 3  # zlib's Z_RLE: 0.6 times the time of level 1's own strategy, 1.25 times the size
_OPTIONS = tf.io.TFRecordOptions(
    compression_type="GZIP", compression_level=1, compression_strategy=_RUN_LENGTHS
)


def split_folder(examples_uri: str, split: str) -> str:
    """Where the files of `split` are."""
    return storage.join(examples_uri, f"Split-{split}")


def write_shard(examples_uri: str, split: str, shard: int, shards: int, examples: Iterable[bytes]) -> None:
    """Write one gzip TFRecord file, whole or not at all, also if two workers write it at once."""
    staging = storage.join(examples_uri, "staging")
    folder = split_folder(examples_uri, split)
    for each in (staging, folder):
        tf.io.gfile.makedirs(each)
    staged = storage.join(staging, uuid.uuid4().hex)
    with tf.io.TFRecordWriter(staged, _OPTIONS) as writer:
        for example in examples:
            writer.write(example)
    name = f"data_tfrecord-{shard:05d}-of-{shards:05d}.gz"
    tf.io.gfile.rename(staged, storage.join(folder, name), overwrite=True)


def remove_staging(examples_uri: str) -> None:
    """Remove what `write_shard` needed on the way."""
    staging = storage.join(examples_uri, "staging")
    if tf.io.gfile.exists(staging):
        tf.io.gfile.rmtree(staging)
