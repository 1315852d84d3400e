"""Reports of searches that never ran."""

from models.presets import PRESETS
from models.search.results import SearchReport, TrialResult

TRAIN = {"optimizer": "adamw", "learning_rate": 0.005, "weight_decay": 0.001, "batch_size": 4096}


def make_trial(number, value, values=None, **other):
    """A finished trial of four epochs, the third its best; without a value a failed one.

    Args:
        number: from 1.
        value: of the objective.
        values: by slot.
        other: fields that are other than usual; `preset` is the structure's.
    """
    structure = PRESETS[other.pop("preset", "mf")].to_dict()
    usual = {
        "origin": "random",
        "status": "finished",
        "best_epoch": 3,
        "epochs": 4,
        "seconds": 2.5,
        "structure": structure,
        "train": TRAIN,
    }
    if value is None:
        usual |= {"status": "failed", "reason": "The loss is no number.", "best_epoch": 0}
    else:
        usual["curve"] = (value / 2, value / 1.5, value, value / 1.1)
    return TrialResult(**{**usual, "number": number, "value": value, "values": values or {}, **other})


def make_report(*trials, objective="ndcg_at_10", higher_is_better=True, **other):
    """A search that ended with its trials, after a minute and a half on two workers."""
    usual = {"seconds": 90.0, "workers": 2, "worker_seconds": 180.0, "ended_by": "trials"}
    return SearchReport(
        objective=objective, higher_is_better=higher_is_better, trials=trials, **{**usual, **other}
    )


def small_report():
    """Five trials: the config, a preset, one halved, one changed, one failed; trial 4 is the best."""
    mf = {"fusion": "product", "dropout": 0.0, "masking": False}
    return make_report(
        make_trial(1, 0.4, mf, origin="config"),
        make_trial(2, 0.5, {"fusion": "concat", "dropout": 0.5}, origin="neumf", preset="neumf"),
        make_trial(
            3, 0.3, {**mf, "dropout": 0.2}, origin="from 1", status="halved", reason="It had no prospects."
        ),
        make_trial(4, 0.6, {"fusion": "concat", "dropout": 0.2}, origin="from 2"),
        make_trial(5, None, {"fusion": "<outer>", "dropout": 0.2}, reason="Out of memory & <gone>."),
    )
