import math

from models.search.budget import Budget


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


def test_seconds_before_an_interruption_count():
    clock = Clock(1000.0)
    budget = Budget(minutes=2.0, workers=1, seconds=30.0, clock=clock)
    assert (budget.seconds, budget.left) == (30.0, 90.0)
    clock.now = 1075.0
    assert (budget.seconds, budget.left) == (105.0, 15.0)
    clock.now = 1100.0
    assert (budget.seconds, budget.left) == (130.0, -10.0)


def test_seconds_of_workers_count_with_the_number_that_there_was():
    clock = Clock(1000.0)
    budget = Budget(minutes=None, workers=3, seconds=30.0, worker_seconds=40.0, clock=clock)
    clock.now = 1020.0
    assert (budget.seconds, budget.worker_seconds) == (50.0, 100.0)


def test_a_trial_may_take_a_twelfth_of_the_time_of_all_workers():
    assert Budget(minutes=2.0, workers=1).of_one_trial == 10.0
    assert Budget(minutes=2.0, workers=3).of_one_trial == 30.0


def test_without_a_limit_nothing_is_used_up():
    budget = Budget(None, workers=4, seconds=1e9)
    assert budget.left == budget.of_one_trial == math.inf
