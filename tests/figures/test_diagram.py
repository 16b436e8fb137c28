"""The diagram: a block for each layer, sizes that tell the shape, the network's numbers."""

from __future__ import annotations

import matplotlib.text
import numpy as np
import pytest
from made_models import CONVOLUTIONS, NORMALISED, RECURRENT
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from ziffern import recipe
from ziffern.errors import InputError
from ziffern.figures.diagram import diagram_figure
from ziffern.inside.structure import flat, structure
from ziffern.layers import Network, parse_layers

DENSE = "Flatten()\n" + "Dense(64, activation='relu')\n" * 28 + "Dense(10)"


def parts_of(text: str):
    return structure(Network([layer for _, layer in parse_layers(text)]))


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


def marked(figure: Figure, gid: str) -> list:
    return [item for item in figure.axes[0].get_children() if item.get_gid() == gid]


def width_of(figure: Figure, gid: str) -> float:
    (block,) = marked(figure, gid)
    points = block.get_xy() if isinstance(block, Polygon) else block.get_bbox().get_points()
    return float(np.ptp(np.asarray(points)[:, 0]))


@pytest.mark.parametrize("text", [CONVOLUTIONS, NORMALISED, RECURRENT, DENSE])
def test_every_layer_has_a_block_and_its_numbers(text: str) -> None:
    parts = parts_of(text)
    figure = diagram_figure(parts, title="A network")
    figure.canvas.draw()
    written = texts(figure)
    assert written[0] == "A network"
    for part in flat(parts):
        assert len(marked(figure, part.name)) == 1
        if part.stage.parameters and not part.branches:
            assert f"{part.stage.parameters:,}" in written
        if part.stage.multiply_adds and not part.branches:
            assert f"{part.stage.multiply_adds:,}" in written
    total = sum(part.stage.parameters for part in parts)
    assert f"{total:,}" in written


def test_sizes_tell_the_shape() -> None:
    figure = diagram_figure(parts_of(CONVOLUTIONS))
    picture, first, pooled, second = (
        width_of(figure, name) for name in ("input", "conv2d", "max_pooling2d", "conv2d_1")
    )
    assert first / picture == pytest.approx(26 / 28)
    assert pooled / first == pytest.approx(13 / 26)
    assert second / pooled == pytest.approx(6 / 13)
    assert width_of(figure, "flatten") > width_of(figure, "dense")


def test_the_receptive_field_is_drawn_to_scale() -> None:
    figure = diagram_figure(structure(recipe.load("marvin").network))
    fields = [patch for patch in marked(figure, "field") if isinstance(patch, Rectangle)]
    widths = [patch.get_width() for patch in fields]
    np.testing.assert_allclose(
        np.array(widths) / widths[0], np.array([3, 4, 8, 10, 10] + [26] * 3) / 3
    )
    assert texts(figure).count("26×26") == 3


def test_a_block_goes_round_by_its_shortcut() -> None:
    plain = "Conv2D(4, 3)\nResidual([Conv2D(4, 3, padding='same')])\nFlatten()\nDense(10)"
    figure = diagram_figure(parts_of(plain))
    assert len(marked(figure, "shortcut")) == 1
    assert "sum of block and shortcut" in texts(figure)
    nested = (
        "Residual([Residual([Conv2D(4, 1)], shortcut=[Conv2D(4, 1)]), Conv2D(4, 1, strides=2)],"
        " shortcut=[Conv2D(4, 1, strides=2)])\nFlatten()\nDense(10)"
    )
    figure = diagram_figure(parts_of(nested))
    inner, outer = marked(figure, "shortcut")
    assert inner.get_xdata()[1] > outer.get_xdata()[1]
    # layers on the way around are drawn on it, smaller
    aside = width_of(figure, "residual/shortcut/conv2d")
    assert aside < 0.6 * width_of(figure, "residual/body/conv2d")
    assert not marked(diagram_figure(parts_of(CONVOLUTIONS)), "shortcut")


def test_costs_compare_by_their_bars() -> None:
    figure = diagram_figure(parts_of("Flatten()\nDense(100)\nDense(10)"))
    bars = [patch.get_width() for patch in marked(figure, "cost")]
    assert bars[1::2] == pytest.approx([bars[1], bars[1] * 1000 / 78400])


def test_long_lines_are_cut_and_no_network_is_refused() -> None:
    long = f"Conv2D(16, 3, padding='same', name='{'x' * 90}')\nFlatten()\nDense(10)"
    figure = diagram_figure(parts_of(long))
    assert max(map(len, texts(figure))) < 60
    with pytest.raises(InputError, match="no layers"):
        diagram_figure(())
