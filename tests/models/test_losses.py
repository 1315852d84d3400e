import numpy as np
import pytest
import tensorflow as tf
from numpy import log

from models.losses import make_loss, sampled_softmax
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

LABEL = np.float32([1, 0.25])
NOTHING = np.empty([2, 0], np.float32)


def loss_of(kind, prediction="non-linear", fusion="product"):
    tower = Tower("id", embedding_size=4)
    return make_loss(Structure((Branch(tower, tower, fusion),), Prediction(prediction), Loss(kind)))


def test_squared_error_of_a_linear_prediction_takes_the_logit_itself():
    # 2^2 and .75^2
    found = loss_of("mse", "linear")(LABEL, np.float32([3, 1]), NOTHING)
    assert found.numpy() == pytest.approx((4 + 0.5625) / 2)


def test_squared_error_of_a_sigmoid():
    # sigmoid(0) = 1/2 for both: 1/4 and 1/16
    found = loss_of("mse")(LABEL, np.float32([0, 0]), NOTHING)
    assert found.numpy() == pytest.approx((1 / 4 + 1 / 16) / 2)


def test_negatives_have_label_zero_and_count_as_much_as_positives():
    negative = np.float32([[1, 2, 0], [3, 0, 0]])
    found = loss_of("mse", "linear")(LABEL, np.float32([3, 1]), negative)
    assert found.numpy() == pytest.approx((4 + 0.5625 + 1 + 4 + 9) / 8)


LOGIT = np.float32([log(3), 0])  # sigmoids 3/4 and 1/2


@pytest.mark.parametrize("kind", ["bce", "normalized-bce"])
def test_crossentropies_of_a_sigmoid(kind):
    found = loss_of(kind)(LABEL, LOGIT, np.float32([[0], [log(4)]]))  # negatives: 1/2 and 4/5
    expected = [log(3 / 4), 0.25 * log(1 / 2) + 0.75 * log(1 / 2), log(1 / 2), log(1 / 5)]
    assert found.numpy() == pytest.approx(-np.mean(expected))


def test_normalised_crossentropy_of_a_cosine_takes_the_cosine_itself():
    found = loss_of("normalized-bce", "linear", "normalized-product")(
        LABEL, np.float32([0.5, 0.8]), np.float32([[0.1], [0.9]])
    )
    expected = [log(0.5), 0.25 * log(0.8) + 0.75 * log(0.2), log(0.9), log(0.1)]
    assert found.numpy() == pytest.approx(-np.mean(expected))


def test_normalised_crossentropy_of_an_impossible_cosine_is_finite():
    # cut to 1e-6 and to 1 - 1e-6, which float32 holds to a hundredth
    cosine = loss_of("normalized-bce", "linear", "normalized-product")
    found = cosine(np.float32([1, 0]), np.float32([-1, 1]), NOTHING)
    assert found.numpy() == pytest.approx(-log(1e-6), rel=1e-3)


def test_bpr_compares_each_positive_with_its_own_negatives():
    positive = np.float32([log(3), 0])
    negative = np.float32([[0, log(3)], [0, log(4)]])
    # sigmoid of the differences log 3, 0; 0, -log 4: 3/4, 1/2; 1/2, 1/5
    expected = -np.mean(log([3 / 4, 1 / 2, 1 / 2, 1 / 5]))
    for label in (LABEL, 0 * LABEL):
        assert loss_of("bpr")(label, positive, negative).numpy() == pytest.approx(expected)


def test_softmax_of_positive_and_negatives():
    # exp: 3 against 1 + 2 + 3, and 1 against 4
    found = sampled_softmax(np.float32(log([3, 1])), np.float32(log([6, 4])))
    assert found.numpy() == pytest.approx(-(log(3 / 9) + log(1 / 5)) / 2)


@pytest.mark.parametrize("kind", ["mse", "bce", "normalized-bce", "bpr"])
def test_loss_of_nothing_is_zero_and_so_is_its_gradient(kind):
    logit = tf.Variable([], shape=[0], dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss = loss_of(kind)(np.empty(0, np.float32), logit, np.empty([0, 4], np.float32))
    assert loss.numpy() == 0
    assert tape.gradient(loss, logit).shape == (0,)
    assert sampled_softmax(logit, logit).numpy() == 0


@pytest.mark.parametrize("kind", ["bce", "normalized-bce", "bpr"])
def test_large_logits_keep_the_loss_finite(kind):
    found = loss_of(kind)(LABEL, np.float32([-200, 200]), np.float32([[200], [200]]))
    assert np.isfinite(found.numpy())
