"""The structures that a search can try, as KerasTuner's hyper-parameters."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.choices import LossKind
from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from models.search.conditional import Declaration, active, admits
from models.search.declarations import GIVEN, ORIGIN, SEARCHED, beside_given, declare, declare_training
from models.search.encoding import Values, decode, encode, without_effectless
from models.search.restrictions import (
    Choices,
    choices,
    choices_of_maps,
    rates_of_adagrad,
    read_restrictions,
)
from models.search.settings import SlotValue
from models.search.slots import TRAIN_SLOTS, Slot, slots_of
from models.settings import Feedback, TrainSettings
from models.structure import Structure

if TYPE_CHECKING:
    import keras_tuner

MANY_ITEMS = 50_000
"""Above so many a softmax over all of them takes too long."""
PRESET_SAMPLED_ITEMS = 4000
PATIENCE = 8
"""How many epochs without a better one end a trial, if the config is not more patient: as of the most patient
preset, for all trials are compared with each other."""
STARTING_PRESETS = (
    "autoncf-views",
    "autoncf",
    "mf",
    "gmf",
    "neumf",
    "mlp",
    "u-autorec",
    "dmf",
    "cfnet-ml",
    "cfnet-rl",
    "i-autorec",
    "cfnet",
    "ours-dot",
    "ours-mlp",
    "oncf",
)
"""The cheap and the good ones first."""


class SearchSpace:
    """Every slot of the framework with the values that are tried in it, and four settings of the training.

    A slot is there only where it means something, and whatever is chosen in those that are there is a valid
    structure for the feedback. All presets are in the space, and the config's structure is: where its slots
    cannot say it (a fusion of one's own, three branches), a slot `origin` chooses between it and the search.

    Args:
        feedback: of the data.
        given: the config's structure.
        train: the config's settings; values of theirs and of `given` that a slot lacks are added to it.
        items: size of the catalogue; above `MANY_ITEMS` a softmax samples.
        restrictions: the values that a slot may have instead of all, by its name.

    Raises:
        UserError: naming `search.space`, the slot and what it may be, or what leaves no structure.
    """

    def __init__(
        self,
        feedback: Feedback,
        given: Structure,
        train: TrainSettings,
        items: int,
        restrictions: Mapping[str, Sequence[SlotValue]] = {},
    ):
        self.feedback = feedback
        self.given = given
        self.train = train
        slots = slots_of(feedback)
        restricted = read_restrictions(slots, restrictions)
        sampled = items > MANY_ITEMS or "sampled_items" in restricted
        samples = restricted.get("sampled_items", (PRESET_SAMPLED_ITEMS,)) if sampled else (None,)
        self._sample = PRESET_SAMPLED_ITEMS if PRESET_SAMPLED_ITEMS in samples else samples[0]
        self._written = {
            without_effectless(structure, feedback): structure for structure in [*PRESETS.values(), given]
        }
        training: Values = {name: getattr(train, name) for name in TRAIN_SLOTS}
        own = encode(without_effectless(given, feedback)) | training
        beside = self._encode(given, _declare(slots, own, {}, feedback, sampled)) is None
        # The values of what is no point belong together nowhere else.
        declarations = _declare(slots, training if beside else own, restricted, feedback, sampled)
        if beside and restricted.keys() <= set(TRAIN_SLOTS):
            declarations = beside_given(declarations)
        self._declarations = declarations
        if not any(declaration.name == "fusion" for declaration in declarations):
            wanted = ", ".join(f"{name} = {list(values)}" for name, values in restricted.items())
            raise UserError(
                f"search.space leaves no structure: nothing fits {wanted} at once. Allow more values of them."
            )

    def hyperparameters(self) -> "keras_tuner.HyperParameters":
        """Every slot as a `Choice`, under conditions where it is not always there.

        One name may stand under several conditions with different values; at most one of them holds.
        """
        import keras_tuner  # it loads TensorFlow, which restrictions can be checked without

        space = [
            {
                "class_name": "Choice",
                "config": {
                    "name": declaration.name,
                    "values": list(declaration.values),
                    "default": None,
                    "ordered": None,
                    "conditions": [
                        {"class_name": "Parent", "config": {"name": name, "values": list(values)}}
                        for name, values in declaration.conditions
                    ],
                },
            }
            for declaration in self._declarations
        ]
        parameters = keras_tuner.HyperParameters()
        parameters.merge(keras_tuner.HyperParameters.from_config({"space": space, "values": {}}))
        return parameters

    def starting_points(self) -> list[tuple[str, Values]]:
        """The config, as `config`, and the presets with the training that suits them: name and values.

        Those that the restrictions or the feedback leave out are not among them, nor is what came before.
        """
        points = {"config": self._point(self.given, self.train)}
        for name in STARTING_PRESETS:
            train = TrainSettings(**PRESET_TRAINING.get(name, {}))
            points[name] = self._point(self._sampling(PRESETS[name]), train)
        kept: list[tuple[str, Values]] = []
        for name, values in points.items():
            if admits(self._declarations, values) and all(values != earlier for _, earlier in kept):
                kept.append((name, values))
        return kept

    def structure(self, values: Mapping[str, SlotValue]) -> Structure:
        """The structure of a point, whatever the restrictions."""
        if values.get(ORIGIN) == GIVEN:
            return self.given
        structure = decode(values)
        return self._written.get(structure, structure)

    def settings(self, values: Mapping[str, SlotValue]) -> TrainSettings:
        """The config's settings with those of a point."""
        return TrainSettings(**(self.train.model_dump() | self.tuned(values)))

    def tuned(self, values: Mapping[str, SlotValue]) -> dict[str, Any]:
        """What a search sets beside the structure, as in a config: a point's settings, and the patience."""
        patience = max(self.train.patience, PATIENCE)
        return {**{name: values[name] for name in TRAIN_SLOTS}, "patience": patience}

    def _point(self, structure: Structure, train: TrainSettings) -> Values:
        """A structure as it is tried, with four settings of its training; only these if it is no point."""
        values = self._encode(structure, self._declarations)
        if values is None:
            values = {ORIGIN: GIVEN} if structure is self.given else {}
        return values | {name: getattr(train, name) for name in TRAIN_SLOTS}

    def _encode(self, structure: Structure, declarations: list[Declaration]) -> Values | None:
        """The values of a structure, None if it is no point."""
        plain = without_effectless(structure, self.feedback)
        slots = [slot for slot in declarations if slot.name not in TRAIN_SLOTS]
        values = active({ORIGIN: SEARCHED} | encode(plain), slots)
        return values if admits(slots, values) and decode(values) == plain else None

    def _sampling(self, preset: Structure) -> Structure:
        """The preset, with a sample of the items in a softmax if there are many."""
        if self._sample is None or preset.loss.kind is not LossKind.SOFTMAX:
            return preset
        return dataclasses.replace(
            preset, loss=dataclasses.replace(preset.loss, sampled_items=int(self._sample))
        )


def _declare(
    slots: Mapping[str, Slot], own: Values, restricted: Choices, feedback: Feedback, sampled: bool
) -> list[Declaration]:
    flat = choices(slots, own, restricted)
    structure = declare(flat, choices_of_maps(slots, own, restricted), feedback, sampled)
    return [*structure, *declare_training(flat, rates_of_adagrad(slots, own, restricted))]
