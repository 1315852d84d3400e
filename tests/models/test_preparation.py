import numpy as np
import pytest
import tensorflow as tf

from models.errors import UserError
from models.preparation import BATCH_SIGNATURE, prepare
from models.presets import PRESETS
from models.settings import TrainSettings
from tests.models.conftest import planted, small

SETTINGS = TrainSettings(batch_size=10, learning_rate=0.01)


def prepared(name, interactions, feedback, **settings):
    structure = small(PRESETS[name], 4)
    return prepare(structure, interactions, SETTINGS.model_copy(update=settings), feedback)


@pytest.mark.parametrize("name", ["oncf", "autoncf"])
def test_losses_that_rank_are_refused_for_explicit_feedback(interactions, name):
    kind = PRESETS[name].loss.kind.value
    with pytest.raises(UserError, match=f'loss.kind = "{kind}" ranks .* Use mse, bce or normalized-bce'):
        prepared(name, interactions, "explicit")


def test_values_that_do_not_fit_the_loss_are_refused(interactions):
    interactions.matrix.data[0] = -1
    with pytest.raises(UserError, match="Use loss bce or mse"):
        prepared("dmf", interactions, "explicit")


@pytest.mark.parametrize(
    ("name", "feedback", "span", "biased"),
    [
        ("mf", "implicit", (0, 1), False),
        ("mf", "explicit", (1, 5), True),
        ("cfnet", "explicit", (1, 5), True),
        ("dmf", "implicit", (0, 1), False),
        ("dmf", "explicit", (0, 5), False),  # a bias would lead the cosine above 1
    ],
)
def test_feedback_and_loss_decide_scale_and_biases(interactions, name, feedback, span, biased):
    model = prepared(name, interactions, feedback).model
    assert (model.scale.minimum, model.scale.maximum) == span
    assert (model.item_side.bias is not None) == model.biased == biased


def test_implicit_feedback_forgets_the_values(interactions):
    ready = prepared("dmf", interactions, "implicit")
    assert ready.model.user_vectors.values.numpy().tolist() == [1, 1, 1, 1, 1]
    assert np.concatenate([batch["value"] for batch in ready.batches]).tolist() == [1, 1, 1, 1, 1]


def test_explicit_values_are_centred_in_vectors_and_raw_in_batches(interactions):
    ready = prepared("cfnet-rl", interactions, "explicit")  # values 1 … 5: mean 3, deviation sqrt(2)
    first = ready.model.user_vectors.gather(tf.constant([0], tf.int64))
    np.testing.assert_allclose(first.values, [2 / np.sqrt(2), 0], rtol=1e-6)
    assert sorted(np.concatenate([batch["value"] for batch in ready.batches])) == [1, 2, 3, 4, 5]


def test_batches_are_an_epoch_and_another_one_the_next_time():
    ready = prepared("mf", planted(), "implicit")
    assert ready.steps_per_epoch == 720 / (10 / (1 + 4))
    first, second = (list(ready.batches) for _ in range(2))
    assert len(first) == len(second) == ready.steps_per_epoch
    assert {name: spec.dtype for name, spec in BATCH_SIGNATURE.items()} == {
        name: values.dtype for name, values in first[0].items()
    }
    assert first[0]["negatives"].shape == (2, 4)
    assert any(
        (one["user_index"] != other["user_index"]).numpy().any()
        for one, other in zip(first, second, strict=True)
    )


def test_the_loss_of_an_epoch_is_the_mean_over_its_interactions(interactions):
    # Values 1 … 5 are 0 … 1 inside the model. Nothing is learnt at this rate; batches are of 2, 2 and 1.
    ready = prepared("mf", interactions, "explicit", batch_size=2, learning_rate=1e-12)
    users, items, values = interactions.pairs()
    model = ready.model
    scores = model.scores(
        model.represent_users(tf.constant(users)), model.represent_items(tf.constant(items))
    )
    expected = np.mean(((values - scores) / 4) ** 2)
    assert ready.steps_per_epoch == 3
    history = model.fit(ready.batches, epochs=2, verbose=0).history["loss"]
    assert history == pytest.approx([expected, expected], rel=1e-4)


def test_the_schedule_ends_with_the_epochs(interactions):
    ready = prepared("mf", interactions, "explicit", batch_size=2, schedule="cosine", epochs=4)
    optimizer = ready.model.optimizer
    assert optimizer.learning_rate.numpy() == pytest.approx(0.01)
    ready.model.fit(ready.batches, epochs=2, verbose=0)
    assert optimizer.learning_rate.numpy() == pytest.approx(0.005)
    ready.model.fit(ready.batches, epochs=2, verbose=0)
    assert optimizer.learning_rate.numpy() == pytest.approx(0, abs=1e-8)


def test_the_seed_decides_weights_and_batches(interactions):
    def weights(seed):
        ready = prepared("autoncf", interactions, "implicit", seed=seed)
        ready.model.fit(ready.batches, epochs=2, verbose=0)
        return np.concatenate([variable.numpy().ravel() for variable in ready.model.trainable_variables])

    first = weights(1)
    np.testing.assert_array_equal(first, weights(1))
    assert (first != weights(2)).any()
