"""What is skipped for want of a package index, and what fails."""

import pytest

from tests.package_index import run_or_skip


def failing(words):
    return ["bash", "-c", f'echo "{words}" >&2; exit 2']


@pytest.mark.parametrize(
    "words",
    [
        "error: Failed to fetch: http://127.0.0.1:9/simple/numpy/",
        "cause: HTTP status server error (503 Service Unavailable)",
        "hint: Packages were unavailable because the network was disabled.",
    ],
)
def test_index_that_does_not_answer_skips(words):
    with pytest.raises(pytest.skip.Exception, match="no package index can be reached"):
        run_or_skip(failing(words))


@pytest.mark.parametrize(
    "words", ["Hash mismatch for numpy==1.26.4", "numpy was not found in the package registry"]
)
def test_wrong_requirements_fail(words):
    with pytest.raises(AssertionError, match=words):
        run_or_skip(failing(words))


def test_index_that_never_answers_skips():
    with pytest.raises(pytest.skip.Exception, match=r"no answer in 0\.1 s"):
        run_or_skip(["sleep", "30"], timeout=0.1)


def test_gives_what_was_said():
    assert run_or_skip(["bash", "-c", "echo Would install 3 packages >&2"]) == "Would install 3 packages\n"
