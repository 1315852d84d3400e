"""The search: hands trials to workers, asks after each epoch whether they go on, and ends on time."""

import json
import logging
import os
import shutil
import time
from typing import Any

from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial, TrialStatus

from models.errors import UserError
from models.interruption import ended_like_interrupted
from models.search.budget import Budget
from models.search.endings import no_worker, nothing_found
from models.search.messages import Epoch, Failed, Finished, Gone, Ready, Report, Task, TrialData, Unusable
from models.search.oracle import StructureOracle
from models.search.places import Places
from models.search.progress_log import ProgressLog
from models.search.report_file import ReportFile
from models.search.results import SEARCH_REPORT, EndedBy, Status
from models.search.running_trial import RunningTrial
from models.search.space import SearchSpace
from models.search.whole_file import write_whole
from models.search.workers import WorkerPool, visible_gpus, worker_count

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
"""The longest time without a look at the clock."""
SAVE_SECONDS = 5.0
"""Between two notes of the time that was used."""
MOST_STARTS = 3
"""A trial during which the process was killed so many times is not run again: it may have been the reason. A
process may also be killed twice for none of its trials' doing."""


class StructureTuner(BaseTuner):
    """KerasTuner's interface and files around trials that run side by side and can be cut off.

    All state is in `directory/project_name`: KerasTuner's, the seconds used so far, and `search.json` (see
    `SearchReport`). After an interruption, however abrupt, a tuner of the same folder goes on: it keeps the
    trials that have ended, and those that had not run again. A search that ended without any value is not
    gone on with, but begun anew.

    Args:
        oracle: what is tried.
        space: that the oracle draws from.
        data: what the trials learn from and are judged by.
        minutes: that the search may take from now on, with those before an interruption; None for any number.
        workers: how many trials run side by side; None for one per GPU or else per core.
        directory: local folder.
        project_name: folder of this search in it.
    """

    def __init__(
        self,
        oracle: StructureOracle,
        space: SearchSpace,
        data: TrialData,
        minutes: float | None,
        workers: int | None,
        directory: str,
        project_name: str,
    ):
        self.space = space
        self.data = data
        self._gpus = visible_gpus()
        self.workers = workers or worker_count(self._gpus)
        self._minutes = minutes
        self._budget = Budget(minutes, self.workers)
        self._places = Places(self.workers)
        self._asks = True  # whether the oracle may have a trial for a free worker
        self._running: dict[int, RunningTrial] = {}  # by the worker's place
        self._log = ProgressLog(oracle.max_trials, data)
        self._saved = time.monotonic()
        oracle.verbose = 0  # a trial is told in a line of ours
        path = os.path.join(directory, project_name, SEARCH_REPORT)
        self._report = ReportFile(path, data, self.workers)
        super().__init__(oracle, directory=directory, project_name=project_name)

    def search(self) -> None:
        """Searches until the budget is used up or everything was tried.

        Raises:
            UserError: if no trial comes to a value, no worker can be started, or the data is of no use.
            KeyboardInterrupt: at Ctrl-C, and at SIGTERM or SIGHUP if this is the main thread.
        """
        self.save()
        with ended_like_interrupted():
            ended_by = self._run_in_pool()
        report = self._report.write(self._budget, ended_by)
        if not report.ranked:
            raise nothing_found(report)

    def _run_in_pool(self) -> EndedBy:
        try:
            with WorkerPool(self.workers, self.data, self._gpus) as pool:
                return self._run(pool)
        finally:
            for running in self._running.values():  # of which none is to blame for what is raised
                if running.has_begun:
                    self.oracle.count_start(running.trial.trial_id, -1)
            self.save()

    def _run(self, pool: WorkerPool) -> EndedBy:
        """Keeps all workers busy, and ends with none."""
        while self._budget.left > 0:
            if self._asks:
                self._asks = False
                self._hand_out(pool)
            if not self._running:
                return self._end_of_trials()
            for place, report in pool.receive(self._patience()):
                self._take(pool, place, report)
            for place in self._slow():
                self._cut_off(pool, place, "It took its share of the time of the search.", too_slow=True)
            self._note_time()
        for place, report in pool.receive(0):
            self._take(pool, place, report)
        for place in [*self._running]:
            self._cut_off(pool, place, "The time of the search was used up.", too_slow=False)
        return "minutes"

    def _hand_out(self, pool: WorkerPool) -> None:
        """Gives each free worker a trial, if there is one."""
        for place in self._places.usable:
            while place not in self._running:
                trial = self.oracle.create_trial(f"worker{place}")
                if trial.status != TrialStatus.RUNNING:
                    return
                self._give(pool, place, trial)

    def _give(self, pool: WorkerPool, place: int, trial: Trial) -> None:
        origin = self.oracle.origins[trial.trial_id]
        running = self._running[place] = RunningTrial(trial, self._number(trial.trial_id), origin)
        if self.oracle.starts.get(trial.trial_id, 0) >= MOST_STARTS:
            self._end(place, "failed", "The search was killed three times while it ran.", 0.0)
            return
        values = trial.hyperparameters.values
        settings = self.space.settings(values).model_dump(mode="json")
        pool.train(place, Task(self.space.structure(values).to_dict(), settings))
        self._log.begun(running)
        if pool.is_ready(place):
            self._begin(running)

    def _begin(self, running: RunningTrial) -> None:
        running.begin()
        self.oracle.count_start(running.trial.trial_id)

    def _end_of_trials(self) -> EndedBy:
        """Why there is nothing more to run."""
        if self._places.usable:
            return "trials" if len(self.oracle.trials) >= self.oracle.max_trials else "space"
        reason = no_worker(self._places.reason, self.workers)
        if all(trial.value is None for trial in self._report.trials.values()):
            raise UserError(reason)
        logger.warning("The search ends early. %s", reason)
        return "workers"

    def _take(self, pool: WorkerPool, place: int, report: Report) -> None:
        running = self._running.get(place)
        if running is None:  # a worker that had nothing to do has ended; the next trial gets another
            return
        match report:
            case Ready():
                self._places.ready(place)
                self._asks = True  # there may be a place that waited for that
                self._begin(running)
            case Unusable(reason):
                raise UserError(reason)
            case Gone(reason, was_ready=False):
                self._places.died(place, reason)
                del self._running[place]
                self._asks = True
                self.oracle.run_again(running.trial.trial_id)
            case Epoch():
                self._take_epoch(pool, place, report)
            case Finished(seconds):
                halved = f"After epoch {len(running.curve)} it had no prospects of being the best."
                status: Status = "halved" if running.halved else "finished"
                self._end(place, status, halved if running.halved else None, seconds)
            case Failed(reason, seconds):
                self._end(place, "failed", reason, seconds)
            case Gone(reason):
                self._end(place, "failed", reason, running.seconds)

    def _take_epoch(self, pool: WorkerPool, place: int, epoch: Epoch) -> None:
        running = self._running[place]
        running.take(epoch)
        metrics = {self.data.objective: epoch.value}
        trial = self.oracle.update_trial(running.trial.trial_id, metrics, step=epoch.number)
        if not epoch.last:
            running.halved = trial.status == TrialStatus.STOPPED
            pool.answer(place, granted=not running.halved)
        self._log.epoch(running, self._budget)

    def _slow(self) -> list[int]:
        """The places of the trials that have taken as long as one may."""
        limit = self._budget.of_one_trial
        return [place for place, running in self._running.items() if running.elapsed >= limit]

    def _cut_off(self, pool: WorkerPool, place: int, reason: str, too_slow: bool) -> None:
        """Ends a trial in the middle of an epoch; the epochs before count.

        Args:
            pool: of the workers.
            place: of the trial's.
            reason: a sentence.
            too_slow: whether it had time enough, so that not to end an epoch is its own failure.
        """
        pool.discard(place)
        running = self._running[place]
        if not running.curve:
            reason = f"{reason} Its first epoch had not ended."
        failed = too_slow and not running.curve
        self._end(place, "failed" if failed else "out of time", reason, running.seconds)

    def _end(self, place: int, status: Status, reason: str | None, seconds: float) -> None:
        running = self._running.pop(place)
        self._asks = True
        result = running.result(status, reason, seconds, self.space, self.data.higher_is_better)
        self._report.trials[result.number] = result
        self._report.write(self._budget)  # first: an ended trial without a result would be lost
        trial = running.trial
        trial.status = TrialStatus.FAILED if result.value is None else TrialStatus.COMPLETED
        trial.message = reason
        self.on_trial_end(trial)
        self._log.ended(result, self._budget)

    def _patience(self) -> float:
        """Seconds until something has to be done though no worker says anything."""
        limit = self._budget.of_one_trial
        ends = [limit - running.elapsed for running in self._running.values()]
        return max(0.0, min(TICK_SECONDS, self._budget.left, *ends))

    def _note_time(self) -> None:
        self._log.time(self._budget)
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self._save_seconds()

    def save(self) -> None:
        """Writes everything down that `reload` needs."""
        self.oracle.save()
        self._save_seconds()

    def _save_seconds(self) -> None:
        self._saved = time.monotonic()
        taken = {"seconds": self._budget.seconds, "worker_seconds": self._budget.worker_seconds}
        write_whole(self._get_tuner_fname(), json.dumps(taken))

    def reload(self) -> None:
        """Reads what an interrupted search has left; a trial without a result runs again."""
        self._report.read()
        if self._report.came_to_nothing:
            logger.info("No trial of the search before came to a value; it begins anew.")
            self._report.trials = {}
            shutil.rmtree(self.project_dir)
            return
        super().reload()
        for trial_id in [*self.oracle.end_order]:
            if self._number(trial_id) not in self._report.trials:
                self.oracle.run_again(trial_id)
        ended = {self._number(trial_id) for trial_id in self.oracle.end_order}
        self._report.trials = {number: self._report.trials[number] for number in ended}
        self._log.resumed(self._report.trials.values())

    def _number(self, trial_id: str) -> int:
        return 1 + self.oracle.start_order.index(trial_id)

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes the seconds that were used before."""
        self._budget = Budget(self._minutes, self.workers, state["seconds"], state["worker_seconds"])
