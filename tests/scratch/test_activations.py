import numpy as np
import pytest
from scratch_checks import check_layers

from ziffern.layers import ACTIVATIONS
from ziffern.scratch.activations import FUNCTIONS, Activation, Softmax, layer_of, softmax

SMOOTH = [name for name in ACTIVATIONS if name not in ("softmax", "threshold")]
FORMS = [
    ("Activation('{}')", (4, 3)),
    ("Dense(5, activation='{}')\nDense(2)", (4,)),
    ("Conv2D(3, 2, activation='{}')", (4, 4, 2)),
]
LARGE = np.array([-1e4, -100.0, -20.0, 0.0, 20.0, 80.0])


def test_every_activation_is_there():
    assert {*FUNCTIONS, "softmax"} == set(ACTIVATIONS)


@pytest.mark.parametrize("name", SMOOTH)
def test_same_as_pytorch(name):
    exact = 1e-7 if name.startswith("hard") else 1e-10  # PyTorch's sixth is one of float32
    for text, shape in FORMS:
        check_layers(text.format(name), shape, exact=exact)


def test_softmax_inside_a_network_is_the_same_as_pytorch():
    # which computes it in float32, whatever the rest
    for text, shape in FORMS:
        check_layers(text.format("softmax"), shape, double=False, exact=1e-5)


def test_threshold_steps_and_passes_no_error():
    layer, x = layer_of("threshold"), np.array([[-1.0, -0.0, 0.0, 2.0]])
    assert layer.forward(x).tolist() == [[0, 1, 1, 1]]
    assert layer.backward(np.ones_like(x)).tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_difference_quotients(name):
    x, h = np.linspace(-7, 7, 56), 1e-6  # no kink among them
    function = FUNCTIONS[name]
    slope = (function.value(x + h) - function.value(x - h)) / (2 * h)
    np.testing.assert_allclose(function.slope(x, function.value(x)), slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"exponential"}))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_values_neither_overflow_nor_change_the_type(name, dtype):
    x = LARGE.astype(dtype)
    y = FUNCTIONS[name].value(x)
    slope = FUNCTIONS[name].slope(x, y)
    assert np.isfinite(y).all()
    assert np.isfinite(slope).all()
    assert y.dtype == slope.dtype == dtype


def test_a_saturated_sigmoid_is_still_exact():
    y = FUNCTIONS["sigmoid"].value(np.array([-20.0, 20.0], np.float32))
    assert y[0] == pytest.approx(np.exp(-20), rel=1e-6)
    assert y[1] == 1


def test_softmax_gives_probabilities_that_do_not_change_with_a_common_term():
    x = np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, -1000.0]])
    y = softmax(x)
    np.testing.assert_allclose(y.sum(axis=1), 1)
    np.testing.assert_allclose(y, softmax(x + 5000))
    assert y[1].tolist() == [0.5, 0.5, 0]


def test_every_function_tells_its_formula():
    for function in FUNCTIONS.values():
        assert function.formula
        assert function.derivative
    assert isinstance(layer_of("relu"), Activation)
    assert isinstance(layer_of("softmax"), Softmax)
