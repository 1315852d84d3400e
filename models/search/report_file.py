"""The report of a search, kept up to date while it runs."""

import os

from models.search.budget import Budget
from models.search.messages import TrialData
from models.search.results import EndedBy, SearchReport, TrialResult
from models.search.whole_file import write_whole


class ReportFile:
    """`search.json` of one search.

    Args:
        path: of the file, in a folder that is there when it is written.
        data: says what the objective is.
        workers: how many trials run side by side from now on.

    Attributes:
        trials: those that have ended, by number.
        came_to_nothing: whether the search that was read has ended, and no trial of it has a value.
    """

    def __init__(self, path: str, data: TrialData, workers: int):
        self.trials: dict[int, TrialResult] = {}
        self.came_to_nothing = False
        self._path = path
        self._data = data
        self._workers = workers

    def read(self) -> None:
        """Takes the trials that the file holds, if there is one."""
        if os.path.exists(self._path):
            with open(self._path, encoding="utf-8") as file:
                report = SearchReport.model_validate_json(file.read())
            self.trials = {trial.number: trial for trial in report.trials}
            self.came_to_nothing = report.ended_by is not None and not report.ranked

    def write(self, budget: Budget, ended_by: EndedBy | None = None) -> SearchReport:
        """Writes the trials down, and what of the budget they took."""
        report = SearchReport(
            objective=self._data.objective,
            higher_is_better=self._data.higher_is_better,
            trials=tuple(self.trials[number] for number in sorted(self.trials)),
            seconds=budget.seconds,
            worker_seconds=budget.worker_seconds,
            workers=self._workers,
            ended_by=ended_by,
        )
        write_whole(self._path, report.model_dump_json())
        return report
