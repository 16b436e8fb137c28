from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.distributions import distributions_figure


def test_every_unit_has_a_ridge_and_its_mean_in_every_panel() -> None:
    rng = np.random.default_rng(0)
    before = rng.normal([0.0, 3.0, -3.0], 1.0, (200, 3))
    panels = {"before": before, "after": before - before.mean(axis=0)}
    figure = distributions_figure(panels, x="value")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["before", "after"]
    for axes, values in zip(figure.axes, panels.values(), strict=True):
        means = [line.get_xdata()[0] for line in axes.get_lines() if line.get_gid() == "mean"]
        np.testing.assert_allclose(means, values.mean(axis=0), atol=1e-12)
        assert len(axes.collections) == 3
        assert axes.get_xlabel() == "value"
    one, other = (axes.get_xlim() for axes in figure.axes)
    assert one == other
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["unit 1", "unit 2", "unit 3"]
    figure.canvas.draw()


def test_a_unit_that_never_changes_is_drawn() -> None:
    distributions_figure({"dead": np.zeros((10, 2))}, x="value").canvas.draw()


@pytest.mark.parametrize("panels", [{}, {"a": np.array([[np.nan]])}])
def test_nothing_to_draw(panels) -> None:
    with pytest.raises(InputError, match="at least one panel, and finite"):
        distributions_figure(panels, x="value")
