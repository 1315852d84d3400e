"""What came out of a component, in one line."""

from collections.abc import Callable

from pipeline.store import Run
from pipeline.summary import (
    is_blessed,
    read_champion_metrics,
    read_search,
    read_test_metrics,
    read_training,
    row_counts,
)


def _ingest(run: Run) -> str:
    rows = row_counts(run)
    return (
        f"{rows['rows_read']:,} rows read, {rows['quarantined']:,} quarantined, "
        f"{rows['duplicates']:,} duplicates; {rows['users']:,} users, {rows['items']:,} items; "
        f"Examples: {rows['train_examples']:,} train, {rows['eval_examples']:,} eval, "
        f"{rows['test_examples']:,} test"
    )


def _search(run: Run) -> str:
    report = read_search(run)
    best, failed = report.ranked[0], sum(trial.status == "failed" for trial in report.trials)
    tried = f"{len(report.trials)} structures tried{f', {failed} of them failed' if failed else ''}"
    early = "; ended early, no worker could be started" if report.ended_by == "workers" else ""
    return (
        f"{tried}; best is number {best.number} ({best.origin}), "
        f"{format_metrics({report.objective: best.value or 0.0})} on eval{early}"
    )


def _training(run: Run) -> str:
    report = read_training(run)
    outcome = f"best after {report.epochs} epochs: {format_metrics(report.eval_metrics)} on eval"
    if report.carried_over:
        known = " and ".join(f"{count:,} {name}" for name, count in report.carried_over.items())
        outcome += f"; began with what the champion knew of {known}"
    notes = " ".join(filter(None, (report.cold_start, report.no_reranking)))
    return f"{outcome}; {notes}" if notes else outcome


def _evaluation(run: Run) -> str:
    champion = read_champion_metrics(run)
    against = f", the champion {format_metrics(champion)}" if champion else ""
    verdict = "blessed" if is_blessed(run) else "not blessed"
    return f"{format_metrics(read_test_metrics(run))} on test{against}; {verdict}"


def format_metrics(metrics: dict[str, float]) -> str:
    """Such as "hr_at_10 0.8684, ndcg_at_10 0.5900"."""
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())


OUTCOMES: dict[str, Callable[[Run], str]] = {
    "InteractionExampleGen": _ingest,
    "Tuner": _search,
    "Trainer": _training,
    "Evaluator": _evaluation,
}


def describe(run: Run, component: str) -> tuple[str, str]:
    """What became of a component that ended: its seconds or "cached", and a line on what came out, or ""."""
    found = run.component(component)
    took = "" if found is None else "cached" if found.state == "cached" else f"{found.seconds:.1f} s"
    return took, OUTCOMES[component](run) if component in OUTCOMES else ""
