"""A summary to write, read and show."""

from pipeline.config import load_config
from pipeline.summary import Summary


def make_summary(run_id: str, version: int | None = 7, hit_rate: float = 0.75) -> Summary:
    """Of a run with the packaged config `implicit`; blessed if it has a version."""
    config = load_config("implicit")
    return Summary(
        run_id=run_id,
        metrics={"eval": {"hr_at_10": 0.5}, "test": {"hr_at_10": hit_rate}},
        blessed=version is not None,
        pushed_version=version,
        seconds={"Trainer": 1.5, "total": 12.4},
        cached=["Transform"],
        rows={"rows_read": 10},
        epochs=3,
        structure=config.structure.to_dict(),
        train=config.train.model_dump(mode="json"),
        config=config.model_dump(mode="json"),
        versions={"autoncf": "0"},
    )
