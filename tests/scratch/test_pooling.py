import numpy as np
import pytest
from scratch_checks import check_layers

from ziffern.layers.pooling import MaxPooling2D as Record
from ziffern.scratch.pooling import GlobalMaxPooling2D, MaxPooling2D


@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
@pytest.mark.parametrize("size", ["2", "3", "(2, 3)"])
@pytest.mark.parametrize("strides", ["None", "1", "3"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_same_as_pytorch(kind, size, strides, padding):
    # our module in PyTorch keeps a window's number of values as float32
    check_layers(f"{kind}({size}, {strides}, '{padding}')", (6, 7, 3), exact=1e-7)


@pytest.mark.parametrize("kind", ["GlobalMaxPooling2D", "GlobalAveragePooling2D"])
@pytest.mark.parametrize("keepdims", ["", "keepdims=True"])
def test_whole_maps_are_the_same_as_pytorch(kind, keepdims):
    check_layers(f"{kind}({keepdims})", (4, 5, 3))


def test_of_equal_values_the_first_wins():
    layer = MaxPooling2D(Record(2), (2, 2, 1))
    x = np.array([[1.0, 3.0], [3.0, 3.0]]).reshape(1, 2, 2, 1)
    assert layer.forward(x).ravel().tolist() == [3]
    assert layer.backward(np.ones((1, 1, 1, 1))).ravel().tolist() == [0, 1, 0, 0]


def test_a_whole_map_shares_among_equal_values():
    layer = GlobalMaxPooling2D(keepdims=False)
    x = np.array([[1.0, 3.0], [3.0, 2.0]]).reshape(1, 2, 2, 1)
    assert layer.forward(x).tolist() == [[3]]
    assert layer.backward(np.ones((1, 1))).ravel().tolist() == [0, 0.5, 0.5, 0]
