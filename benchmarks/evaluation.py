"""Seconds of evaluation: all of lastfm's test lists at once against one `predict` per user.

python -m benchmarks.evaluation [--data-dir DIR] [--rounds N]

DIR holds lastfm/ as `autoncf data fetch` makes it.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras
from rich.console import Console
from rich.table import Table

from benchmarks.stopwatch import alternate, spread
from models.holdout import Holdout
from models.metrics import mean_hit_rate, mean_ndcg
from models.preparation import prepare
from models.presets import PRESET_TRAINING, PRESETS
from models.recommender import Recommender
from models.settings import TrainSettings
from pipeline.experiments.canonical_folder import read_ranking_data

TOP_K = 10

_INTRODUCTION = """\
HR@10 and NDCG@10 of preset cfnet for all lastfm users, each with the held-out item and 99 others.

Equal:     the model and its weights, the lists, the metrics (they are compared before the clock starts).
Not equal: predict - one Keras `predict` with 100 pairs per user, as the protocol is mostly written.
           ours    - users and items represented once, all pairs scored in blocks.
CPU seconds of all threads; the first run of each (tracing) is excluded.
"""


class _PairScorer(tf_keras.Model):
    """Scores pairs as they come, so that Keras' `predict` can be called.

    Call:
        pairs: `user`, `item` int64 [batch] -> float [batch].
    """

    def __init__(self, recommender: Recommender):
        super().__init__()
        self.recommender = recommender

    @tf.autograph.experimental.do_not_convert
    def call(self, pairs: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        user = self.recommender.represent_users(pairs["user"])
        return self.recommender.scores(user, self.recommender.represent_items(pairs["item"]))


def main() -> None:
    """Runs the rounds and prints a table, last a JSON object with the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="default: data")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each that count; default: 5")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    print(_INTRODUCTION)

    data = read_ranking_data("lastfm", arguments.data_dir / "lastfm")
    prepared = prepare(PRESETS["cfnet"], data.train, TrainSettings(**PRESET_TRAINING["cfnet"]), "implicit")
    prepared.model.fit(prepared.batches, verbose=0)
    scorer = _PairScorer(prepared.model)

    def all_at_once() -> dict[str, float]:
        return data.test.evaluate(prepared.model, "implicit", TOP_K)

    def user_by_user() -> dict[str, float]:
        return _user_by_user(scorer, data.test)

    ours, theirs = all_at_once(), user_by_user()
    if any(not np.isclose(ours[name], theirs[name], atol=1e-6) for name in ours):
        raise SystemExit(f"The two evaluations disagree: {ours} and {theirs}.")
    seconds = alternate({"predict": user_by_user, "ours": all_at_once}, arguments.rounds, console)
    ratio = statistics.median(seconds["predict"]) / statistics.median(seconds["ours"])
    table = Table("evaluation", "CPU s")
    for name, values in seconds.items():
        table.add_row(name, spread(values))
    console.print(table)
    print(json.dumps({"ratio": round(ratio, 1)}))


def _user_by_user(scorer: _PairScorer, lists: Holdout) -> dict[str, float]:
    scores = []
    ends = np.cumsum(lists.lengths)
    for user, start, end in zip(lists.user_indices, ends - lists.lengths, ends, strict=True):
        items = lists.item_indices[start:end]
        pairs = {"user": np.full(len(items), user), "item": items}
        scores.append(scorer.predict(pairs, batch_size=len(items), verbose=0))
    flat = np.concatenate(scores)
    return {
        f"hr_at_{TOP_K}": mean_hit_rate(lists.labels, flat, lists.lengths, TOP_K),
        f"ndcg_at_{TOP_K}": mean_ndcg(lists.labels, flat, lists.lengths, TOP_K),
    }


if __name__ == "__main__":
    main()
