"""What a config says about the search."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, model_validator

SlotValue = bool | int | float | str


class SearchSettings(BaseModel):
    """Whether and how a run searches for the structure that it trains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    """Whether a run searches; `autoncf run --tune` sets it."""
    minutes: float | None = Field(default=20.0, gt=0, allow_inf_nan=False)
    """Upper bound of the time, by the clock; None for none."""
    trials: int = Field(default=200, ge=1)
    """Upper bound of the number of structures that are tried."""
    workers: int | None = Field(default=None, ge=1)
    """How many trials run side by side; None takes one per GPU, or else one per CPU core, at most eight."""
    space: Mapping[str, tuple[SlotValue, ...]] = {}
    """The values that a slot may have instead of all, by its name; presets with others are not tried."""
    pinned: str | None = None
    """Trains what an earlier search found instead of searching: `last` for the root's last search, or the
    `best.yaml` of any."""

    @model_validator(mode="after")
    def _searches_or_not(self) -> "SearchSettings":
        if self.enabled and self.pinned is not None:
            raise ValueError(
                f"enabled searches, and pinned = {self.pinned!r} takes what was found before: leave one of "
                "them out"
            )
        return self
