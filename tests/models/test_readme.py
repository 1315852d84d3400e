"""The example of models/README.md works as it stands there."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.preparation import prepare
from models.settings import TrainSettings
from models.structure import Structure
from tests.models.conftest import planted


@pytest.fixture
def example(tmp_path, monkeypatch):
    readme = Path(__file__).parents[2] / "models" / "README.md"
    (code,) = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "my_fusions.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield code
    sys.modules.pop("my_fusions", None)


def test_a_fusion_of_ones_own_in_under_twenty_lines(example):
    assert len(example.splitlines()) < 20
    tower = {"input": "id", "embedding_size": 4}
    structure = Structure.from_dict(
        {
            "branches": [{"user": tower, "item": tower, "fusion": "my_fusions.Maximum"}],
            "prediction": {"kind": "non-linear"},
            "loss": {"kind": "bce"},
        }
    )
    assert structure.own_modules == ("my_fusions",)
    assert Structure.from_dict(structure.to_dict()) == structure
    prepared = prepare(structure, planted(), TrainSettings(), "implicit")
    prepared.model.fit(prepared.batches, verbose=0)

    nobody = tf.constant([0], tf.int64)
    user, item = prepared.model.represent_users(nobody), prepared.model.represent_items(nobody)
    weights, bias = prepared.model.prediction.affine()
    expected = np.maximum(user, item) @ weights.numpy() + bias.numpy()
    np.testing.assert_allclose(prepared.model.logits(user, item), expected, rtol=1e-5)
