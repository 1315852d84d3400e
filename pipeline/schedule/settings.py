"""What a user can choose about the schedule."""

from pydantic import BaseModel, ConfigDict, Field


class ScheduleSettings(BaseModel):
    """When to run, how often to try, and whom to tell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str = "0 3 * * *"
    """Minute, hour, day of the month, month, day of the week, as in a crontab (0 and 7 are Sunday)."""
    timezone: str | None = None
    """Such as "Europe/Zurich"; the machine's own by default."""
    timeout_minutes: float = Field(default=360, gt=0)
    """A run that takes longer is stopped; it is not tried again before the next time."""
    retries: int = Field(default=3, ge=0)
    """How often a run that broke down is tried again. Refused data and unblessed models are not."""
    retry_seconds: float = Field(default=60, gt=0)
    """Before the first retry; before each further one twice as long as before the last."""
    on_failure: str | None = None
    """A command, or an http(s) address, that is told of a night that failed or whose data was refused."""
    on_push: str | None = None
    """A command, or an http(s) address, that is told of a version that was pushed."""
