"""Where the parts of a deployment lie in an object store."""

import dataclasses

from components import storage
from pipeline.locations import MODEL_NAME


@dataclasses.dataclass(frozen=True)
class RemoteRoot:
    """The folders and files of one deployment, as `pipeline.locations` has them for local ones.

    Attributes:
        root: without a slash at the end.
    """

    root: str

    @property
    def artifacts(self) -> str:
        """What the components wrote: the pipeline root, below which Kubeflow makes a folder per run."""
        return storage.join(self.root, "artifacts")

    @property
    def serving(self) -> str:
        """The pushed versions, as TensorFlow Serving expects them."""
        return storage.join(self.root, f"serving/{MODEL_NAME}")

    @property
    def champion(self) -> str:
        """The champion as TFX lays a Model artifact out, by its version."""
        return storage.join(self.root, "champion")

    @property
    def schemas(self) -> str:
        """The schemas that runs used, each under its content's digest."""
        return storage.join(self.root, "schemas")

    @property
    def summaries(self) -> str:
        """The summary of every run that ended well, by the run's id."""
        return storage.join(self.root, "summaries")

    @property
    def summary(self) -> str:
        """What came out of the last run that ended well."""
        return storage.join(self.root, "summary.json")

    @property
    def last_run(self) -> str:
        """Where the artifacts of the last run are that ended well."""
        return storage.join(self.root, "last_run.json")

    @property
    def searches(self) -> str:
        """What every search found, by the id of its run."""
        return storage.join(self.root, "searches")

    @property
    def unfinished_searches(self) -> str:
        """Searches that go on, or can go on, where they were."""
        return storage.join(self.searches, "unfinished")

    @property
    def quarantine(self) -> str:
        """The rows that the last refused run could not accept."""
        return storage.join(self.root, "quarantine")
