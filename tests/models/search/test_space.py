"""Which structures a search can try: all valid, every preset and the config among them."""

import dataclasses
import json

import keras_tuner
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.choices import Fusion, LossKind, PredictionKind
from models.presets import PRESET_TRAINING, PRESETS
from models.search.slots import SLOTS
from models.search.space import STARTING_PRESETS, SearchSpace
from models.settings import TrainSettings
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure
from pipeline.config import load_config, packaged_configs
from tests.models.search.drawing import draw

MF, CFNET, ONCF = (PRESETS[name] for name in ("mf", "cfnet", "oncf"))
TRAIN = TrainSettings(patience=7, seed=3)
OWN_FUSION = dataclasses.replace(MF, branches=(Branch(Tower("id"), Tower("id"), "models.fusion.Product"),))
THREE_BRANCHES = dataclasses.replace(MF, branches=MF.branches * 3)
TWO_ACTIVATIONS = dataclasses.replace(
    MF,
    branches=(
        Branch(Tower("interactions", activation="tanh"), Tower("interactions", activation="relu"), "product"),
    ),
)
UNUSUAL = Structure(
    branches=(
        Branch(
            user=Tower(
                "interactions", 200, hidden_sizes=(300, 70), activation="tanh", interaction_dropout=0.6
            ),
            item=Tower("both", 100, hidden_sizes=(90,), activation="tanh", interaction_dropout=0.6),
            fusion="normalized-product",
            temperature=5.0,
        ),
    ),
    prediction=Prediction("mlp", hidden_sizes=(50,)),
    loss=Loss("bce", negatives_per_positive=2, negative_sampling="popularity"),
    masking=True,
)
"""Every slot with a value that is tried in no search by itself."""

SPACES = [
    SearchSpace(feedback, structure, train, items)
    for feedback in ("implicit", "explicit")
    for structure, train, items in (
        (MF, TRAIN, 1000),
        (UNUSUAL, TrainSettings(learning_rate=0.004, optimizer="sgd"), 1000),
        (ONCF, TRAIN, 100_000),
        (THREE_BRANCHES, TRAIN, 1000),
    )
    if feedback == "implicit" or not structure.loss.ranks
]


@settings(max_examples=60, deadline=None)
@given(space=st.sampled_from(SPACES), data=st.data())
def test_whatever_is_drawn_is_a_structure_that_the_feedback_can_have(space, data):
    values = draw(space, lambda choices: data.draw(st.sampled_from(choices)))
    structure = space.structure(values)
    assert Structure.from_dict(structure.to_dict()) == structure
    assert space.feedback == "implicit" or not structure.loss.ranks
    found = space.settings(values)
    assert found.model_dump() == space.train.model_dump() | space.tuned(values)
    assert TrainSettings(**found.model_dump()) == found
    # Nothing is lost: as a config, what was drawn is the same point again.
    again = SearchSpace(
        space.feedback, structure, found, 100_000 if structure.loss.sampled_items else 1000
    ).starting_points()[0]
    values.pop("origin", None)
    if structure is not THREE_BRANCHES:
        assert again == ("config", values)


@settings(max_examples=60, deadline=None)
@given(space=st.sampled_from(SPACES), data=st.data())
def test_a_slot_is_there_where_it_means_something(space, data):
    values = draw(space, lambda choices: data.draw(st.sampled_from(choices)))
    if values.get("origin") == "given":
        assert values.keys() == {"origin", "optimizer", "learning_rate", "weight_decay", "batch_size"}
        return
    structure = space.structure(values)
    towers = structure.interaction_towers
    explicit, softmax = space.feedback == "explicit", structure.loss.kind is LossKind.SOFTMAX
    there = {
        "user_hidden_sizes": structure.branches[0].user.takes_interactions,
        "item_hidden_sizes": structure.branches[0].item.takes_interactions,
        "activation": bool(towers),
        "normalization": bool(towers),
        "interaction_dropout": bool(towers),
        "targets": any(tower.interaction_dropout for tower in towers),
        "masking": bool(towers) and structure.loss.targets == "all",
        "temperature": structure.branches[0].fusion is Fusion.NORMALIZED_PRODUCT,
        "second_embedding_size": structure.branches[-1].fusion is Fusion.CONCAT
        and len(structure.branches) == 2,
        "second_hidden_sizes": bool(structure.branches[-1].hidden_sizes),
        "prediction_hidden_sizes": bool(structure.prediction.hidden_sizes),
        "negatives_per_positive": not (explicit or softmax),
        "negative_sampling": not explicit and (not softmax or structure.loss.sampled_items is not None),
        "sampled_items": softmax and space is SPACES[2],  # the one with many items
        "origin": space.given is THREE_BRANCHES,
    }
    assert {name: name in values for name in there} == there
    cnn = structure.prediction.kind is PredictionKind.CNN
    assert cnn == (structure.branches[0].fusion is Fusion.OUTER_PRODUCT)
    if cnn:
        width = values["embedding_size"]
        assert max(branch.user.width for branch in structure.branches) <= 64
        assert 2 ** len(structure.prediction.hidden_sizes) <= width
    # Of a softmax every layer would be computed for every user of a step with every item.
    assert not (softmax and (structure.prediction.hidden_sizes or structure.branches[-1].hidden_sizes))


@pytest.mark.parametrize("feedback", ["implicit", "explicit"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_point(feedback, name):
    starting = dict(SearchSpace(feedback, OWN_FUSION, TRAIN, 1000).starting_points())
    if feedback == "explicit" and PRESETS[name].loss.ranks:
        assert name not in starting
        return
    space = SearchSpace(feedback, MF, TRAIN, 1000)
    assert space.structure(starting[name]) == PRESETS[name]
    suits = TrainSettings(**PRESET_TRAINING.get(name, {}))
    slots = ("optimizer", "learning_rate", "weight_decay", "batch_size")
    assert space.tuned(starting[name]) == {slot: getattr(suits, slot) for slot in slots} | {"patience": 8}


def test_the_values_of_a_preset():
    """Told slot by slot, as a report shows them."""
    starting = dict(SearchSpace("implicit", MF, TRAIN, 1000).starting_points())
    assert starting["cfnet"] == {
        "second_branch": "concat",
        "user_input": "interactions",
        "item_input": "interactions",
        "user_hidden_sizes": "512",
        "item_hidden_sizes": "1024",
        "activation": "tanh",
        "normalization": "none",
        "interaction_dropout": 0.5,
        "targets": "all",
        "masking": "false",
        "embedding_size": 64,
        "dropout": 0.0,
        "fusion": "product",
        "second_embedding_size": 256,
        "second_hidden_sizes": "256-128-64",
        "prediction": "non-linear",
        "loss": "bce",
        "negatives_per_positive": 4,
        "negative_sampling": "uniform",
        "optimizer": "adamw",
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "batch_size": 16384,
    }
    assert starting["oncf"] == {
        "second_branch": "none",
        "user_input": "id",
        "item_input": "id",
        "embedding_size": 64,
        "dropout": 0.0,
        "fusion": "outer-product",
        "prediction": "cnn",
        "prediction_hidden_sizes": "32-32-32-32-32-32",
        "loss": "bpr",
        "negatives_per_positive": 1,
        "negative_sampling": "uniform",
        "optimizer": "adamw",
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "batch_size": 1024,
    }


def test_the_config_comes_first_and_no_preset_twice():
    names = [name for name, _ in SearchSpace("implicit", MF, TrainSettings(), 1000).starting_points()]
    assert names == ["config", *(name for name in STARTING_PRESETS if name != "mf")]
    assert set(STARTING_PRESETS) == set(PRESETS)
    other_training = SearchSpace("implicit", MF, TrainSettings(batch_size=1024), 1000)
    assert [name for name, _ in other_training.starting_points()] == ["config", *STARTING_PRESETS]


@pytest.mark.parametrize("name", packaged_configs())
def test_every_packaged_config_is_a_point(name):
    config = load_config(name)
    space = SearchSpace(config.data.feedback, config.structure, config.train, 1000)
    name, values = space.starting_points()[0]
    assert name == "config"
    assert "origin" not in values
    assert space.structure(values) == config.structure
    assert space.settings(values) == config.train.model_copy(update={"patience": 8})


@pytest.mark.parametrize(("own", "searched"), [(4, 8), (8, 8), (20, 20)])
def test_all_trials_are_as_patient_as_the_most_patient(own, searched):
    space = SearchSpace("implicit", MF, TrainSettings(patience=own), 1000)
    patience = {space.settings(values).patience for _, values in space.starting_points()}
    assert patience == {searched}


def test_values_of_the_config_are_tried_beside_the_others():
    train = TrainSettings(optimizer="sgd", learning_rate=0.004, weight_decay=0.02, batch_size=500, patience=9)
    space = SearchSpace("implicit", UNUSUAL, train, 1000)
    name, values = space.starting_points()[0]
    assert (name, space.structure(values), space.settings(values)) == ("config", UNUSUAL, train)
    tried: dict[str, set] = {}
    for parameter in space.hyperparameters().space:
        tried.setdefault(parameter.name, set()).update(parameter.values)
        if parameter.ordered:
            assert parameter.values == sorted(parameter.values)
    own = {
        "user_hidden_sizes": "300-70",
        "item_hidden_sizes": "90",
        "interaction_dropout": 0.6,
        "embedding_size": 100,
        "temperature": 5.0,
        "prediction_hidden_sizes": "50",
        "negatives_per_positive": 2,
        "optimizer": "sgd",
        "learning_rate": 0.004,
        "weight_decay": 0.02,
        "batch_size": 500,
    }
    for name, value in own.items():
        assert value not in SLOTS[name].values
        assert tried[name] >= {*SLOTS[name].values, value}
    assert tried["embedding_size"] == {16, 32, 64, 100, 128, 256}


def test_a_tower_beside_one_with_both_inputs_is_twice_as_wide():
    """As a product needs it: an id and a vector of 64 units each are 128."""
    space = SearchSpace("implicit", MF, TRAIN, 1000)
    values = dict(space.starting_points())["i-autorec"] | {"user_input": "id", "item_input": "both"}
    branch = space.structure(values).branches[0]
    assert (branch.user.width, branch.item.width) == (512, 512)
    assert (branch.user.embedding_size, branch.item.embedding_size) == (512, 256)


@pytest.mark.parametrize("structure", [OWN_FUSION, THREE_BRANCHES, TWO_ACTIVATIONS])
def test_a_structure_that_the_slots_cannot_say_is_tried_as_it_is(structure):
    space = SearchSpace("implicit", structure, TRAIN, 1000)
    starting = space.starting_points()
    assert starting[0] == (
        "config",
        {
            "origin": "given",
            "optimizer": "adamw",
            "learning_rate": 0.001,
            "weight_decay": 0.0,
            "batch_size": 4096,
        },
    )
    assert space.structure(starting[0][1]) is structure
    assert all(values["origin"] == "searched" for _, values in starting[1:])
    assert len(starting) == 1 + len(PRESETS)


def test_what_changes_nothing_makes_no_difference():
    """A preset with another activation behind no layer, or negatives that a softmax does not draw."""
    tower = Tower("id", activation="tanh")
    idle = dataclasses.replace(MF, branches=(Branch(tower, tower, "product", activation="sigmoid"),))
    space = SearchSpace("implicit", idle, TrainSettings(), 1000)
    starting = space.starting_points()
    assert "mf" not in dict(starting)
    assert space.structure(starting[0][1]) == idle  # as it was written
    softmax = dataclasses.replace(
        PRESETS["autoncf"], loss=Loss("softmax", targets="dropped", negatives_per_positive=9)
    )
    space = SearchSpace("implicit", softmax, TRAIN, 1000)
    assert "origin" not in space.starting_points()[0][1]
    assert {value for hp in space.hyperparameters().space if hp.name == "negatives_per_positive"
            for value in hp.values} == {1, 4, 7}  # fmt: skip


@pytest.mark.parametrize(("items", "sampled"), [(50_000, None), (50_001, 4000)])
def test_a_softmax_over_many_items_samples_them(items, sampled):
    space = SearchSpace("implicit", MF, TRAIN, items)
    starting = dict(space.starting_points())
    for name in ("autoncf", "autoncf-views"):
        loss = dataclasses.replace(PRESETS[name].loss, sampled_items=sampled)
        assert space.structure(starting[name]) == dataclasses.replace(PRESETS[name], loss=loss)
    assert any(hp.name == "sampled_items" for hp in space.hyperparameters().space) == bool(sampled)


@settings(max_examples=20, deadline=None)
@given(space=st.sampled_from(SPACES), data=st.data())
def test_values_survive_files(space, data):
    """KerasTuner writes hyper-parameters as JSON, and so does TFX."""
    parameters = space.hyperparameters()
    parameters.values = draw(space, lambda choices: data.draw(st.sampled_from(choices)))
    written = json.loads(json.dumps(parameters.get_config()))
    read = keras_tuner.HyperParameters.from_config(written)
    assert read.values == parameters.values
    assert space.structure(read.values) == space.structure(parameters.values)
    assert space.settings(read.values) == space.settings(parameters.values)
    assert read.get_config() == parameters.get_config()


@pytest.mark.parametrize(
    ("own", "restrictions", "rates"),
    [
        (
            "adamw",
            {},
            {"adamw": [3e-4, 1e-3, 2e-3, 4e-3, 5e-3, 1e-2, 3e-2], "adagrad": [0.01, 0.03, 0.1, 0.3]},
        ),
        (
            "adagrad",
            {},
            {"adamw": [3e-4, 1e-3, 2e-3, 5e-3, 1e-2, 3e-2], "adagrad": [4e-3, 0.01, 0.03, 0.1, 0.3]},
        ),
        ("adamw", {"learning_rate": [0.2]}, {"adamw": [0.2], "adagrad": [0.2]}),
        ("adamw", {"optimizer": ["adagrad"]}, {"adagrad": [0.01, 0.03, 0.1, 0.3]}),
    ],
)
def test_learning_rates_suit_the_optimizer(own, restrictions, rates):
    train = TrainSettings(optimizer=own, learning_rate=4e-3)
    space = SearchSpace("implicit", MF, train, 1000, restrictions)
    found = {
        optimizer: sorted(parameter.values)
        for parameter in space.hyperparameters().space
        if parameter.name == "learning_rate"
        for condition in parameter.conditions
        for optimizer in condition.values
    }
    assert found == rates
