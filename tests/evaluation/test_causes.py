import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.evaluation.causes import CAUSES, causes, set_aside
from ziffern.evaluation.neighbours import Likeness


def evidence(own, other):
    nothing = np.zeros(len(own), dtype=np.int64)
    return Likeness(np.array(own), np.array(other), nothing, nothing)


def test_the_label_comes_before_the_picture_and_that_before_the_network():
    near_own, near_other = (0.3, 0.4), (0.4, 0.3)
    own, other = zip(near_own, near_other, near_own, near_other, strict=True)
    found = causes(np.array([7, 8, 947, 1621]), (947, 1621), evidence(own, other))
    assert found == ("network wrong", "hardly readable", "label disputed", "label disputed")
    assert set(found) == set(CAUSES)


def test_without_any_training_picture_of_its_class_a_digit_is_hardly_readable():
    assert causes(np.array([0]), (), evidence([np.inf], [0.5])) == ("hardly readable",)
    assert causes(np.array([0]), (), evidence([0.5], [np.inf])) == ("network wrong",)
    assert causes(np.array([], int), (3,), evidence([], [])) == ()


def test_setting_aside_leaves_right_and_wrong_answers_out():
    labels, predictions = np.array([0, 1, 2, 3]), np.array([0, 1, 0, 0])
    assert set_aside(labels, predictions, ()) == (2, 4)
    assert set_aside(labels, predictions, (0, 2)) == (1, 2)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="2 wrong answers do not fit 1 comparisons"):
        causes(np.array([1, 2]), (), evidence([0.1], [0.2]))
    labels = np.array([0, 1])
    with pytest.raises(InputError, match="cannot set 2 aside: there are 2 answers"):
        set_aside(labels, labels, (0, 2))
    with pytest.raises(InputError, match="all 2 answers"):
        set_aside(labels, labels, (0, 1))
