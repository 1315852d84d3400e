"""Single keys of a configuration, set from the command line."""

from typing import Any

import yaml

from models.errors import UserError
from models.presets import PRESETS


def apply_override(values: dict[str, Any], override: str) -> None:
    """Sets one key of `values` in place.

    Args:
        values: the configuration as nested dictionaries and lists.
        override: `path.to.key=value`, the value read as YAML; a number in the path counts in a list. A path
            into a structure given by name first sets the preset's slots beside its name.

    Raises:
        UserError: if the text has no `=`, its value is not YAML, or its path leads nowhere.
    """
    path, equals, text = override.partition("=")
    keys = path.split(".")
    if not equals or not all(keys):
        raise UserError(f"--set {override}: should be KEY=VALUE, such as train.epochs=20.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UserError(f"--set {override}: the value is not YAML; put it in quotes.") from None
    if keys[0] == "structure" and len(keys) > 1 and values.get("structure") in list(PRESETS):
        name = values["structure"]
        values["structure"] = {"preset": name, **PRESETS[name].to_dict()}
    target: Any = values
    for key in keys[:-1]:
        if isinstance(target, dict):
            target = target.setdefault(key, {})
        else:
            target = target[_position(target, key, override)]
    if isinstance(target, dict):
        target[keys[-1]] = value
    else:
        target[_position(target, keys[-1], override)] = value


def _position(target: Any, key: str, override: str) -> int:
    if not isinstance(target, list) or not key.isdigit() or int(key) >= len(target):
        raise UserError(f"--set {override}: there is no key {key!r} at that place.")
    return int(key)
