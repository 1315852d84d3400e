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
            into a slot of a preset first takes that slot over from the preset.

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
    if keys[0] == "structure" and len(keys) > 1:
        _open_preset(values, keys[1])
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


def _open_preset(values: dict[str, Any], slot: str) -> None:
    structure = values.get("structure")
    own = {"preset": structure} if isinstance(structure, str) else structure
    if not isinstance(own, dict) or own.get("preset") not in list(PRESETS):
        return
    values["structure"] = own
    slots = PRESETS[own["preset"]].to_dict()
    if slot in slots:
        own.setdefault(slot, slots[slot])


def _position(target: Any, key: str, override: str) -> int:
    if not isinstance(target, list) or not key.isdigit() or int(key) >= len(target):
        raise UserError(f"--set {override}: there is no key {key!r} at that place.")
    return int(key)
