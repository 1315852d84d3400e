"""The configuration of a run: packaged YAML, files of the user, single keys from the command line."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from components.evaluation.settings import EvaluationSettings
from components.ingest.settings import IngestSettings
from models.errors import UserError
from models.search.settings import SearchSettings
from models.search.space import SearchSpace
from models.settings import ServingSettings, TrainSettings
from models.structure import Structure
from pipeline.config_errors import sentences
from pipeline.given_structure import GivenStructure, train_as_suits_the_preset
from pipeline.housekeeping.settings import RetentionSettings
from pipeline.kubeflow.settings import KubeflowSettings
from pipeline.overrides import apply_override
from pipeline.schedule.settings import ScheduleSettings

PACKAGED = resources.files("pipeline") / "configs"


class Config(BaseModel):
    """Everything that decides what a run does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    """The folder with the interactions, where the command line names none."""
    data: IngestSettings
    """Feedback, columns, splits, negatives."""
    schema_file: str | None = None
    """A schema of the raw Examples with the domain of the values and limits of drift: the name of a packaged
    one or a file; by default the packaged one of the feedback."""
    span_schema_file: str = "spans"
    """Limits of drift from one span to the next: the packaged `spans`, or `any-spans`, which compares
    nothing, or a file of your own."""
    structure: GivenStructure
    """The name of a preset; or `preset` with its name, and the slots that differ from it; or every slot."""
    train: TrainSettings = TrainSettings()
    """Epochs, optimiser, refit. What is not set here is as it suits the preset, or the default."""
    search: SearchSettings = SearchSettings()
    """Whether and how a run searches for a better structure than the given one."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Metrics, thresholds, slices."""
    serving: ServingSettings = ServingSettings()
    """What is built into the served model."""
    schedule: ScheduleSettings = ScheduleSettings()
    """When `autoncf schedule` runs, and whom it tells."""
    retention: RetentionSettings = RetentionSettings()
    """How much of the past stays on disk."""
    beam_pipeline_args: tuple[str, ...] = ("--direct_running_mode=in_memory", "--direct_num_workers=1")
    """Options of the Beam runner; other processes pay off from about a million interactions."""
    kubeflow: KubeflowSettings = KubeflowSettings()
    """How the pipeline runs on Kubeflow."""
    _given: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _remember_what_was_given(cls, values: Any, handler: ModelWrapValidatorHandler["Config"]) -> "Config":
        config = handler(values)
        config._given = values if isinstance(values, dict) else values.given
        return config

    @model_validator(mode="before")
    @classmethod
    def _train_as_suits_the_preset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return train_as_suits_the_preset(values)

    @model_validator(mode="after")
    def _ranking_has_negatives(self) -> "Config":
        if self.data.feedback == "explicit" and self.structure.loss.ranks:
            raise ValueError(
                f'structure.loss.kind = "{self.structure.loss.kind.value}" ranks items above negatives, but '
                'data.feedback = "explicit" learns known values alone. Use loss "mse", "bce" or '
                '"normalized-bce", or data.feedback "implicit".'
            )
        return self

    @model_validator(mode="after")
    def _search_has_a_space(self) -> "Config":
        if self.search.space:  # whatever the size of the catalogue, which is known later
            SearchSpace(self.data.feedback, self.structure, self.train, 1, self.search.space)
        return self

    @model_validator(mode="after")
    def _reranking_has_two_stages(self) -> "Config":
        rerank = self.serving.rerank
        if rerank is None:
            return self
        # Of another structure than the given one it is known once that is found.
        found = self.search.enabled or self.search.pinned is not None
        if not found and not self.structure.retrieves:
            raise ValueError(
                f"serving.rerank = {rerank} needs a branch that is a dot product beside others that are not, "
                "and a prediction without hidden layers, as in cfnet and neumf. Leave serving.rerank out: "
                "all items are ranked then."
            )
        if rerank < self.serving.max_k:
            raise ValueError(
                f"serving.rerank = {rerank} picks fewer items than serving.max_k = {self.serving.max_k} lets "
                "be asked for. Raise serving.rerank, or lower serving.max_k."
            )
        return self

    def __eq__(self, other: object) -> bool:
        """Whether both decide the same, however it was given."""
        return isinstance(other, Config) and self.model_dump() == other.model_dump()

    @property
    def given(self) -> dict[str, Any]:
        """The keys and values as they were given, before presets and defaults."""
        return self._given

    @property
    def schema_name(self) -> str:
        """The schema in force."""
        return self.schema_file or self.data.feedback


class _StructureAlone(BaseModel):
    structure: GivenStructure


def check_structure(value: Any) -> Structure:
    """Reads what a config may have as `structure`.

    Raises:
        UserError: naming each wrong key, from `structure` on, with what is allowed there.
    """
    try:
        return _StructureAlone(structure=value).structure
    except ValidationError as error:
        raise UserError("\n".join(sentences(error, _StructureAlone))) from None


def packaged_configs() -> list[str]:
    """Names that `load_config` knows without a path."""
    return sorted(Path(entry.name).stem for entry in PACKAGED.iterdir() if entry.name.endswith(".yaml"))


def load_config(name_or_path: str, overrides: Sequence[str] = ()) -> Config:
    """Reads a packaged config by name, or a YAML file by path, and sets single keys.

    Args:
        name_or_path: such as "implicit" or "my.yaml".
        overrides: such as "train.epochs=20"; the value is read as YAML.

    Raises:
        UserError: naming the file and each wrong key with what is allowed there.
    """
    values = _read(name_or_path)
    for override in overrides:
        apply_override(values, override)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise UserError(
            "\n".join(f"config {name_or_path}: {line}" for line in sentences(error, Config))
        ) from None


def _read(name_or_path: str) -> dict[str, Any]:
    packaged = PACKAGED / f"{name_or_path}.yaml"
    path = Path(name_or_path)
    if not packaged.is_file() and not path.is_file():
        raise UserError(
            f"config {name_or_path}: neither a file nor a packaged config; the packaged ones are "
            f"{', '.join(packaged_configs())}."
        )
    try:
        values = yaml.safe_load((packaged if packaged.is_file() else path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"config {name_or_path}: not a YAML file: {' '.join(str(error).split())}.") from None
    if not isinstance(values, dict):
        raise UserError(f"config {name_or_path}: should hold keys and values, such as `structure: mf`.")
    return values
