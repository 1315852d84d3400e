"""What a user can choose about ingest."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ColumnNames(_Settings):
    """How the columns are called in the files."""

    user_id: str = Field(default="user_id", min_length=1)
    """Column with the user's id."""

    item_id: str = Field(default="item_id", min_length=1)
    """Column with the item's id."""

    value: str | None = Field(default="value", min_length=1)
    """Column with the strength of the interaction. Without it every value is 1 (explicit feedback needs it).
    A name other than the default must exist; null ignores the column."""

    timestamp: str | None = Field(default="timestamp", min_length=1)
    """Column with whole seconds since 1970. A name other than the default must exist; null ignores the
    column."""


class SplitSettings(_Settings):
    """How interactions are held out for `eval` (choosing) and `test` (reported once)."""

    strategy: Literal["leave-one-out", "random", "temporal", "given"] = "leave-one-out"
    """`leave-one-out`: every user's latest interaction is test, the one before it eval (drawn at random where
    there are no timestamps); `random`: a fraction of all interactions; `temporal`: everything from a point of
    time on; `given`: the file `test.*` is test, and eval each user's latest row of `interactions.*` (without
    timestamps the last one in the file, whose rows should then stand in the order of time), or a fraction if
    explicit. The file `candidates.*` is read under `given` and implicit feedback alone."""

    eval_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Fraction of all interactions in eval (`random`, `temporal` without cut-offs, `given` if explicit)."""

    test_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Fraction of all interactions in test (`random`, `temporal` without cut-offs)."""

    eval_from: int | None = Field(default=None, ge=0)
    """First second of eval (`temporal`). Absent together with `test_from`: from the fractions."""

    test_from: int | None = Field(default=None, ge=0)
    """First second of test (`temporal`)."""

    @model_validator(mode="after")
    def _fit_each_other(self) -> "SplitSettings":
        if self.eval_fraction + self.test_fraction >= 1:
            raise ValueError(
                f"eval_fraction = {self.eval_fraction} and test_fraction = {self.test_fraction} leave "
                "nothing to train on; their sum must be below 1"
            )
        if (self.eval_from is None) != (self.test_from is None):
            raise ValueError("eval_from and test_from must be given together or not at all")
        if self.eval_from is not None and self.test_from is not None and self.eval_from >= self.test_from:
            raise ValueError(
                f"eval_from = {self.eval_from} must be before test_from = {self.test_from}; swap them"
            )
        return self


class IngestSettings(_Settings):
    """Everything that decides which Examples come out of a folder of interactions."""

    feedback: Literal["explicit", "implicit"]
    """`explicit`: values are ratings, and held-out ratings are to be predicted; `implicit`: an interaction is
    a positive, and held-out items are to be ranked above sampled ones."""

    columns: ColumnNames = ColumnNames()
    """How the columns are called in the files."""

    split: SplitSettings = SplitSettings()
    """What is held out."""

    negatives: int = Field(default=99, ge=1)
    """Items that a user never touched, sampled as candidates beside the held-out ones (implicit)."""

    spans: int | None = Field(default=None, ge=1)
    """Read the last so many of the folders span-N/; absent: all of them. A complete span without rows counts,
    one that waits does not."""

    require_success: bool = False
    """A span waits, and is not read, until its folder holds a file `_SUCCESS`, which whoever writes the
    interactions writes last. One whole file waits for a `_SUCCESS` beside it."""

    max_quarantined: float = Field(default=0.01, ge=0, le=1)
    """Highest fraction of rows that may break a rule before the run stops: of all rows, and of the rows of
    each span that has ten such rows or more."""

    seed: int = Field(default=1, ge=0, lt=2**32)
    """Seed of random splits and sampled negatives."""
