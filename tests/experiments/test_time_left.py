from pipeline.experiments.dataset import Dataset
from pipeline.experiments.experiment import Finished
from pipeline.experiments.results import Result
from pipeline.experiments.time_left import TimeLeft
from pipeline.experiments.trial import Trial


class Named:
    def __init__(self, name, seeded=True):
        self.name, self.seeded = name, seeded


QUICK, SLOW, OTHER = Named("popularity", seeded=False), Named("mf"), Named("gmf")
DATA = Dataset("data", lambda: None)
TRIALS = [Trial(DATA, QUICK, 1), *(Trial(DATA, row, seed) for row in (SLOW, OTHER) for seed in (1, 2))]


def finished(number, choosing, training):
    return Finished(
        TRIALS[number], [Result("data", "", 1, "validation", {}, 7.0, {})], "", False, choosing, training
    )


def test_the_choice_counts_once_and_what_is_unknown_as_the_mean_of_what_has_seeds():
    left = TimeLeft(TRIALS)
    left.count(finished(0, 1.0, 1.0))
    assert left.seconds(1) is None
    assert left.text(1) == ""
    left.count(finished(1, 100.0, 20.0))
    # One more training of mf; of gmf a choice and two trainings.
    assert left.seconds(2) == 20 + 100 + 20 + 20
    assert left.text(2) == "about 3 min left"
    left.count(finished(2, 0.0, 40.0))
    assert left.seconds(3) == 100 + 30 + 30
    left.count(finished(3, 10.0, 50.0))
    assert left.text(4) == "about 50 s left"
    left.count(finished(4, 0.0, 50.0))
    assert left.text(5) == ""


def test_what_was_done_before_teaches_by_its_seconds():
    left = TimeLeft(TRIALS)
    left.count(finished(1, 0.0, 0.0)._replace(kept=True))
    assert left.seconds(2) == 7 + 2 * 7
