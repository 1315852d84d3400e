"""Signals that end a process."""

import signal

import pytest

from models.interruption import ended_like_interrupted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_further_signals_do_not_cut_off_the_end(number):
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    done = []

    @ended_like_interrupted()
    def end():
        try:
            signal.raise_signal(number)
        finally:
            for another in before:
                signal.raise_signal(another)
                done.append(another)

    with pytest.raises(KeyboardInterrupt):
        end()
    assert done == [signal.SIGTERM, signal.SIGHUP]
    assert {each: signal.getsignal(each) for each in before} == before


def test_hangups_that_nohup_ignores_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_like_interrupted():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
