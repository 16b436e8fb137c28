import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.probabilities import softmax_figure, temperature_figure
from ziffern.inside.probabilities import softmax_steps, tempered

NAMES = ("one", "two", "three")
STEPS = softmax_steps([2.0, -12.0, 0.5])


def texts(axes) -> list[str]:
    return [each.get_text().replace("\N{NARROW NO-BREAK SPACE}", " ") for each in axes.texts]


def test_a_column_for_each_step_with_bars_and_numbers() -> None:
    image = np.eye(28, dtype=np.uint8) * 255
    figure = softmax_figure(STEPS, NAMES, image=image)
    figure.canvas.draw()
    digit, *columns = figure.axes
    np.testing.assert_array_equal(digit.images[0].get_array(), image)
    assert [axes.get_title(loc="left") for axes in columns] == [
        "Logit", "less 2.00", "e to that", "÷ 1.223",
    ]  # fmt: skip
    values = [STEPS.logits, STEPS.shifted, STEPS.powers, STEPS.probabilities]
    for axes, expected in zip(columns, values, strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in axes.patches], expected)
    assert [texts(axes) for axes in columns] == [
        ["2.00", "−12.00", "0.50"],
        ["0.00", "−14.00", "−1.50"],
        ["1.0000", "< 0.0001", "0.2231"],
        ["81.76 %", "< 0.01 %", "18.24 %"],
    ]
    assert [label.get_text() for label in columns[0].get_yticklabels()] == list(NAMES)


def test_the_answer_stands_out_in_every_column() -> None:
    for axes in softmax_figure(STEPS, NAMES).axes:
        assert [text.get_fontweight() for text in axes.texts] == ["bold", "normal", "normal"]
        assert len({bar.get_facecolor() for bar in axes.patches}) == 2


def test_a_panel_for_each_temperature_with_the_largest_as_a_number() -> None:
    figure = temperature_figure(STEPS.logits, NAMES, temperatures=(1, 2))
    figure.canvas.draw()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["T = 1  (as trained)", "T = 2"]
    for axes, shares in zip(figure.axes, tempered(STEPS.logits, [1, 2]), strict=True):
        np.testing.assert_allclose([bar.get_height() for bar in axes.patches], shares)
        assert texts(axes) == [f"{shares[0]:.2%}".replace("%", " %")]


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="3 logits do not fit 2 class names"):
        softmax_figure(STEPS, NAMES[:2])
    with pytest.raises(InputError, match="3 logits do not fit 2 class names"):
        temperature_figure(STEPS.logits, NAMES[:2])
    with pytest.raises(InputError, match="no temperature"):
        temperature_figure(STEPS.logits, NAMES, temperatures=())
