"""Challenger against champion through the real Evaluator."""

from types import SimpleNamespace

import pytest

from components.evaluation.results import read_metrics
from components.evaluation.settings import EvaluationSettings
from components.evaluation.verdict import reasons

# Scores of the items 1 and 6 of user 0, in 17ths: 3 and 1 by multiplier 3, 5 and 13 by multiplier 5.
LIKES_1 = {"user": 0, "items": [1, 6], "labels": [1, 0]}
LIKES_6 = {"user": 0, "items": [1, 6], "labels": [0, 1]}


def test_worse_for_one_group_of_users(evaluate):
    """The challenger is right about 40 users whom the champion gets wrong, and wrong about 30 others."""
    lists = [
        *(SimpleNamespace(**LIKES_1, activity="1-9") for _ in range(40)),
        *(SimpleNamespace(**LIKES_6, activity="10-99") for _ in range(30)),
        *(SimpleNamespace(**LIKES_6, activity="100-999") for _ in range(5)),  # too few to tell
    ]
    uri, blessed = evaluate(lists, "implicit", 3, champion=5, settings=EvaluationSettings(top_k=1))
    assert not blessed
    assert reasons(uri) == [
        "ndcg_at_1 on user_activity=10-99 is worse than the champion's by at least 1, "
        "more than evaluation.max_regression = 0"
    ]
    assert read_metrics(uri) == pytest.approx({"hr_at_1": 40 / 75, "ndcg_at_1": 40 / 75})


def test_larger_errors(evaluate):
    """The error is 5/17 by multiplier 5 and 3/17 by multiplier 3: a loss of 0.1176."""
    lists = [SimpleNamespace(user=0, items=[1], labels=[0.0], activity="1-9") for _ in range(30)]
    settings = EvaluationSettings(max_regression=0.11)
    uri, blessed = evaluate(lists, "explicit", 5, champion=3, settings=settings)
    assert not blessed
    beyond = "is worse than the champion's by at least 0.1176, more than evaluation.max_regression = 0.11"
    assert reasons(uri) == [
        f"rmse over all users {beyond}",
        f"rmse on item_popularity=1-9 {beyond}",
        f"rmse on user_activity=1-9 {beyond}",
    ]
