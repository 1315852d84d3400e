"""The search: hands trials to workers, asks after each epoch whether they go on, and ends on time."""

import json
import os
import time
from typing import Any

from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import TrialStatus

from models.errors import UserError
from models.search.budget import Budget
from models.search.messages import Epoch, Failed, Finished, Gone, Ready, Report, Task, TrialData, Unusable
from models.search.oracle import StructureOracle
from models.search.progress_log import ProgressLog
from models.search.report_file import EndedBy, ReportFile
from models.search.results import SEARCH_REPORT, SearchReport, Status
from models.search.running_trial import RunningTrial
from models.search.space import SearchSpace
from models.search.whole_file import write_whole
from models.search.workers import WorkerPool, visible_gpus, worker_count

TICK_SECONDS = 1.0
"""The longest time without a look at the clock."""
SAVE_SECONDS = 5.0
"""Between two notes of the time that was used."""


class StructureTuner(BaseTuner):
    """KerasTuner's interface and files around trials that run side by side and can be cut off.

    All state is in `directory/project_name`: KerasTuner's, the seconds used so far, and `search.json` (see
    `SearchReport`). After an interruption, however abrupt, a tuner of the same folder goes on: it keeps the
    trials that have ended, and those that had not run again.

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
        self._budget = Budget(minutes)
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
            UserError: if no trial comes to a value, or a worker cannot read the data.
        """
        self.save()
        try:
            with WorkerPool(self.workers, self.data, self._gpus) as pool:
                ended_by = self._run(pool)
        finally:
            self.save()
        report = self._report.write(self._budget.seconds, ended_by)
        if not report.ranked:
            raise _nothing_found(report)

    def _run(self, pool: WorkerPool) -> EndedBy:
        """Keeps all workers busy, and ends with none."""
        asked_after = -1
        while self._budget.left > 0:
            if asked_after != len(self.oracle.end_order):
                asked_after = len(self.oracle.end_order)
                self._hand_out(pool)
            if not self._running:
                return "trials" if len(self.oracle.trials) >= self.oracle.max_trials else "space"
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
        for place in range(len(pool)):
            if place in self._running:
                continue
            trial = self.oracle.create_trial(f"worker{place}")
            if trial.status != TrialStatus.RUNNING:
                return
            origin = self.oracle.origins[trial.trial_id]
            values = trial.hyperparameters.values
            settings = self.space.settings(values).model_dump(mode="json")
            pool.train(place, Task(self.space.structure(values).to_dict(), settings))
            self._running[place] = RunningTrial(
                trial, self._number(trial.trial_id), origin, begun=pool.is_ready(place)
            )
            self._log.begun(self._running[place])

    def _take(self, pool: WorkerPool, place: int, report: Report) -> None:
        running = self._running[place]
        match report:
            case Ready():
                running.begin()
            case Unusable(reason):
                raise UserError(reason)
            case Gone(reason, was_ready=False):
                raise UserError(
                    f"A worker of the search ended before it had read the data. {reason} If there is not "
                    f"enough memory for search.workers = {self.workers}, set fewer; ended trials are kept."
                )
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
        limit = self._budget.of_one_trial(self.workers)
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
        result = running.result(status, reason, seconds, self.space, self.data.higher_is_better)
        self._report.trials[result.number] = result
        self._report.write(self._budget.seconds)  # first: an ended trial without a result would be lost
        trial = running.trial
        trial.status = TrialStatus.FAILED if result.value is None else TrialStatus.COMPLETED
        trial.message = reason
        self.on_trial_end(trial)
        self._log.ended(result, self._budget)

    def _patience(self) -> float:
        """Seconds until something has to be done though no worker says anything."""
        limit = self._budget.of_one_trial(self.workers)
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
        write_whole(self._get_tuner_fname(), json.dumps({"seconds": self._budget.seconds}))

    def reload(self) -> None:
        """Reads what an interrupted search has left; a trial without a result runs again."""
        super().reload()
        oracle = self.oracle
        # One that was drawn in the very moment of the interruption is not known to the oracle.
        oracle.trials = {trial_id: oracle.trials[trial_id] for trial_id in oracle.start_order}
        self._report.read()
        for trial_id in [*oracle.end_order]:
            if self._number(trial_id) not in self._report.trials:
                oracle.end_order.remove(trial_id)
                oracle._retry_queue.append(trial_id)
        ended = {self._number(trial_id) for trial_id in oracle.end_order}
        self._report.trials = {number: self._report.trials[number] for number in ended}
        self._log.resumed(self._report.trials.values())

    def _number(self, trial_id: str) -> int:
        return 1 + self.oracle.start_order.index(trial_id)

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes the seconds that were used before."""
        self._budget = Budget(self._minutes, state["seconds"])


def _nothing_found(report: SearchReport) -> UserError:
    reason = report.trials[0].reason if report.trials else "There was no time for any."
    return UserError(
        f"None of the {len(report.trials)} trials of the search came to a value of {report.objective}. The "
        f"first: {reason} Give the search more search.minutes, or restrict search.space to structures that "
        "this data allows."
    )
