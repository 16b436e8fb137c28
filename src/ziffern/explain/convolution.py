"""Convolution: three kernels on a real digit, one of their sums in full, stride and padding."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ziffern.evaluation.metrics import Floats
from ziffern.explain.explanation import Explanation, Section
from ziffern.explain.material import digits
from ziffern.figures.kernels import kernels_figure, position_figure, sizes_figure
from ziffern.layers.convolution import Conv2D as Record
from ziffern.layers.dense import Dense
from ziffern.scratch.convolution import Conv2D

KERNELS: dict[str, Floats] = {
    "upright edges": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4,
    "level edges": np.array([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]]) / 4,
    "blur": np.full((3, 3), 1 / 9),
}
"""Sobel's two edge detectors and the mean of nine pixels."""
DIGIT = 7
SETTINGS = ((1, "valid"), (1, "same"), (2, "same"), (2, "valid"), (3, "same"))
"""Stride and padding."""


def explain() -> Explanation:
    """Compute the topic; see `ziffern.explain.topics`."""
    part = digits(0, 100)
    image = part.images[int(np.flatnonzero(part.labels == DIGIT)[0])]
    maps = np.stack([convolved(image, kernel) for kernel in KERNELS.values()])
    place, window = telling_place(image)
    products = window * KERNELS["upright edges"]
    record = Record(filters=len(KERNELS), kernel_size=(3, 3), use_bias=False)
    dense = Dense(units=maps.size, use_bias=False)
    counts = {
        "weights": record.weights((28, 28, 1))["kernel"].size,
        "weights_of_a_dense_layer": dense.weights((784,))["kernel"].size,
        "multiply_adds": record.multiply_adds((28, 28, 1)),
    }
    return Explanation(
        "convolution",
        "Convolution",
        f"A convolution asks the same small question everywhere: {len(KERNELS)} kernels of 3×3 "
        f"have {counts['weights']} weights; a dense layer with as many outputs would have "
        f"{counts['weights_of_a_dense_layer']:,}.",
        [
            _kernels(image, maps),
            _position(image, place, products),
            _sizes(image),
        ],
        {
            **counts,
            "kernels": {name: kernel.tolist() for name, kernel in KERNELS.items()},
            "position": {
                "row": place[0],
                "column": place[1],
                "pixels": window.tolist(),
                "products": products.tolist(),
                "sum": float(products.sum()),
            },
            "sizes": [
                {
                    "stride": stride,
                    "padding": padding,
                    "output": list(convolved(image, KERNELS["blur"], stride, padding).shape),
                }
                for stride, padding in SETTINGS
            ],
        },
    )


def convolved(
    image: NDArray[np.uint8], kernel: Floats, stride: int = 1, padding: str = "valid"
) -> Floats:
    """Return the map (H′, W′) that one kernel makes of a picture, uint8 (H, W), taken as 0…1."""
    record = Record(
        filters=1, kernel_size=kernel.shape, strides=(stride, stride), padding=padding,
        use_bias=False,
    )  # fmt: skip
    layer = Conv2D(record, (*image.shape, 1), {"kernel": kernel[..., np.newaxis, np.newaxis]})
    return np.asarray(layer.forward(image[np.newaxis, ..., np.newaxis] / 255)[0, ..., 0])


def telling_place(image: NDArray[np.uint8]) -> tuple[tuple[int, int], Floats]:
    """Return where upright edges are found with as many products as can be, and the window there.

    Of the places with the most products that are not nearly 0 it is the one with the greatest sum.
    """
    windows = sliding_window_view(image / 255, (3, 3))
    products = windows * KERNELS["upright edges"]
    counts = (np.abs(products) > 0.02).sum(axis=(2, 3))
    sums = np.where(counts == counts.max(), products.sum(axis=(2, 3)), -np.inf)
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    return (int(row), int(column)), windows[row, column]


def _kernels(image: NDArray[np.uint8], maps: Floats) -> Section:
    first, second = (KERNELS[name] for name in ("upright edges", "blur"))
    return Section(
        "kernels",
        "Three kernels, one digit",
        "A kernel is a small table of weights. It is laid on every place of the picture; pixels "
        "and weights that lie on each other are multiplied and added up, and the sum becomes one "
        f"pixel of its map. The weights of an edge kernel add up to {first.sum():g}, so it says "
        "nothing about even areas and much where ink begins (+) or ends (−). The blur's add up to "
        f"{second.sum():g}: it keeps the brightness. These three are made by hand; a network "
        "learns its own.",
        kernels_figure(image, KERNELS, maps),
        "A handwritten 7, three kernels with their numbers, the sums of each over the digit, and "
        "the sums after relu.",
    )


def _position(image: NDArray[np.uint8], place: tuple[int, int], products: Floats) -> Section:
    terms = " ".join(f"{value:+.3f}" for value in products.flat if value).replace("-", "−")
    return Section(
        "position",
        "One sum in full",
        "A place where the kernel for upright edges finds one. Nine pixels times nine weights are "
        f"nine products; those that are not 0 add up: {terms.removeprefix('+')} = "
        f"{products.sum():.3f}. That is the map's value in row {place[0]}, column {place[1]}; the "
        f"other {26 * 26 - 1} are made alike.",
        position_figure(image, KERNELS["upright edges"], place),
        f"The digit with the window framed, its nine pixels, the nine weights and the products, "
        f"whose sum is {products.sum():.3f}.",
    )


def _sizes(image: NDArray[np.uint8]) -> Section:
    kernel = KERNELS["upright edges"]
    maps = [convolved(image, kernel, stride, padding) for stride, padding in SETTINGS]
    captions = [
        f"stride {stride}\n{padding}\n{made.shape[0]}×{made.shape[1]}"
        for (stride, padding), made in zip(SETTINGS, maps, strict=True)
    ]
    return Section(
        "sizes",
        "Stride and padding",
        "The stride is how far the kernel moves from one place to the next. Without padding "
        "(valid) it stays inside the picture: ⌊(28 − 3) / stride⌋ + 1 places fit into a side. With "
        "padding (same) zeros are put around the picture, so that every stride-th pixel gets a "
        "place: ⌈28 / stride⌉. A larger stride makes smaller maps, and what follows is cheaper and "
        "sees more of the picture at a time.",
        sizes_figure(image, maps, captions),
        "Maps of the same kernel at their true sizes: "
        + "; ".join(caption.replace("\n", " ") for caption in captions),
        ["stride>", "padding", "map", "sums>"],
        [
            [str(stride), padding, f"{made.shape[0]}×{made.shape[1]}", f"{made.size:,}"]
            for (stride, padding), made in zip(SETTINGS, maps, strict=True)
        ],
    )
