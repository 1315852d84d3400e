"""Times of a crontab, as Kubeflow Pipelines reads them: seconds first, and Sunday is 0."""

import datetime

import pytest

from models.errors import UserError
from pipeline.kubeflow.cron import kubeflow_cron, next_run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 3 * * *", "0 0 3 * * *"),
        ("@daily", "0 0 0 * * *"),
        ("@weekly", "0 0 0 * * 0"),
        ("*/15 8-10 * * *", "0 */15 8,9,10 * * *"),
        ("0 3 * * 7", "0 0 3 * * 0"),
        ("0 3 * * fri-7", "0 0 3 * * 0,5,6"),
        ("0 3 1 jan-dec/6 *", "0 0 3 1 1,7 *"),
        ("0 3 */2 * mon", "0 0 3 */2 * 1"),  # a star leaves the weekday to decide
        ("0 3 * * */2,7", "0 0 3 * * */2,0,2,4,6"),
    ],
)
def test_six_fields(text, expected):
    assert kubeflow_cron(text) == expected


def test_times_that_never_come():
    with pytest.raises(UserError, match="never comes"):
        kubeflow_cron("0 3 31 2 *")


def test_next_run():
    due = next_run("0 0 9 ? * 1")
    assert (due.weekday(), due.hour, due.minute, due.utcoffset()) == (0, 9, 0, datetime.timedelta(0))
    assert due > datetime.datetime.now(datetime.timezone.utc)


@pytest.mark.parametrize("cron", ["", "30 0 3 * * *", "0 0 3 L * *"])
def test_unknown_to_us(cron):
    assert next_run(cron) is None
