from __future__ import annotations

import numpy as np
import pytest
import torch

from ziffern.explain import convolution
from ziffern.explain.material import digits


@pytest.fixture(scope="module")
def told():
    return convolution.explain()


@pytest.mark.parametrize("name", convolution.KERNELS)
@pytest.mark.parametrize(("stride", "padding"), convolution.SETTINGS)
def test_maps_are_those_of_pytorch(name: str, stride: int, padding: str) -> None:
    image, kernel = digits(0, 1).images[0], convolution.KERNELS[name]
    x = torch.from_numpy(image / 255)[None, None]
    if padding == "same":
        total = max(0, (-(-28 // stride) - 1) * stride + 3 - 28)
        x = torch.nn.functional.pad(
            x, (total // 2, total - total // 2, total // 2, total - total // 2)
        )
    expected = torch.conv2d(x, torch.from_numpy(kernel)[None, None], stride=stride)[0, 0]
    found = convolution.convolved(image, kernel, stride, padding)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)


def test_the_sum_in_full_is_the_maps_value(told) -> None:
    at = told.numbers["position"]
    part = digits(0, 100)
    image = part.images[int(np.flatnonzero(part.labels == convolution.DIGIT)[0])]
    edges = convolution.convolved(image, convolution.KERNELS["upright edges"])
    assert at["sum"] == pytest.approx(edges[at["row"], at["column"]])
    assert at["sum"] == pytest.approx(np.sum(at["products"]))
    expected = np.multiply(at["pixels"], convolution.KERNELS["upright edges"])
    np.testing.assert_allclose(at["products"], expected)
    assert (np.abs(at["products"]) > 0.02).sum() == 6  # the middle column weighs nothing
    assert f"= {at['sum']:.3f}" in told.sections[1].text


def test_sizes_follow_the_formulas(told) -> None:
    sizes = {(each["stride"], each["padding"]): each["output"] for each in told.numbers["sizes"]}
    for (stride, padding), output in sizes.items():
        side = -(-28 // stride) if padding == "same" else (28 - 3) // stride + 1
        assert output == [side, side]
    assert len(told.sections[2].rows) == len(sizes) == 5


def test_weights_are_counted(told) -> None:
    assert told.numbers["weights"] == 27
    assert told.numbers["weights_of_a_dense_layer"] == 784 * 26 * 26 * 3
    assert told.numbers["multiply_adds"] == 26 * 26 * 27
    assert "1,589,952" in told.headline


def test_edges_say_nothing_about_even_areas() -> None:
    even = np.full((28, 28), 200, np.uint8)
    for name in ("upright edges", "level edges"):
        np.testing.assert_allclose(
            convolution.convolved(even, convolution.KERNELS[name]), 0, atol=1e-12
        )
    np.testing.assert_allclose(
        convolution.convolved(even, convolution.KERNELS["blur"]), 200 / 255, rtol=1e-6
    )
