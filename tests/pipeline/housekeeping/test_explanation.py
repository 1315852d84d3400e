"""Which errors of a run are told in a sentence, and what the sentence names."""

import errno
import os

import pytest

from components import storage
from pipeline.housekeeping.explanation import explain_error

FREE_SOME = (
    "free some, or keep less of the past (retention.versions, retention.runs), and run the same command "
    "again."
)


def test_full_disk_in_python():
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/deployment/of/artifacts/model")
    assert explain_error(error) == f"There is no space left for /deployment/of/artifacts/model: {FREE_SOME}"


def test_full_disk_without_a_name():
    assert (
        explain_error(OSError(errno.EDQUOT, "Disk quota exceeded"))
        == f"There is no space left on the disk: {FREE_SOME}"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        # TensorFlow, Beam, and ML Metadata
        (
            "{{function_node x}} /r/model/variables; No space left on device [Op:SaveV2]",
            "for /r/model/variables",
        ),
        ("OSError: [Errno 28] No space left on device [while running 'Write']", "on the disk"),
        ("Error when executing query: database or disk is full query: INSERT INTO `Event`", "on the disk"),
    ],
)
def test_full_disk_in_other_words(text, place):
    assert explain_error(RuntimeError(text)) == f"There is no space left {place}: {FREE_SOME}"


def test_what_was_handled_counts_too():
    error = ValueError("on the way out")
    error.__context__ = OSError(errno.ENOSPC, "No space left on device", "/x")
    assert explain_error(error) == f"There is no space left for /x: {FREE_SOME}"


def test_locked_store():
    sentence = explain_error(RuntimeError("Cannot execute query: database is locked query: SELECT"))
    assert sentence.startswith("The metadata store (metadata.sqlite below the root) is locked")


@pytest.mark.parametrize(
    "text",
    [
        "SavedModel file does not exist at: /r/champion/8/Format-Serving/{saved_model.pbtxt|saved_model.pb}",
        "[Errno 2] No such file or directory: '/r/champion/8/Format-Serving/assets.extra/warm_start/ids'",
        "[Errno 2] No such file or directory: 's3://bucket/r/champion/8'",
        "s3://bucket/r/champion/8/Format-Serving/saved_model.pb does not exist",
        "/s3/bucket/r/champion/8: No such file or directory",
    ],
)
def test_champion_that_was_withdrawn(text):
    assert explain_error(RuntimeError(text)).startswith("The champion was withdrawn while this run")


def test_copy_of_a_champion_that_was_withdrawn(tmp_path, bucket):
    for root in (str(tmp_path), bucket):
        with pytest.raises(FileNotFoundError) as raised:
            storage.copy_tree(f"{root}/champion/8", str(tmp_path / "copy"))
        assert explain_error(raised.value).startswith("The champion was withdrawn while this run")


def test_other_errors_are_not_explained():
    assert explain_error(ValueError("/r/champion/8/Format-Serving has other shapes")) is None
    assert explain_error(ValueError("/r/artifacts/Trainer/model/8 does not exist")) is None
    assert explain_error(ValueError("/r/champion/8th.csv does not exist")) is None
    assert explain_error(ValueError("shapes do not match")) is None
    assert explain_error(OSError(errno.ENOENT, "No such file or directory", "/x")) is None
    error = ValueError("its own cause")
    error.__cause__ = error
    assert explain_error(error) is None
