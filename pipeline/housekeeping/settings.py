"""What is kept of the past."""

from pydantic import BaseModel, ConfigDict, Field


class RetentionSettings(BaseModel):
    """How much of a root's past stays on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    versions: int = Field(default=5, ge=2)
    """Pushed versions, the champion among them; those with a label and the one before stay in any case."""
    runs: int = Field(default=5, ge=1)
    """Runs that ended well whose artifacts and logs stay, and as many of the last whatever became of them;
    summaries and the metadata of all runs are kept."""
