import numpy as np

from ziffern.evaluation.abstention import RiskCoverage, risk_coverage
from ziffern.evaluation.metrics import wilson_interval
from ziffern.figures.abstention import marked, risk_coverage_figure


def curve(n=2000, seed=0):
    """Answers that are the more often right, the surer they are."""
    rng = np.random.default_rng(seed)
    sure = 1 - 0.5 * rng.random(n) ** 6
    right = rng.random(n) < sure
    return risk_coverage(np.where(right, 0, 1), np.stack([sure, 1 - sure], axis=1))


def test_the_line_is_the_share_right_by_the_share_answered():
    found = curve()
    (axes,) = risk_coverage_figure(found).axes
    x, y = axes.lines[0].get_data()
    assert len(x) < 220
    assert (x[0], x[-1]) == (0, 1)
    assert y[-1] == 1 - found.risk[-1]
    places = np.searchsorted(found.coverage, x[1:])
    np.testing.assert_allclose(found.coverage[places], x[1:])
    np.testing.assert_allclose(y[1:], 1 - found.risk[places])
    (band,) = axes.collections
    n, wrong = int(found.answered[-1]), int(found.wrong[-1])
    at_the_end = band.get_paths()[0].vertices
    at_the_end = at_the_end[at_the_end[:, 0] == 1][:, 1]
    low, high = wilson_interval(n - wrong, n)
    assert np.isclose(at_the_end, low).any()
    assert np.isclose(at_the_end, high).any()


def test_marked_accuracies_are_reached_where_they_are_marked():
    found = curve()
    points = marked(found)
    assert 1 <= len(points) <= 3
    overall = 1 - found.risk[-1]
    for share, answered in points:
        assert share > overall
        assert found.answered_at(share) == answered < 1
    (axes,) = risk_coverage_figure(found).axes
    dots = [tuple(line.get_data()) for line in axes.lines[1:]]
    assert [(float(y[0]), float(x[0])) for x, y in dots] == [*points, (overall, 1.0)]
    texts = [text.get_text() for text in axes.texts]
    assert texts[-1].endswith("right of all")
    assert all(" right of " in text for text in texts)
    left, right = axes.get_xlim()
    assert left < min(answered for _, answered in points) < right


def test_extremes_are_drawn():
    always = np.array([1]), np.array([50])
    for wrong in (0, 50):
        flat = RiskCoverage(np.array([0.9]), always[1], np.array([wrong]))
        assert marked(flat) == []
        risk_coverage_figure(flat).canvas.draw()
    # surest where it is wrong
    risk_coverage_figure(
        RiskCoverage(np.array([0.9, 0.8]), np.array([10, 50]), np.array([10, 10]))
    ).canvas.draw()
