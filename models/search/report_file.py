"""The report of a search, kept up to date while it runs."""

import os
from typing import Literal

from models.search.messages import TrialData
from models.search.results import SearchReport, TrialResult
from models.search.whole_file import write_whole

EndedBy = Literal["trials", "minutes", "space"]


class ReportFile:
    """`search.json` of one search.

    Args:
        path: of the file, in a folder that is there when it is written.
        data: says what the objective is.
        workers: how many trials run side by side.

    Attributes:
        trials: those that have ended, by number.
    """

    def __init__(self, path: str, data: TrialData, workers: int):
        self.trials: dict[int, TrialResult] = {}
        self._path = path
        self._data = data
        self._workers = workers

    def read(self) -> None:
        """Takes the trials that the file holds, if there is one."""
        if os.path.exists(self._path):
            with open(self._path, encoding="utf-8") as file:
                report = SearchReport.model_validate_json(file.read())
            self.trials = {trial.number: trial for trial in report.trials}

    def write(self, seconds: float, ended_by: EndedBy | None = None) -> SearchReport:
        """Writes the trials down, after so many seconds of the search."""
        report = SearchReport(
            objective=self._data.objective,
            higher_is_better=self._data.higher_is_better,
            trials=tuple(self.trials[number] for number in sorted(self.trials)),
            seconds=seconds,
            workers=self._workers,
            ended_by=ended_by,
        )
        write_whole(self._path, report.model_dump_json())
        return report
