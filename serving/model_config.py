"""TensorFlow Serving's `models.config`: which versions of a model are loaded, and what they are called.

A text proto of `ModelServerConfig`. TensorFlow Serving and the embedded server read the same file and look
again from time to time, so a label is moved by writing the file anew.
"""

import dataclasses
import os
from collections.abc import Collection
from pathlib import Path

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.errors import ServingError


@dataclasses.dataclass(frozen=True)
class VersionPolicy:
    """Which of the version folders are served.

    Attributes:
        latest: how many of the newest; None when `versions` decides.
        versions: these alone; empty, and `latest` None: every one.
    """

    latest: int | None = 1
    versions: tuple[int, ...] = ()

    def choose(self, available: Collection[int]) -> list[int]:
        """The versions to serve of those `available`, newest first."""
        newest_first = sorted(set(available), reverse=True)
        if self.latest is not None:
            return newest_first[: self.latest]
        return [version for version in newest_first if version in self.versions or not self.versions]


@dataclasses.dataclass(frozen=True)
class ModelSource:
    """Where a model's versions lie, which are served, and the names that clients may ask for.

    Attributes:
        base_path: the folder that holds the version folders.
        policy: which versions are served.
        labels: version by label, such as {"stable": 3, "canary": 5}.
    """

    base_path: Path
    policy: VersionPolicy = VersionPolicy()
    labels: dict[str, int] = dataclasses.field(default_factory=dict)


def read_model_config(path: Path, model_name: str) -> ModelSource:
    """What the file says of a model.

    Raises:
        ServingError: if the file cannot be read or parsed, does not hold the model once, gives it no
            base path or no version to serve, or a label twice or to a version that the policy leaves out.
    """
    text = _read(path)
    try:
        config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    except text_format.ParseError as error:
        raise ServingError(f"{path}: not a text proto of ModelServerConfig: line {error}") from error
    found = [model for model in config.model_config_list.config if model.name == model_name]
    if len(found) != 1:
        names = ", ".join(f'"{model.name}"' for model in config.model_config_list.config) or "none"
        raise ServingError(
            f'{path}: model_config_list should hold the model "{model_name}" once. Received: {names}'
        )
    model = found[0]
    if not model.base_path:
        raise ServingError(f'{path}: model "{model_name}" has no base_path; name the folder of its versions')
    policy = _policy(path, model)
    _check_labels_are_given_once(path, text)
    labels = dict(sorted(model.version_labels.items()))
    for label, version in labels.items():
        if policy.versions and version not in policy.versions:
            raise ServingError(
                f'{path}: label "{label}" is of version {version}, which model_version_policy does not load; '
                f"add it there, or give the label to one of {', '.join(map(str, policy.versions))}"
            )
    return ModelSource(Path(model.base_path), policy, labels)


def write_model_config(path: Path, model_name: str, source: ModelSource) -> None:
    """Writes a file with this one model, whole or not at all, for `read_model_config` or TensorFlow Serving.

    Raises:
        ServingError: if the file cannot be written.
    """
    config = model_server_config_pb2.ModelServerConfig()
    model = config.model_config_list.config.add(
        name=model_name, base_path=str(source.base_path), model_platform="tensorflow"
    )
    if source.policy.latest is not None:
        model.model_version_policy.latest.num_versions = source.policy.latest
    elif source.policy.versions:
        model.model_version_policy.specific.versions.extend(source.policy.versions)
    else:
        model.model_version_policy.all.SetInParent()
    model.version_labels.update(source.labels)
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text_format.MessageToString(config, as_utf8=True))
            file.flush()
            os.fsync(file.fileno())  # a power cut after the rename must not leave an empty file
        unfinished.replace(path)
    except OSError as error:
        raise ServingError(f"{path}: cannot be written: {error.strerror}") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ServingError(
            f"{path}: cannot be read: {reason}; give the models.config of a model server"
        ) from error


def _policy(path: Path, model: model_server_config_pb2.ModelConfig) -> VersionPolicy:
    choice = model.model_version_policy.WhichOneof("policy_choice")
    if choice == "all":
        return VersionPolicy(latest=None)
    if choice == "specific":
        versions = tuple(sorted(set(model.model_version_policy.specific.versions)))
        if not versions:
            raise ServingError(f"{path}: model_version_policy specific names no version; add `versions: N`")
        return VersionPolicy(latest=None, versions=versions)
    # TensorFlow Serving takes a missing policy, and a missing number, for the newest one.
    return VersionPolicy(latest=model.model_version_policy.latest.num_versions or 1)


def _check_labels_are_given_once(path: Path, text: str) -> None:
    """Refuses a label that a model gives twice: the parser would take the last one without a word."""
    tokens = text_format.Tokenizer(text.splitlines())
    keys: list[set[str]] = [set()]  # of the messages that are open here
    before: tuple[str, str] = ("", "")
    while not tokens.AtEnd():
        token = tokens.token
        if token in ("{", "<"):
            keys.append(set())
        elif token in ("}", ">"):
            keys.pop()
        elif before == ("key", ":"):  # no other field has this name; the map's owner is one message up
            if token in keys[-2]:
                raise ServingError(f"{path}: label {token} is given twice; a label is of one version")
            keys[-2].add(token)
        before = (before[1], token)
        tokens.NextToken()
