import numpy as np
import pytest

from pipeline.experiments.ledger import Ledger
from pipeline.experiments.results import Result


def test_a_value_is_made_once(tmp_path):
    ledger, made = Ledger(tmp_path / "kept"), []

    def make():
        made.append(1)
        return {"answer": 42}

    assert not ledger.has({"b": 1, "a": 2})
    assert ledger.get({"b": 1, "a": 2}, make) == {"answer": 42}
    assert Ledger(tmp_path / "kept").get({"a": 2, "b": 1}, make) == {"answer": 42}
    assert ledger.has({"a": 2, "b": 1})
    assert len(made) == 1


def test_what_failed_is_not_kept(tmp_path):
    ledger = Ledger(tmp_path)

    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.get("a", fail)
    assert not ledger.has("a")


def test_results_survive_the_ledger(tmp_path):
    result = Result("set", "mf", 2, "test", {"rmse": 0.9}, 1.5, {"epochs": 3}, np.array([0.5, 1.0]))
    values = Ledger(tmp_path).get("key", result.to_json)
    back = Result.from_json(values)
    assert back.user_ndcgs.tolist() == [0.5, 1.0]
    assert back.to_json() == result.to_json() == values
    assert Ledger(tmp_path).read("key") == values
