"""What is run every night."""

import dataclasses
import sys
from pathlib import Path

from pipeline.config import Config, load_config
from pipeline.data_folder import data_folder


@dataclasses.dataclass(frozen=True)
class Order:
    """What `autoncf run` is given.

    Attributes:
        config: name or file.
        overrides: keys set in it, KEY=VALUE.
        data: the folder with the interactions; None: the one that the config names.
        root: of the deployment.
        program: what runs the pipeline, before its options.
    """

    config: str
    overrides: tuple[str, ...]
    data: Path | None
    root: Path
    program: tuple[str, ...] = (sys.executable, "-m", "pipeline.cli", "run")

    def load(self) -> Config:
        """The config as it stands now; raises UserError as `load_config`."""
        return load_config(self.config, self.overrides)

    def folder(self, config: Config) -> Path:
        """The folder with the interactions; raises UserError if it is not there."""
        return data_folder(config, self.data)

    def command(self) -> list[str]:
        """Program and arguments of a run."""
        data = [] if self.data is None else ["--data", str(self.data)]
        keys = [part for override in self.overrides for part in ("--set", override)]
        return [*self.program, "--config", self.config, "--root", str(self.root), *data, *keys]
