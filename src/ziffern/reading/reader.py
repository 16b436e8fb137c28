"""Reading pages: from pixels to lines of digits, with one model that is loaded once.

reader = Reader()
reader.read_page(pixels)["lines"][0]["text"]      # uint8 (H, W, 3) → a structure.Page
read("cheque.jpg")["pages"][0]["lines"][0]["text"]
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ziffern.evaluation import ensemble
from ziffern.pictures import Pixels
from ziffern.reading import find, paper, separate
from ziffern.reading.structure import Line, Page, ReadDigit, Reading
from ziffern.states import Thresholds, states

DEFAULT_MODEL = "flagship"


class Reader:
    """A model that reads whole pages."""

    def __init__(self, model: str | Path = DEFAULT_MODEL) -> None:
        """Load a model by name or path; errors as in `ziffern.load`."""
        self.model = ensemble.load(model)

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on an answer is sure, and from which on it is a digit."""
        found = getattr(self.model, "thresholds", None)
        return found if isinstance(found, Thresholds) else Thresholds()

    def read_page(self, pixels: Pixels) -> Page:
        """Return the digits of a page, uint8 (H, W, 3), upright."""
        sheet = paper.ink_of(pixels)
        labels, marks = find.marks_of(sheet)
        lines = find.lines_of(sheet, marks)
        pieces = [separate.pieces_of(line, labels) for line in lines]
        normalise = self.model.contract.normalise
        candidates = [
            separate.candidates_of(those, sheet.ink, line.tall, normalise)
            for those, line in zip(pieces, lines, strict=True)
        ]
        pictures = [candidate.picture for those in candidates for candidate in those]
        page: Page = {"size": [pixels.shape[1], pixels.shape[0]], "lines": []}
        if not pictures:
            return page
        answers = self.model.alone.predict(np.stack(pictures))
        start = 0
        for line, those, parts in zip(lines, candidates, pieces, strict=True):
            answered = answers[start : start + len(those)]
            start += len(those)
            digits = self._digits(separate.best_way(parts, those, answered, line.tall), sheet)
            if digits:
                page["lines"].append(_line(digits))
        return page

    def _digits(self, found: list[separate.Found], sheet: paper.Sheet) -> list[ReadDigit]:
        if not found:
            return []
        answers = np.stack([each.probabilities for each in found])
        return [
            {
                "digit": None if state == "no-digit" else int(answer.argmax()),
                "probability": float(answer.max()),
                "box": sheet.box(*each.box),
                "state": state,
            }
            for each, answer, state in zip(
                found, answers, states(answers, self.thresholds), strict=True
            )
        ]


def _line(digits: list[ReadDigit]) -> Line:
    lefts, tops, widths, heights = np.array([digit["box"] for digit in digits]).T
    left, top = int(lefts.min()), int(tops.min())
    right, bottom = int((lefts + widths).max()), int((tops + heights).max())
    return {
        "text": "".join(str(digit["digit"]) for digit in digits if digit["digit"] is not None),
        "box": [left, top, right - left, bottom - top],
        "digits": digits,
    }


def read(path: str | Path, model: str | Path = DEFAULT_MODEL) -> Reading:
    """Read the digits of a file: a picture, a TIFF of several pages, a PDF.

    Raises:
        DataError: no file that can be read.
        RunError: no such model.
    """
    from ziffern.reading.files import pages

    reader = Reader(model)
    return {"file": str(path), "pages": [reader.read_page(pixels) for pixels in pages(path)]}
