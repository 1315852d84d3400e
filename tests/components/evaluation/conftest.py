"""The real Evaluator over hand-made lists."""

import pytest

from tests.components.evaluation.executing import artifact, export, run


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Model artifacts by multiplier of the item's id."""
    folders = {multiplier: tmp_path_factory.mktemp(f"model-{multiplier}") for multiplier in (3, 5)}
    for multiplier, folder in folders.items():
        export(folder, multiplier)
    return {multiplier: artifact(folder) for multiplier, folder in folders.items()}


@pytest.fixture
def evaluate(models, tmp_path):
    """Runs the Evaluator's executor; answers the evaluation's address and whether the model was blessed."""

    def run_on(lists, feedback, challenger, champion=None, settings=None):
        return run(tmp_path, lists, feedback, models[challenger], models.get(champion), settings)

    return run_on
