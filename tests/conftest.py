"""Fixtures of the whole suite, and how its processes share it."""

import pytest
from xdist.scheduler import LoadScopeScheduling

import models  # noqa: F401 - chooses Keras 2 before any test imports TensorFlow
from tests.object_store import bucket, object_store  # noqa: F401 - fixtures

TOGETHER = (
    (
        "tests/pipeline/test_cli_bulk.py",
        "tests/pipeline/test_end_to_end.py",
        "tests/pipeline/test_refused_runs.py",
    ),
    ("tests/models/test_preset_contract.py", "tests/models/test_served_presets.py"),
    ("tests/models/test_run_fn.py", "tests/models/test_workers.py"),
)
"""Files with the same slow fixtures, which one process makes for all of them."""


class WholeFiles(LoadScopeScheduling):
    """A process takes all tests of a file, since they share its fixtures, or of all files of a line above."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((files[0] for files in TOGETHER if file in files), file)


@pytest.hookimpl(optionalhook=True)  # `-p no:xdist` knows no such hook
def pytest_xdist_make_scheduler(config: pytest.Config, log) -> WholeFiles:
    """Asked once, if there are processes."""
    config.option.loadscopereorder = False  # by the number of tests, of which slow files have few
    return WholeFiles(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow files come first where processes share the suite: they end together if what is left is quick."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)
