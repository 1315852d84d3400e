"""The progress of training, for whoever shows it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class EpochProgress:
    """An epoch that ended; stands as `progress` in the log record, for whoever shows a progress bar.

    Attributes:
        phase: "fit" or "refit".
        epoch: from 1.
        epochs: the last one at most.
        metrics: `loss` and, while fitting, the eval metrics.
    """

    phase: str
    epoch: int
    epochs: int
    metrics: dict[str, float]
