"""How the report is to be read, as sentences."""

from collections import Counter

from models.search.results import SearchReport
from pipeline.tuning.slot_effects import MOST_MEDIANS, Effects, is_cut_short

_ENDINGS = {
    "trials": "it ended with its trials",
    "minutes": "it ended with its time",
    "space": "it ended because nothing else was left to try",
    "workers": "it ended early, for its workers could not be started any more",
    None: "it runs, or was interrupted",
}


def headline(report: SearchReport) -> str:
    """How many trials, of which status, in which time, and what ended the search."""
    counts = Counter(trial.status for trial in report.trials)
    told = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    workers = f" on {report.workers} workers" if report.workers > 1 else ""
    return (
        f"{_number(len(report.trials), 'trial')} in {duration(report.seconds)}{workers}"
        f"{f' ({told})' if told else ''}; {_ENDINGS[report.ended_by]}"
    )


def best_in_words(report: SearchReport) -> str:
    """The best value and where it came from, or that there is none."""
    if not report.ranked:
        return f"no trial has a value of {report.objective} yet"
    best = report.ranked[0]
    return f"best {report.objective} {best.value:.4f}: trial {best.number}, {best.origin}"


def notes(report: SearchReport, effects: Effects) -> list[str]:
    """What the effects are, and what makes them doubtful in this search; none without effects."""
    if not effects.slots:
        return []
    better = "higher" if report.higher_is_better else "lower"
    told = [
        f"An effect says by how much {report.objective} was {better} with a choice than in the average trial "
        "that had the slot, in an additive model of all slots; after ± its standard error. It is shrunk: "
        "choices with few trials are drawn towards 0. A search tries what looks good more often, so that "
        "effects are hints, not an experiment.",
        _clear_slots(effects),
    ]
    if effects.predicted is not None:
        told.append(
            f"When each trial is left out in turn (its relatives stay in), the model explains "
            f"{effects.predicted:.0%} of the variance."
            if effects.predicted > 0
            else "When each trial is left out in turn, the model tells less of it than the mean of the "
            "others does: more trials are needed."
        )
    cut_short = sum(map(is_cut_short, report.ranked))
    if cut_short:
        told.append(
            f"{_number(cut_short, 'trial')} of {len(report.ranked)} had no prospects or no time left and "
            "count with the best epoch until then, which understates choices that learn slowly."
        )
    if effects.capped:
        told.append(
            f"{_number(effects.capped, 'trial')} above {MOST_MEDIANS:g} times the median {report.objective} "
            "counted as that much."
        )
    return told


def _clear_slots(effects: Effects) -> str:
    unclear = sum(not slot.stands_out for slot in effects.slots)
    if unclear == len(effects.slots):
        return "No slot stands out yet: all of these differences could be chance."
    if not unclear:
        return "In every slot two choices differ by more than about two errors."
    last = "last slot" if unclear == 1 else f"last {unclear} slots"
    return (
        f"The {last} of {len(effects.slots)}, set back, could be chance: no two choices differ by more than "
        "about two errors."
    )


def duration(seconds: float) -> str:
    """Such as `45 s` or `19 min`."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
