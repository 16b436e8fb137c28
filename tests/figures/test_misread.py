"""One sheet for a study: everything is on it, inside its borders, and flips stand out."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ziffern.exploration.misread import Answer, Study
from ziffern.exploration.written import Written
from ziffern.figures import style
from ziffern.figures.misread import misread_figure

PICTURE = np.zeros((28, 28), np.uint8)
PICTURE[4:24, 12:16] = 255


def study(*, blank: bool = False) -> Study:
    def answer(change: str, digit: str, state: str = "unsure") -> Answer:
        return Answer(change, PICTURE, digit, 0.7, state)  # type: ignore[arg-type]

    probabilities = np.full(10, 0.3 / 9, np.float32)
    probabilities[7] = 0.7
    changed = {
        "slant": [answer("−10°", "7"), answer("+10°", "1")],
        "size": [answer("90 %", "2", "no-digit")],
    }
    return Study(
        np.full((90, 120), 230, np.uint8),
        answer("", "7"),
        tuple("0123456789"),
        probabilities,
        None if blank else Written(2.2, 40.0, 0.6, 19.0, 2.0),
        PICTURE[np.newaxis].repeat(0 if blank else 3, axis=0),
        () if blank else ("7", "1", "7"),
        {} if blank else changed,
    )


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def frames(figure: Figure) -> list[str]:
    """Colours of the frames around pictures."""
    patches = [patch for axes in figure.axes for patch in axes.patches]
    return [
        patch.get_edgecolor() for patch in patches
        if isinstance(patch, Rectangle) and not patch.get_fill()
    ]  # fmt: skip


def test_everything_is_told() -> None:
    figure = misread_figure(study(), title="seven.jpg")
    told = texts(figure)
    percent = style.percent(0.7, 0)
    assert f"seven.jpg: read as 7 with {style.percent(0.7, 1)}, not sure" in told
    for text in ("as it came, 120×90", "−10°", f"7 {percent}", f"1 {percent}", f"(2 {percent})"):
        assert text in told
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert "slant, °" in labels
    assert "40.0" in told
    from matplotlib.colors import to_rgba

    # the flip, and the relative that is another digit
    assert frames(figure).count(to_rgba(style.WRONG)) == 2
    box = figure.bbox
    figure.savefig(io.BytesIO(), format="png")
    for axes in figure.axes:
        for text in axes.texts:
            extent = text.get_window_extent()
            assert extent.x0 >= 0
            assert extent.x1 <= box.x1 + 1, text.get_text()
            assert extent.y0 >= 0
            assert extent.y1 <= box.y1 + 1, text.get_text()


def test_a_refused_picture_and_an_empty_one_are_called_so() -> None:
    found = study()
    refused = dataclasses.replace(found, answer=dataclasses.replace(found.answer, state="no-digit"))
    figure = misread_figure(refused, title="a-scan-with-quite-a-name.jpg")
    headline = figure.axes[0].texts[0]
    assert "taken for no digit; of the ten it is most like a 7 with" in headline.get_text()
    assert headline.get_window_extent().x1 <= figure.bbox.x1
    assert any("empty picture" in text for text in texts(misread_figure(study(blank=True))))


def test_a_blank_picture_has_less_to_show() -> None:
    figure = misread_figure(study(blank=True))
    assert figure.get_figheight() < misread_figure(study()).get_figheight() - 2
    assert not any("changed a little" in text for text in texts(figure))
