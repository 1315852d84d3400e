import math

from models.search.budget import Budget


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


def test_seconds_before_an_interruption_count():
    clock = Clock(1000.0)
    budget = Budget(minutes=2.0, used=30.0, clock=clock)
    assert (budget.seconds, budget.left) == (30.0, 90.0)
    clock.now = 1075.0
    assert (budget.seconds, budget.left) == (105.0, 15.0)
    clock.now = 1100.0
    assert (budget.seconds, budget.left) == (130.0, -10.0)


def test_a_trial_may_take_an_eighth_of_the_time_of_all_workers():
    assert Budget(minutes=2.0).of_one_trial(workers=1) == 15.0
    assert Budget(minutes=2.0).of_one_trial(workers=3) == 45.0


def test_without_a_limit_nothing_is_used_up():
    budget = Budget(None, used=1e9)
    assert budget.left == budget.of_one_trial(4) == math.inf
