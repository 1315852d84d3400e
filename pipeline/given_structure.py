"""How a configuration names a structure."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from models.presets import PRESET_TRAINING, PRESETS
from models.structure import Structure


def _open_preset(structure: Any) -> Any:
    """Every slot: those of the preset that the structure names, and over them those that it sets itself."""
    own = {"preset": structure} if isinstance(structure, str) else structure
    if not isinstance(own, dict) or "preset" not in own:
        return structure
    name = own["preset"]
    if name not in list(PRESETS):
        raise ValueError(f"{name!r} is no preset; choose {', '.join(PRESETS)}, or give every slot")
    return PRESETS[name].to_dict() | {slot: value for slot, value in own.items() if slot != "preset"}


GivenStructure = Annotated[
    Structure, BeforeValidator(_open_preset), PlainSerializer(lambda structure: structure.to_dict())
]
"""The name of a preset; or `preset` with its name, and the slots that differ from it; or every slot."""


def train_as_suits_the_preset(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration, with the settings under `train` that suit the preset it names.

    Args:
        values: with `structure` and perhaps `train`, whose own settings stay.
    """
    structure, own = values.get("structure"), values.get("train", {})
    name = structure.get("preset") if isinstance(structure, dict) else structure
    # Anything else is no preset, or refused as the value of its field.
    if isinstance(name, str) and isinstance(own, dict):
        return {**values, "train": PRESET_TRAINING.get(name, {}) | own}
    return dict(values)
