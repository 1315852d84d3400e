"""The structures that a search can try, as KerasTuner's hyper-parameters."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.choices import LossKind
from models.errors import UserError
from models.presets import PRESET_TRAINING, PRESETS
from models.search.declarations import Declaration, active, admits, declare, declare_training
from models.search.encoding import Values, decode, encode, without_effectless
from models.search.restrictions import Choices, choices, choices_of_maps, read_restrictions
from models.search.settings import SlotValue
from models.search.slots import TRAIN_SLOTS, Slot, slots_of
from models.settings import Feedback, TrainSettings
from models.structure import Structure

if TYPE_CHECKING:
    import keras_tuner

MANY_ITEMS = 50_000
"""Above so many a softmax over all of them takes too long."""
PRESET_SAMPLED_ITEMS = 4000
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
ORIGIN, SEARCHED, GIVEN = "origin", "searched", "given"
"""The slot that a structure needs which the other slots cannot say, and its values."""


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
        self._sampled = items > MANY_ITEMS or "sampled_items" in restricted
        self._written = {
            without_effectless(structure, feedback): structure for structure in [*PRESETS.values(), given]
        }
        training: Values = {name: getattr(train, name) for name in TRAIN_SLOTS}
        own = encode(without_effectless(given, feedback)) | training
        self._all = _declare(slots, own, {}, feedback, self._sampled)
        if beside := self._encode(given) is None:
            # The values of what is no point belong together nowhere else.
            own = training
            self._all = _declare(slots, own, {}, feedback, self._sampled)
        self._allowed = _declare(slots, own, restricted, feedback, self._sampled)
        if beside and restricted.keys() <= set(TRAIN_SLOTS):
            self._all, self._allowed = _beside_given(self._all), _beside_given(self._allowed)
        if not any(declaration.name == "fusion" for declaration in self._allowed):
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
            for declaration in self._allowed
        ]
        parameters = keras_tuner.HyperParameters()
        parameters.merge(keras_tuner.HyperParameters.from_config({"space": space, "values": {}}))
        return parameters

    def starting_points(self) -> list[tuple[str, Values]]:
        """The config, as `config`, and the presets with the training that suits them: name and values.

        Those that the restrictions or the feedback leave out are not among them, nor is what came before.
        """
        points = [("config", self._point(self.given, self.train))]
        for name in STARTING_PRESETS:
            preset = self._sampling(PRESETS[name])
            if self.feedback == "implicit" or not preset.loss.ranks:
                points.append((name, self._point(preset, TrainSettings(**PRESET_TRAINING.get(name, {})))))
        kept: list[tuple[str, Values]] = []
        for name, values in points:
            if admits(self._allowed, values) and all(values != earlier for _, earlier in kept):
                kept.append((name, values))
        return kept

    def structure(self, values: Mapping[str, SlotValue]) -> Structure:
        """The structure of a point, whatever the restrictions.

        Raises:
            ValueError: if the values are none of a point.
        """
        if values.get(ORIGIN) == GIVEN:
            return self.given
        structure = decode(values)
        return self._written.get(structure, structure)

    def settings(self, values: Mapping[str, SlotValue]) -> TrainSettings:
        """The config's settings with those of a point."""
        return TrainSettings(**(self.train.model_dump() | self.tuned(values)))

    def tuned(self, values: Mapping[str, SlotValue]) -> dict[str, Any]:
        """The settings of a point alone, as in a config."""
        return {name: values[name] for name in TRAIN_SLOTS}

    def _encode(self, structure: Structure) -> Values | None:
        """The values of a structure, None if it is no point of the space without restrictions."""
        plain = without_effectless(structure, self.feedback)
        declarations = [declaration for declaration in self._all if declaration.name not in TRAIN_SLOTS]
        values = active({ORIGIN: SEARCHED} | encode(plain), declarations)
        return values if admits(declarations, values) and decode(values) == plain else None

    def _point(self, structure: Structure, train: TrainSettings) -> Values:
        values = self._encode(structure)
        training = {name: getattr(train, name) for name in TRAIN_SLOTS}
        return ({ORIGIN: GIVEN} if values is None else values) | training

    def _sampling(self, preset: Structure) -> Structure:
        """The preset, with a sample of the items in a softmax if there are many."""
        if not (self._sampled and preset.loss.kind is LossKind.SOFTMAX):
            return preset
        sizes = next(slot.values for slot in self._allowed if slot.name == "sampled_items")
        size = PRESET_SAMPLED_ITEMS if PRESET_SAMPLED_ITEMS in sizes else int(sizes[0])
        return dataclasses.replace(preset, loss=dataclasses.replace(preset.loss, sampled_items=size))


def _declare(
    slots: Mapping[str, Slot], own: Values, restricted: Choices, feedback: Feedback, sampled: bool
) -> list[Declaration]:
    flat = choices(slots, own, restricted)
    structure = declare(flat, choices_of_maps(slots, own, restricted), feedback, sampled)
    return [*structure, *declare_training(flat)]


def _beside_given(declarations: list[Declaration]) -> list[Declaration]:
    """The same with a slot that chooses between them and the config's structure as it is."""
    searched = ((ORIGIN, (SEARCHED,)),)
    return [
        Declaration(ORIGIN, (SEARCHED, GIVEN)),
        *(
            dataclasses.replace(slot, conditions=slot.conditions or searched)
            if slot.name not in TRAIN_SLOTS
            else slot
            for slot in declarations
        ),
    ]
