"""Where the parts of a run lie below its root."""

import dataclasses
from pathlib import Path

MODEL_NAME = "recommender"
PIPELINE_NAME = "autoncf"


@dataclasses.dataclass(frozen=True)
class Locations:
    """The folders and files of one deployment.

    Attributes:
        root: given by the user; everything else lies below it.
    """

    root: Path

    @property
    def artifacts(self) -> Path:
        """What the components wrote."""
        return self.root / "artifacts"

    @property
    def metadata(self) -> Path:
        """The ML Metadata store, SQLite."""
        return self.root / "metadata.sqlite"

    @property
    def serving(self) -> Path:
        """The pushed versions, as TensorFlow Serving expects them."""
        return self.root / "serving" / MODEL_NAME

    @property
    def models_config(self) -> Path:
        """Which of the pushed versions are served, and their labels; there once labels have been given."""
        return self.root / "serving" / "models.config"

    @property
    def schemas(self) -> Path:
        """The schemas that runs used, each under its content's digest."""
        return self.root / "schemas"

    @property
    def quarantine(self) -> Path:
        """The rows that the last refused run could not accept."""
        return self.root / "quarantine"

    @property
    def logs(self) -> Path:
        """One log file per run."""
        return self.root / "logs"

    @property
    def summaries(self) -> Path:
        """The summary of every run that ended well, by the run's id."""
        return self.root / "summaries"

    @property
    def searches(self) -> Path:
        """What every search found, by the id of its run."""
        return self.root / "searches"

    @property
    def unfinished_searches(self) -> Path:
        """Searches that go on, or can go on, where they were."""
        return self.searches / "unfinished"

    @property
    def history(self) -> Path:
        """What became of every scheduled night, a JSON object a line."""
        return self.root / "history.jsonl"

    @property
    def lock(self) -> Path:
        """Held by whatever changes the root."""
        return self.root / "run.lock"

    @property
    def champion(self) -> Path:
        """The champion as TFX lays a Model artifact out: a link to the pushed version, by its number."""
        return self.root / "champion"

    @property
    def summary(self) -> Path:
        """What came out of the last run that ended well."""
        return self.root / "summary.json"
