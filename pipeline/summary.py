"""What came out of a run, for people and for programs."""

from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from components import storage
from components.ingest.report import IngestReport
from components.pusher.layout import flush
from models.errors import UserError
from models.report import TRAINING_REPORT, TrainingReport
from models.search.results import SEARCH_REPORT, EndedBy, SearchReport
from pipeline.config import Config
from pipeline.store import Run

VERSIONS_OF = ("autoncf", "tfx", "tensorflow", "tensorflow-recommenders", "apache-beam")


class SearchOutcome(BaseModel):
    """What came of a search; `autoncf tune report` tells more."""

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="constants")

    trials: dict[str, int]
    """How many structures were tried, by what became of them."""
    objective: str
    """Name of the metric on the eval split."""
    value: float
    """Of the best trial."""
    trial: int
    """Number of the best trial."""
    origin: str
    """Where it came from: `config`, the name of a preset, `random`, or `from 12`, a changed trial 12."""
    seconds: float
    """Of the search, by the clock."""
    ended_by: EndedBy | None = None
    """What ended it, as in its report: `workers` is too early; None if that is not known."""


class Summary(BaseModel):
    """The contents of `summary.json`; what a later release adds is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, ser_json_inf_nan="constants")

    run_id: str
    """The time the run started."""
    metrics: dict[str, dict[str, float]]
    """By split: `eval` of the model that was fitted without it, `test` of the model to be pushed."""
    blessed: bool
    """Whether the model met its thresholds and the champion."""
    reasons: tuple[str, ...] = ()
    """Why it was not blessed, or was blessed and yet not pushed; a sentence each."""
    champion: dict[str, float] | None = None
    """The champion's metrics on the same test rows; null if there was none."""
    pushed_version: int | None
    """The version that serves this run's model; null if it was not pushed."""
    seconds: dict[str, float]
    """By component, and `total`."""
    cached: list[str]
    """The components that were answered from the cache."""
    contents: dict[str, str] = {}
    """Digest of every file that was read, by name."""
    test_from: int | None = None
    """First second of test, where the split is by time; what came before may have been learnt."""
    rows: dict[str, int]
    """What became of the rows that were read, and how many users, items and Examples came out."""
    epochs: int
    """How many the eval split chose."""
    structure: dict[str, Any]
    """Every slot of what was trained."""
    train: dict[str, Any] = {}
    """The settings that it was trained with, be it that the config gave or that a search found them; empty if
    that is not known."""
    search: SearchOutcome | None = None
    """Of the search that found the structure; None without one."""
    config: dict[str, Any]
    """The configuration in force."""
    versions: dict[str, str]
    """Of this project and what it stands on."""

    @property
    def searched(self) -> bool:
        """Whether the run searched itself.

        With the outcome of a search False only where it is known that the cache answered, which on Kubeflow
        it is not.
        """
        return self.search is not None and "Tuner" not in self.cached


def summarize(run: Run, config: Config, seconds: float) -> Summary:
    """Reads the artifacts of a run that ended well.

    Args:
        run: from the metadata store.
        config: in force.
        seconds: from start to end.
    """
    training, ingest = read_training(run), read_ingest(run)
    return Summary(
        run_id=run.run_id,
        metrics={
            "eval": training.eval_metrics,
            "test": read_test_metrics(run),
        },
        blessed=is_blessed(run),
        reasons=tuple(_reasons(run)),
        champion=read_champion_metrics(run),
        pushed_version=_pushed_version(run),
        contents=ingest.contents,
        test_from=ingest.test_from,
        seconds={component.name: round(component.seconds, 2) for component in run.components}
        | {"total": round(seconds, 2)},
        cached=[component.name for component in run.components if component.state == "cached"],
        rows=row_counts(run),
        epochs=training.epochs,
        structure=training.structure,
        train=training.train,
        search=None if run.component("Tuner") is None else _search_outcome(read_search(run)),
        # Whom the schedule tells may be a secret address, and is nothing to the run.
        config=config.model_dump(mode="json", exclude={"schedule"}),
        versions={name: metadata.version(name) for name in VERSIONS_OF},
    )


def read_test_metrics(run: Run) -> dict[str, float]:
    """The Evaluator's metrics over all users of the test split."""
    # TFMA takes seconds to import, and a status needs none of it.
    from components.evaluation.results import read_metrics

    return read_metrics(str(run.output_uri("Evaluator", "evaluation")))


def read_champion_metrics(run: Run) -> dict[str, float] | None:
    """The champion's on the same users; None if there was none."""
    from components.evaluation import results

    return results.read_champion_metrics(str(run.output_uri("Evaluator", "evaluation")))


def _reasons(run: Run) -> list[str]:
    from components.evaluation.verdict import reasons
    from components.pusher.executor import NOT_PUSHED_REASON

    not_pushed = run.output("AtomicPusher", "pushed_model").custom_properties[NOT_PUSHED_REASON].string_value
    return reasons(str(run.output_uri("Evaluator", "evaluation"))) + ([not_pushed] if not_pushed else [])


def read_training(run: Run) -> TrainingReport:
    """The Trainer's report."""
    path = run.output_uri("Trainer", "model_run") / TRAINING_REPORT
    return TrainingReport.model_validate_json(path.read_text())


def read_search(run: Run) -> SearchReport:
    """The Tuner's report."""
    path = run.output_uri("Tuner", "tuner_results") / SEARCH_REPORT
    return SearchReport.model_validate_json(path.read_text())


def _search_outcome(report: SearchReport) -> SearchOutcome:
    best = report.ranked[0]
    assert best.value is not None  # as of every ranked trial
    return SearchOutcome(
        trials=dict(Counter(trial.status for trial in report.trials)),
        objective=report.objective,
        value=best.value,
        trial=best.number,
        origin=best.origin,
        seconds=round(report.seconds, 2),
        ended_by=report.ended_by,
    )


def is_blessed(run: Run) -> bool:
    """Whether the Evaluator blessed the model."""
    return (run.output_uri("Evaluator", "blessing") / "BLESSED").exists()


def row_counts(run: Run) -> dict[str, int]:
    """Every count of the ingest's report."""
    report = read_ingest(run)
    counts = (name for name, field in IngestReport.model_fields.items() if field.annotation is int)
    return {name: getattr(report, name) for name in counts}


def read_ingest(run: Run) -> IngestReport:
    """The report of the ingest."""
    from components.ingest.outputs import REPORT_NAME

    path = run.output_uri("InteractionExampleGen", "examples") / REPORT_NAME
    return IngestReport.from_json(path.read_text())


def write_summary(summary: Summary, latest: Path, summaries: Path) -> None:
    """Writes `latest`, and a copy under the run's id into `summaries`, each whole or not at all."""
    text = summary.model_dump_json(indent=2) + "\n"
    summaries.mkdir(parents=True, exist_ok=True)
    for path in (summaries / f"{summary.run_id}.json", latest):
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(text, encoding="utf-8")
        flush(unfinished)
        unfinished.replace(path)
        flush(path.parent)


def _pushed_version(run: Run) -> int | None:
    version = run.output("AtomicPusher", "pushed_model").custom_properties["pushed_version"].string_value
    return int(version) if version else None


def read_summaries(summaries: str | Path) -> dict[str, Summary]:
    """The summaries in a local or remote folder by run id, oldest first; none if it is not there.

    Raises:
        UserError: if one cannot be read, naming it.
    """
    found = {}
    names = (name for name in storage.files_below(str(summaries)) if "/" not in name)
    for name in sorted(name for name in names if name.endswith(".json")):
        path = storage.join(str(summaries), name)
        try:
            summary = Summary.model_validate_json(storage.read_text(path))
        except ValueError as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{path}: is no summary of a run ({reason}); remove the file.") from None
        found[summary.run_id] = summary
    return found
