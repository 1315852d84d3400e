"""Whether there is anything to run for."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pipeline.schedule.memory import Memory, Reading

if TYPE_CHECKING:
    from components.ingest.delivery import Delivery


def reason_to_skip(delivery: "Delivery", config: str, memory: Memory, spans: int | None) -> str | None:
    """Why a run would only do again what was done before; None if it would not.

    There is something to do where a file has contents that the last night that trained had not read, where
    one that it had read was taken away, or the config is another than then. What was refused since then is
    refused again only if nothing at all has changed: where a bad span was taken away, what came beside it
    has yet to be trained on.

    Args:
        delivery: what is there to be read.
        config: digest of the one in force.
        memory: of the nights before.
        spans: how many of the last ones are read; None for all.
    """
    refused, trained = memory.refused, memory.trained
    if refused and refused.contents == delivery.contents and refused.config == config:
        return (
            f"nothing has changed since {_time(refused)}, when this was refused; --force runs all the same; "
            f"what was said then: {refused.reason}"
        )
    if trained is None or trained.config != config or delivery.news(trained.contents.values()):
        return None
    if _taken_away(delivery, trained, spans):
        return None
    return "; ".join((f"no new interactions since {_time(trained)}", *_remarks(delivery, trained)))


def _taken_away(delivery: "Delivery", trained: Reading, spans: int | None) -> list[str]:
    """The files that were read, and neither left the window by growing old nor are being written anew."""
    complete = _numbers((*delivery.contents, *delivery.empty))
    oldest = min(complete, default=-1) if spans is not None and len(complete) >= spans else -1
    return [
        name
        for name, digest in trained.contents.items()
        if digest not in delivery.contents.values()
        and _span(name) not in delivery.waiting
        and not -1 < _span_number(name) < oldest
    ]


def _remarks(delivery: "Delivery", trained: Reading) -> Iterator[str]:
    """What became of every span that is there and yet is no news."""
    newest = max(map(_span_number, trained.contents), default=-1)
    for span in delivery.empty:
        if _span_number(span) > newest:
            yield f"{span} has no rows"
    for name in delivery.contents:
        if name not in trained.contents:
            yield f"{_span(name)} is a copy of what was read before"
    for span in delivery.waiting:
        yield f"{span} waits for _SUCCESS"


def _span(name: str) -> str:
    """The folder of a file in a span; the file itself where there are no spans."""
    return name.partition("/")[0]


def _numbers(names: Iterable[str]) -> list[int]:
    return [number for number in map(_span_number, names) if number >= 0]


def _span_number(name: str) -> int:
    number = _span(name).removeprefix("span-")
    return int(number) if number.isdecimal() else -1


def _time(reading: Reading) -> str:
    return f"{reading.at.astimezone():%Y-%m-%d %H:%M}"
