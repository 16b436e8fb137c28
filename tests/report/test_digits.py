import base64
import io

import numpy as np
from PIL import Image

from ziffern.evaluation.result import Evaluation
from ziffern.report.digits import picture_uri, tile


def test_a_picture_is_black_ink_on_nothing():
    uri = picture_uri(np.array([[0, 255]], dtype=np.uint8))
    decoded = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))
    assert decoded.mode == "LA"
    assert np.asarray(decoded).tolist() == [[[0, 0], [0, 255]]]


def test_a_tile_knows_its_answer_and_the_truth():
    p = np.array([[0.25, 0.75], [0.5, 0.5]], dtype=np.float32)
    shown = Evaluation("mnist", "test", ("zero", "one"), np.array([0, 0]), p)
    wrong = tile(np.zeros((2, 2), dtype=np.uint8), shown, 0)
    del wrong["uri"]
    assert wrong == {
        "predicted": "one", "true": "zero", "p_predicted": 0.75, "p_true": 0.25, "index": 0,
        "right": False,
    }  # fmt: skip
    assert tile(np.zeros((2, 2), dtype=np.uint8), shown, 1)["right"]
