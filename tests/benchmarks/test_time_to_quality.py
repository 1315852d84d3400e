"""When a course of training is over, and what counts of it."""

from benchmarks.time_to_quality import Epoch, best, train_until


def train(hit_rates: list[float], is_over, epochs: int = 10) -> list[Epoch]:
    rates = iter(hit_rates)
    return train_until(is_over, lambda: None, lambda: next(rates), epochs, lambda line: None)


def test_training_ends_with_the_epoch_that_passes():
    past = train([0.5, 0.9, 0.7], lambda past: past[-1].hit_rate > 0.88)
    assert [(epoch.number, epoch.hit_rate) for epoch in past] == [(1, 0.5), (2, 0.9)]
    assert 0 <= past[0].seconds <= past[1].seconds < 0.5


def test_training_ends_with_the_last_epoch_allowed():
    assert len(train([0.5, 0.6, 0.7], lambda past: False, epochs=3)) == 3


def test_the_first_of_equally_good_epochs_is_the_best():
    past = [Epoch(1, 10.0, 0.8), Epoch(2, 20.0, 0.9), Epoch(3, 30.0, 0.9)]
    assert best(past) == past[1]
