import numpy as np
import pytest
from scratch_checks import check_layers

from ziffern.layers.convolution import Conv2D as Record
from ziffern.scratch.convolution import Conv2D, windows


@pytest.mark.parametrize("size", ["1", "3", "(3, 2)"])
@pytest.mark.parametrize("strides", ["1", "2", "(1, 3)"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_same_as_pytorch(size, strides, padding):
    check_layers(f"Conv2D(3, {size}, strides={strides}, padding='{padding}')", (6, 7, 2))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Conv2D(24, 6, strides=2, padding='same')", (14, 14, 3)),
        ("Conv2D(3, 3, dilation_rate=2)", (7, 8, 2)),
        ("Conv2D(3, 3, dilation_rate=(1, 2), padding='same')", (5, 6, 2)),
        ("Conv2D(6, 3, groups=2, padding='same')", (5, 5, 4)),
        ("Conv2D(6, 2, groups=3, strides=2, use_bias=False)", (5, 5, 3)),
        ("Conv2D(2, 2, strides=3)", (9, 9, 1)),  # pixels between the windows are never seen
    ],
)
def test_more_of_it_is_the_same_as_pytorch(text, shape):
    check_layers(text, shape)


def test_by_hand():
    edge = np.array([[1.0, -1.0]]).reshape(1, 2, 1, 1)
    layer = Conv2D(Record(1, (1, 2), use_bias=False), (1, 4, 1), {"kernel": edge})
    picture = np.array([0.0, 5.0, 5.0, 7.0]).reshape(1, 1, 4, 1)
    assert layer.forward(picture).ravel().tolist() == [-5, 0, -2]
    back = layer.backward(np.ones((1, 1, 3, 1)))
    assert back.ravel().tolist() == [1, 0, 0, -1]  # inner pixels are looked at by both taps
    assert layer.gradients["kernel"].ravel().tolist() == [10, 17]


def test_windows_are_a_view():
    x = np.arange(32.0).reshape(1, 4, 4, 2)
    seen = windows(x, (2, 2), (2, 2))
    assert seen.shape == (1, 2, 2, 2, 2, 2)
    assert np.shares_memory(seen, x)
    assert seen[0, 1, 0, :, :, 0].tolist() == [[16, 18], [24, 26]]
    assert windows(x, (2, 2), (1, 1), (2, 3))[0, 0, 0, :, :, 1].tolist() == [[1, 7], [17, 23]]
