"""CPU time of what runs side by side."""

import time

import pytest
from rich.console import Console

from benchmarks.stopwatch import alternate, cpu_seconds, spread


def test_sleep_takes_no_cpu_seconds():
    assert cpu_seconds(lambda: time.sleep(0.3)) < 0.1


def test_work_takes_cpu_seconds():
    def work() -> None:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    assert 0.05 <= cpu_seconds(work) < 0.3


def test_contenders_take_turns_and_the_first_run_does_not_count():
    calls: list[str] = []
    contenders = {name: lambda name=name: calls.append(name) for name in ("dense", "ours")}
    seconds = alternate(contenders, 2, Console(quiet=True))
    assert calls == ["dense", "ours"] * 3
    assert {name: len(each) for name, each in seconds.items()} == {"dense": 2, "ours": 2}


@pytest.mark.parametrize(
    ("seconds", "expected"), [([3.0, 1.0, 2.0], "2 (1 - 3)"), ([0.12345], "0.123 (0.123 - 0.123)")]
)
def test_spread_is_median_and_range(seconds, expected):
    assert spread(seconds) == expected
