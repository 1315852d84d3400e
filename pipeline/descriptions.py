"""What came out of a component, in one line."""

from collections.abc import Callable

from models.report import TRAINING_REPORT, TrainingReport
from pipeline.store import Run
from pipeline.summary import read_test_metrics, row_counts


def _ingest(run: Run) -> str:
    rows = row_counts(run)
    return (
        f"{rows['rows_read']:,} rows read, {rows['quarantined']:,} quarantined, {rows['duplicates']:,} duplicates; "
        f"{rows['users']:,} users, {rows['items']:,} items; Examples: {rows['train_examples']:,} train, "
        f"{rows['eval_examples']:,} eval, {rows['test_examples']:,} test"
    )


def _training(run: Run) -> str:
    report = TrainingReport.model_validate_json(
        (run.output_uri("Trainer", "model_run") / TRAINING_REPORT).read_text()
    )
    return f"best after {report.epochs} epochs: {format_metrics(report.eval_metrics)} on eval"


def _evaluation(run: Run) -> str:
    blessed = (run.output_uri("Evaluator", "blessing") / "BLESSED").exists()
    return f"{format_metrics(read_test_metrics(run))} on test; {'blessed' if blessed else 'not blessed'}"


def format_metrics(metrics: dict[str, float]) -> str:
    """Such as "hr_at_10 0.8684, ndcg_at_10 0.5900"."""
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())


OUTCOMES: dict[str, Callable[[Run], str]] = {
    "InteractionExampleGen": _ingest,
    "Trainer": _training,
    "Evaluator": _evaluation,
}


def describe(run: Run, component: str) -> tuple[str, str]:
    """What became of a component that ended: its seconds or "cached", and a line on what came out, or ""."""
    found = run.component(component)
    took = "" if found is None else "cached" if found.state == "cached" else f"{found.seconds:.1f} s"
    return took, OUTCOMES[component](run) if component in OUTCOMES else ""
