import numpy as np
import pytest
from scratch_checks import check_layers

from ziffern.scratch.dense import Dense


@pytest.mark.parametrize("shape", [(4,), (5, 4), (3, 2, 4)])
@pytest.mark.parametrize("bias", ["", ", use_bias=False"])
def test_same_as_pytorch(shape, bias):
    check_layers(f"Dense(3{bias})", shape)


def test_by_hand():
    kernel, bias = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -0.5])
    layer = Dense({"kernel": kernel, "bias": bias})
    assert layer.forward(np.array([[1.0, 10.0]])).tolist() == [[31.5, 41.5]]
    # δ = (1, −1): what goes back to the inputs are the differences of the rows
    assert layer.backward(np.array([[1.0, -1.0]])).tolist() == [[-1, -1]]
    assert layer.gradients["kernel"].tolist() == [[1, -1], [10, -10]]
    assert layer.gradients["bias"].tolist() == [1, -1]
