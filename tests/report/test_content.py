import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.evaluation.result import Evaluation
from ziffern.report import ReportContent


def evaluation(split, n):
    probabilities = np.full((n, 2), 0.5, dtype=np.float32)
    return Evaluation("mnist", split, ("0", "1"), np.zeros(n, dtype=np.int64), probabilities)


def test_the_test_evaluation_is_shown_once_there_is_one():
    validation, test = evaluation("validation", 3), evaluation("test", 5)
    assert ReportContent(title="t", run="r").shown is None
    assert ReportContent(title="t", run="r", validation=validation).shown is validation
    assert ReportContent(title="t", run="r", validation=validation, test=test).shown is test


def test_pictures_must_be_those_of_the_shown_evaluation():
    images = np.zeros((3, 28, 28), dtype=np.uint8)
    ReportContent(title="t", run="r", validation=evaluation("validation", 3), images=images)
    with pytest.raises(InputError, match="3 pictures for 5 evaluated samples"):
        ReportContent(title="t", run="r", test=evaluation("test", 5), images=images)
