import numpy as np
import pytest

from models.choices import LossKind
from models.losses import make_loss

LABEL = np.float32([1, 0])


def test_squared_error_of_a_linear_prediction_takes_the_logit_itself():
    assert make_loss(LossKind.MSE, linear=True)(LABEL, np.float32([3, 1])).numpy() == pytest.approx(2.5)


def test_squared_error_of_a_sigmoid():
    # sigmoid(0) = 1/2 for both: (1/4 + 1/4) / 2
    assert make_loss(LossKind.MSE, linear=False)(LABEL, np.float32([0, 0])).numpy() == pytest.approx(0.25)


def test_binary_crossentropy():
    logit = np.float32([np.log(3), 0])  # sigmoids 3/4 and 1/2
    expected = -(np.log(3 / 4) + np.log(1 / 2)) / 2
    assert make_loss(LossKind.BCE, linear=False)(LABEL, logit).numpy() == pytest.approx(expected)


@pytest.mark.parametrize("kind", LossKind)
def test_loss_of_nothing_is_zero(kind):
    nothing = np.empty(0, np.float32)
    assert make_loss(kind, linear=False)(nothing, nothing).numpy() == 0
