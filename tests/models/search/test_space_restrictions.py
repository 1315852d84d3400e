"""What a config may say about the slots of a search."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.errors import UserError
from models.presets import PRESETS
from models.search.slots import slots_of
from models.search.space import SearchSpace
from models.settings import TrainSettings
from models.slots import Branch, Tower
from models.structure import Structure
from tests.models.search.drawing import draw

MF = PRESETS["mf"]
FEEDBACKS = ("implicit", "explicit")
FULL = {feedback: SearchSpace(feedback, MF, TrainSettings(), 100_000) for feedback in FEEDBACKS}


def restricted(feedback="implicit", items=1000, structure=MF, **restrictions) -> SearchSpace:
    return SearchSpace(feedback, structure, TrainSettings(), items, restrictions)


def some_values(data, feedback, names, also=None):
    """For each slot some of its values, and those of `also`."""
    slots = slots_of(feedback)
    return {
        name: list(
            dict.fromkeys(
                data.draw(st.lists(st.sampled_from(slots[name].values), min_size=not also))
                + ([also[name]] if also else [])
            )
        )
        for name in names
    }


@settings(max_examples=50, deadline=None)
@given(feedback=st.sampled_from(FEEDBACKS), data=st.data())
def test_restrictions_hold_in_all_that_is_tried(feedback, data):
    names = data.draw(st.sets(st.sampled_from(sorted(slots_of(feedback))), max_size=5))
    restrictions = some_values(data, feedback, names)
    try:
        space = restricted(feedback, 100_000, **restrictions)
    except UserError as error:
        assert "leaves no structure" in str(error)  # noqa: PT017
        assume(False)
    drawn = draw(space, lambda choices: data.draw(st.sampled_from(choices)))
    for values in [drawn, *(values for _, values in space.starting_points())]:
        space.structure(values)
        assert all(values[name] in restrictions[name] for name in names & values.keys())


@settings(max_examples=50, deadline=None)
@given(feedback=st.sampled_from(FEEDBACKS), data=st.data())
def test_restrictions_leave_everything_out_that_they_name_and_nothing_else(feedback, data):
    full = FULL[feedback]
    point = draw(full, lambda choices: data.draw(st.sampled_from(choices)))
    names = data.draw(st.sets(st.sampled_from(sorted(point)), max_size=5))
    restrictions = some_values(data, feedback, names, also=point)
    structure, train = full.structure(point), full.settings(point)
    space = SearchSpace(feedback, structure, train, 100_000, restrictions)
    assert space.starting_points()[0] == ("config", point)
    assert space.structure(point) == structure


def test_only_structures_that_fold_new_users_in():
    space = restricted(user_input=["interactions"])
    starting = space.starting_points()
    assert {name for name, _ in starting} == {
        name for name, preset in PRESETS.items() if preset.folds_in
    }  # not the config
    assert len(starting) == 9
    assert all(space.structure(values).folds_in for _, values in starting)


def test_values_that_are_not_among_a_slots_own():
    space = restricted(
        embedding_size=[200, 100.0], user_hidden_sizes=[333], learning_rate=[1], weight_decay=[0, 1e-5],
        optimizer=["sgd"], temperature=[2, 0.5], prediction_hidden_sizes=["9-8"], masking=[True],
        second_hidden_sizes=["7"], batch_size=[64],
    )  # fmt: skip
    allowed: dict[str, set] = {}
    for parameter in space.hyperparameters().space:
        allowed.setdefault(parameter.name, set()).update(parameter.values)
    assert allowed["embedding_size"] == {100, 200}
    assert allowed["user_hidden_sizes"] == {"333"}
    assert allowed["learning_rate"] == {1.0}
    assert allowed["weight_decay"] == {0.0, 1e-5}
    assert allowed["optimizer"] == {"sgd"}
    assert allowed["temperature"] == {0.5, 2.0}
    assert allowed["prediction_hidden_sizes"] == {"9-8"}
    assert allowed["second_hidden_sizes"] == {"7"}
    assert allowed["masking"] == {"true"}
    assert allowed["batch_size"] == {64}
    assert "normalized-bce" not in allowed["loss"]  # a cosine of temperature 1 is not allowed
    assert space.starting_points() == []


def test_what_depends_on_a_value_left_out_goes_too():
    """A softmax has no layers for each pair, so no MLP, no concatenation, no map and no second MLP."""
    parameters = restricted(loss=["softmax"]).hyperparameters().space
    allowed: dict[str, set] = {}
    for parameter in parameters:
        allowed.setdefault(parameter.name, set()).update(parameter.values)
    assert allowed["second_branch"] == {"none", "by-length"}
    assert allowed["fusion"] == {"product", "normalized-product"}
    assert allowed["prediction"] == {"linear", "learnt-linear", "non-linear"}
    assert not allowed.keys() & {"negatives_per_positive", "negative_sampling", "second_hidden_sizes"}


def test_a_sample_of_the_items_can_be_asked_for():
    space = restricted(sampled_items=[500, 300])
    starting = dict(space.starting_points())
    assert starting["autoncf"]["sampled_items"] == 300
    assert space.structure(starting["autoncf"]).loss.sampled_items == 300


def test_the_configs_structure_is_not_tried_where_slots_are_restricted_that_it_does_not_have():
    three = Structure(MF.branches * 3, MF.prediction, MF.loss)
    assert restricted(structure=three, dropout=[0.0]).starting_points()[0][0] == "autoncf-views"
    starting = restricted(structure=three, learning_rate=[0.001]).starting_points()
    assert starting[0][1]["origin"] == "given"
    assert restricted(structure=three, learning_rate=[0.01]).starting_points() == []


@pytest.mark.parametrize(
    ("restrictions", "message"),
    [
        ({"fusions": ["product"]}, r"search\.space\.fusions is no slot.*Choose among second_branch.*fusion"),
        ({"origin": ["given"]}, r"search\.space\.origin is no slot"),
        ({"fusion": []}, r"search\.space\.fusion has no value. Give one"),
        ({"fusion": ["dot"]}, r"space\.fusion should be one of product,.*Received: 'dot'"),
        ({"loss": [1]}, r"space\.loss should be one of mse.*Received: 1"),
        ({"embedding_size": [0]}, r"space\.embedding_size should be a whole number from 1\. Received: 0"),
        ({"embedding_size": [64.5]}, r"whole number from 1\. Received: 64.5"),
        ({"embedding_size": [float("inf")]}, r"whole number from 1\. Received: inf"),
        ({"embedding_size": ["64"]}, r"whole number from 1\. Received: '64'"),
        ({"batch_size": [True]}, r"batch_size should be a whole number from 1\. Received: True"),
        ({"dropout": [1.0]}, r"dropout should be a fraction from 0 to less than 1\. Received: 1.0"),
        ({"temperature": [0]}, r"temperature should be a number above 0\. Received: 0"),
        ({"learning_rate": [float("nan")]}, r"learning_rate should be a number above 0\. Received: nan"),
        ({"weight_decay": [-1]}, r"weight_decay should be a number from 0\. Received: -1"),
        ({"user_hidden_sizes": ["64,32"]}, r'widths such as "256-128-64" or none\. Received: \'64,32\''),
        ({"user_hidden_sizes": ["64-0"]}, r"Received: '64-0'"),
        ({"second_hidden_sizes": ["none"]}, r'widths such as "256-128-64"\. Received: \'none\''),
        ({"optimizer": ["lion"]}, r"optimizer should be one of adamw, adagrad, adam, sgd\."),
        (
            {"fusion": ["concat"], "loss": ["softmax"]},
            r"search\.space leaves no structure: nothing fits fusion = \['concat'\], loss = \['softmax'\]",
        ),
        ({"fusion": ["outer-product"], "embedding_size": [8]}, "leaves no structure"),
        ({"second_branch": ["by-length"], "normalization": ["l2"]}, "leaves no structure"),
        (
            {"second_branch": ["by-length"], "user_input": ["id"], "item_input": ["id"]},
            "leaves no structure",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(restrictions, message):
    with pytest.raises(UserError, match=message):
        restricted(**restrictions)


@pytest.mark.parametrize("slot", ["negatives_per_positive", "negative_sampling", "sampled_items"])
def test_explicit_feedback_has_no_negatives(slot):
    value = slots_of("implicit")[slot].values[0]
    with pytest.raises(UserError, match=f"{slot} is no slot"):
        restricted("explicit", **{slot: [value]})
    with pytest.raises(UserError, match=r"loss should be one of mse, bce, normalized-bce\. Received: 'bpr'"):
        restricted("explicit", loss=["bpr"])


def test_wide_maps_are_only_tried_when_asked_for():
    def widths(**restrictions):
        space = restricted(fusion=["outer-product"], **restrictions).hyperparameters().space
        return {
            value for parameter in space if parameter.name == "embedding_size" for value in parameter.values
        }

    assert widths() == {16, 32, 64}
    assert widths(embedding_size=[64, 128]) == {64, 128}
    tower = Tower("id", embedding_size=128)
    oncf = PRESETS["oncf"]
    wide = Structure((Branch(tower, tower, "outer-product"),), oncf.prediction, oncf.loss)
    assert restricted(structure=wide).starting_points()[0][1]["embedding_size"] == 128
