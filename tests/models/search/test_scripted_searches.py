"""Searches whose workers say what a test has written down; there is no process and no model."""

import contextlib
import itertools
import logging
import shutil
import signal
import threading
from functools import partial

import pytest

from models.errors import UserError
from models.search.budget import Budget
from models.search.messages import Epoch, Failed, Finished, Gone, Ready, TrialData, Unusable
from tests.models.search.searching import make_tuner, report_of

DATA = TrialData(("train",), ("eval",), users=60, items=40, feedback="implicit", top_k=10)
OUT_OF_MEMORY = Gone("It was killed.", was_ready=False)


class ScriptedPool(contextlib.AbstractContextManager):
    """Workers that say one thing after another.

    Args:
        places: how many there are.
        ready: whether they have read the data, without a word.
        script: (place, report), one for each time that the search listens; or a function to call instead.

    Attributes:
        given: the places that trials were given to.
    """

    def __init__(self, places, script, ready=True):
        self.places, self.script, self.ready = places, iter(script), ready
        self.given = []

    def __len__(self):
        return self.places

    def __exit__(self, *exception):
        return None

    def train(self, place, task):
        self.given.append(place)

    def is_ready(self, place):
        return self.ready

    def discard(self, place):
        pass

    def receive(self, seconds):
        said = next(self.script)
        if isinstance(said, tuple):
            return [said]
        said()
        return []


class Clock:
    """As of `time.monotonic`."""

    now = 0.0

    def __call__(self):
        return self.now

    def put_on(self, seconds):
        self.now += seconds


@pytest.fixture
def play(monkeypatch, tmp_path):
    """Makes a search of a script: a function that runs it and returns the pool."""

    def run(script, *, places=1, ready=True, trials=2, folder=tmp_path, budget=None):
        pool = ScriptedPool(places, script, ready)
        monkeypatch.setattr("models.search.tuner.WorkerPool", lambda *arguments: pool)
        tuner = make_tuner(folder, DATA, trials=trials, workers=places)
        if budget is not None:
            tuner._budget = budget
        tuner.search()
        return pool

    return run


def trained(place, value=0.5):
    """A trial of one epoch, and three of eight seconds."""
    return [(place, Epoch(1, value, 2.0, last=True)), (place, Finished(3.0))]


def told(folder):
    return [(trial.number, trial.status, trial.value) for trial in report_of(folder).trials]


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (
            Failed("It was ill.", 0.1),
            "None of the 3 trials of the search came to a value of ndcg_at_10. The first: It was ill. Give "
            "the search more search.minutes, or restrict search.space to structures that this data allows.",
        ),
        (Unusable("The train split is empty."), "The train split is empty."),
        (
            OUT_OF_MEMORY,
            "A worker of the search ended before it had read the data. It was killed. If there is not enough "
            "memory for search.workers = 1, set fewer; ended trials are kept.",
        ),
    ],
)
def test_a_search_without_any_value_says_why(play, report, message):
    with pytest.raises(UserError) as error:
        play([(0, report)] * 3, trials=3)
    assert str(error.value) == message


def test_a_worker_that_ends_with_nothing_to_do_is_no_matter(play, tmp_path):
    play([*trained(0), (0, Gone("It was killed.", was_ready=True)), *trained(1, 0.6)], places=2)
    assert told(tmp_path) == [(1, "finished", 0.5), (2, "finished", 0.6)]


class TestWorkersThatDieWhileTheyStart:
    def test_the_trial_is_run_by_the_next_one(self, play, tmp_path):
        script = [(0, Ready()), (1, OUT_OF_MEMORY), (1, Ready()), *trained(1), *trained(0)]
        assert play(script, places=2, ready=False).given == [0, 1, 1]
        assert told(tmp_path) == [(1, "finished", 0.5), (2, "finished", 0.5)]
        assert [trial.seconds for trial in report_of(tmp_path).trials] == [3.0, 3.0]

    def test_after_two_the_place_is_given_up(self, play, tmp_path):
        script = [(0, Ready()), (1, OUT_OF_MEMORY), (1, OUT_OF_MEMORY), *trained(0), (0, Ready())]
        assert play([*script, *trained(0, 0.6)], places=2, ready=False).given == [0, 1, 1, 0]
        assert told(tmp_path) == [(1, "finished", 0.5), (2, "finished", 0.6)]

    def test_no_other_is_started_before_one_was_ready(self, play):
        script = [(1, OUT_OF_MEMORY), (0, Ready()), (1, Ready()), *trained(0), *trained(1)]
        assert play(script, places=2, ready=False).given == [0, 1, 1]

    def test_all_of_them(self, play, tmp_path):
        with pytest.raises(UserError, match=r"It was killed\. .* search\.workers = 2"):
            play([(1, OUT_OF_MEMORY), (0, OUT_OF_MEMORY)], places=2, ready=False)
        # Nothing is said against the trials by that.
        assert play([(0, Ready()), *trained(0), *trained(0)], ready=False).given == [0, 0]
        assert [number for number, *_ in told(tmp_path)] == [1, 2]

    def test_what_was_found_before_is_kept(self, play, tmp_path, caplog):
        script = [(0, Ready()), *trained(0), (0, OUT_OF_MEMORY), (0, OUT_OF_MEMORY)]
        assert play(script, ready=False).given == [0, 0, 0]
        assert told(tmp_path) == [(1, "finished", 0.5)]
        assert report_of(tmp_path).ended_by == "workers"
        [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert warning.startswith("The search ends early. A worker of the search ended before it had read")

    def test_behind_the_deadline_it_is_no_matter(self, play, tmp_path):
        clock = Clock()
        budget = Budget(minutes=1.0, workers=1, clock=clock)
        script = [(0, Ready()), *trained(0), partial(clock.put_on, 61.0), (0, OUT_OF_MEMORY)]
        play(script, ready=False, budget=budget)
        assert told(tmp_path) == [(1, "finished", 0.5)]
        assert report_of(tmp_path).ended_by == "minutes"


class TestInterruptions:
    def interrupt(self):
        raise KeyboardInterrupt

    def test_what_was_killed_three_times_is_not_run_a_fourth_time(self, play, tmp_path):
        """A folder's copy is what is left by a process that was killed in that moment."""
        folders = [tmp_path / name for name in "abcd"]
        for before, after in itertools.pairwise(folders):
            with pytest.raises(KeyboardInterrupt):
                play([partial(shutil.copytree, before, after), self.interrupt], folder=before)
        assert play(trained(0), folder=folders[-1]).given == [0]
        assert told(folders[-1]) == [(1, "failed", None), (2, "finished", 0.5)]
        reason = report_of(folders[-1]).trials[0].reason
        assert reason == "The search was killed three times while it ran."

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_command_that_was_interrupted_is_no_fault_of_the_trial(self, play, tmp_path, number):
        before = signal.getsignal(number)
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                play([partial(signal.raise_signal, number)])
            assert signal.getsignal(number) == before
        play([*trained(0), *trained(0)])
        assert told(tmp_path) == [(1, "finished", 0.5), (2, "finished", 0.5)]

    def test_in_a_thread_no_signal_is_taken(self, play, tmp_path):
        thread = threading.Thread(target=play, args=([*trained(0), *trained(0)],))
        thread.start()
        thread.join()
        assert told(tmp_path) == [(1, "finished", 0.5), (2, "finished", 0.5)]

    def test_with_another_number_of_workers(self, play, tmp_path):
        clock = Clock()
        script = [*trained(0), partial(clock.put_on, 10.0), self.interrupt]
        with pytest.raises(KeyboardInterrupt):
            play(script, places=3, trials=4, budget=Budget(None, workers=3, clock=clock))
        assert report_of(tmp_path).worker_seconds == 0.0
        play([*trained(0)] * 3, trials=4)
        report = report_of(tmp_path)
        assert report.workers == 1
        assert (report.seconds, report.worker_seconds) == pytest.approx((10.0, 30.0), abs=5)
        assert report.worker_seconds - report.seconds == pytest.approx(20.0)
        assert report.overhead == 1 - 12.0 / report.worker_seconds

    def test_a_search_in_which_all_failed_is_begun_anew(self, play, tmp_path, caplog):
        with pytest.raises(UserError):
            play([(0, Failed("The disk was full.", 0.1))] * 2, budget=Budget(None, workers=1, seconds=100.0))
        caplog.set_level(logging.INFO, logger="models.search.tuner")
        assert play([*trained(0), *trained(0)]).given == [0, 0]
        assert told(tmp_path) == [(1, "finished", 0.5), (2, "finished", 0.5)]
        assert report_of(tmp_path).seconds < 100
        assert "No trial of the search before came to a value; it begins anew." in caplog.messages

    def test_a_search_with_a_value_is_not_begun_anew(self, play, tmp_path):
        play([*trained(0), (0, Failed("The disk was full.", 0.1))])
        assert play([]).given == []
        assert told(tmp_path) == [(1, "finished", 0.5), (2, "failed", None)]
