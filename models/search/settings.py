"""What a config says about the search."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SlotValue = bool | int | float | str


def _read_space(space: Any) -> Any:
    """Lists of values, also where a single one is given; the widths of layers as "512-256"."""
    if not isinstance(space, Mapping):
        return space
    return {
        slot: [_read_value(value) for value in (values if isinstance(values, list | tuple) else [values])]
        for slot, values in space.items()
    }


def _read_value(value: Any) -> Any:
    if isinstance(value, list | tuple) and all(isinstance(size, int) for size in value):
        return "-".join(map(str, value)) or "none"
    return value


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
    space: Annotated[Mapping[str, tuple[SlotValue, ...]], BeforeValidator(_read_space)] = {}
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
