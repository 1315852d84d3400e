"""Whether there is anything to run for."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.history import Night

if TYPE_CHECKING:
    from components.ingest.delivery import Delivery

TRAINED = ("pushed", "kept")


def reason_to_skip(delivery: "Delivery", config: str, nights: Sequence[Night]) -> str | None:
    """Why a run would only do again what was done before; None if it would not.

    There is something to do where a file has contents that the last night that trained had not read, or the
    config is another than then. What was refused since then is refused again only if nothing at all has
    changed: where a bad span was taken away, what came beside it has yet to be trained on.

    Args:
        delivery: what is there to be read.
        config: digest of the one in force.
        nights: so far, the oldest first.
    """
    refused, trained = _last_nights(nights)
    if refused and refused.contents == delivery.contents and refused.config == config:
        return (
            f"nothing has changed since {_time(refused)}, when this was refused; --force runs all the same; "
            f"what was said then: {refused.reason}"
        )
    if trained is None or trained.config != config or delivery.news(trained.contents.values()):
        return None
    return "; ".join((f"no new interactions since {_time(trained)}", *_remarks(delivery, trained)))


def _last_nights(nights: Sequence[Night]) -> tuple[Night | None, Night | None]:
    """The last one that was refused, if none has trained since, and the last one that trained."""
    refused = None
    for night in reversed(nights):
        if night.outcome in TRAINED:
            return refused, night
        if night.outcome == "rejected" and refused is None:
            refused = night
    return refused, None


def _remarks(delivery: "Delivery", trained: Night) -> Iterator[str]:
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


def _span_number(name: str) -> int:
    number = _span(name).removeprefix("span-")
    return int(number) if number.isdecimal() else -1


def _time(night: Night) -> str:
    return f"{night.at.astimezone():%Y-%m-%d %H:%M}"
