"""Which trials an experiment is made of: datasets x contenders x seeds."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from models.errors import UserError
from models.holdout import Holdout
from models.interactions import Interactions
from models.settings import Feedback
from pipeline.experiments.contender import Contender
from pipeline.experiments.cut import split_ratings
from pipeline.experiments.data import RatingData
from pipeline.experiments.dataset import Dataset
from pipeline.experiments.loading import feedback_of, is_there, load, load_ratings
from pipeline.experiments.protocols import TOP_K
from pipeline.experiments.trial import Trial

Contenders = Callable[[Feedback], Sequence[Contender]]


def plan(
    data_dir: Path,
    out: Path,
    datasets: Sequence[str] | None,
    default_datasets: Sequence[str],
    contenders: Contenders,
    seeds: int,
    held_out: dict[str, float],
) -> list[Trial]:
    """All trials, dataset by dataset, contender by contender, seed by seed.

    Args:
        data_dir: where the datasets are.
        out: the folder of the results; converted datasets go to `data` in it.
        datasets: names, or None for those of `default_datasets` that are there.
        default_datasets: names.
        contenders: the rows for a kind of feedback.
        seeds: how many; a contender without randomness has one. Each seed splits ratings another way.
        held_out: the fractions of ratings in the test split, by the name that the split gets.

    Raises:
        UserError: if a named dataset is not there, none is, or a test row has too few candidates.
    """
    names = datasets or [name for name in default_datasets if is_there(name, data_dir)]
    if not names:
        raise UserError(
            f"{data_dir} holds none of {', '.join(default_datasets)}; fetch one with `autoncf data fetch "
            f"{default_datasets[0]} --out {data_dir / default_datasets[0]}`, or name yours with --datasets."
        )
    work_dir = out / "data"
    trials: list[Trial] = []
    for name in names:
        if feedback_of(name, data_dir) == "explicit":
            ratings = load_ratings(name, data_dir, work_dir).interactions
            for percentage, fraction in held_out.items():
                splits = _splits(f"{name}-{percentage}", ratings, fraction, seeds)
                trials += [
                    Trial(split, contender, seed)
                    for contender in contenders("explicit")
                    for seed, split in splits.items()
                ]
        else:
            dataset = Dataset(name, functools.partial(load, name, data_dir, work_dir))
            _check_lists(name, dataset.data.test)  # what cannot be read is told before the first training
            trials += [
                Trial(dataset, contender, seed)
                for contender in contenders("implicit")
                for seed in range(1, 1 + (seeds if contender.seeded else 1))
            ]
    return trials


def _check_lists(name: str, test: Holdout) -> None:
    shortest = int(test.lengths.min(initial=TOP_K + 1))
    if shortest <= TOP_K:
        raise UserError(
            f"{name}: a test row has {shortest - 1} candidates beside the held-out item, but HR@{TOP_K} "
            f"needs {TOP_K} or more: add candidates."
        )


def _splits(name: str, ratings: Interactions, fraction: float, seeds: int) -> dict[int, Dataset]:
    """Random splits by their seeds."""

    def split(seed: int) -> RatingData:
        return RatingData(name, *split_ratings(ratings, fraction, seed))

    return {seed: Dataset(name, functools.partial(split, seed)) for seed in range(1, 1 + seeds)}
