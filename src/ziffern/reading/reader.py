"""Reading pages: from pixels to lines of digits, with one model that is loaded once.

reader = Reader()
reader.read_page(pixels)["lines"][0]["text"]      # uint8 (H, W, 3) → a structure.Page
read("cheque.jpg")["pages"][0]["lines"][0]["text"]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from pathlib import Path

import numpy as np

from ziffern.classes import DIGITS
from ziffern.errors import RunError
from ziffern.evaluation import ensemble
from ziffern.pictures import Pixels
from ziffern.reading import cuts, files, find, paper, single, sizes
from ziffern.reading.numbers import in_numbers, parted
from ziffern.reading.separate import Candidate, Lattice, Probabilities
from ziffern.reading.slashes import slashes
from ziffern.reading.structure import Box, Line, Page, ReadDigit, Reading
from ziffern.states import State, Thresholds, states

DEFAULT_MODEL = "universal"
"""The model that reads where none is named."""

_CLEAR = 0.95  # a mark answered with so much is one digit and is not cut
_MOSTLY = 0.5  # share of the marks that stand in numbers: where more are digits, these are some
_AMONG = 0.05  # of the model's threshold: what may be a digit among digits is unsure
_BROAD = 1.2  # width by height of marks that are cut whatever the answer


class Reader:
    """A model that reads whole pages."""

    def __init__(self, model: str | Path = DEFAULT_MODEL) -> None:
        """Load a model of the ten digits by name or path; errors as in `ziffern.load`."""
        self.model = ensemble.load(model)
        names = self.model.class_names
        if names != DIGITS:
            some = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
            raise RunError(
                f"{self.model.name} tells {some} ({len(names)} classes); "
                f"pages are read by a model of the ten digits, such as {DEFAULT_MODEL}"
            )

    def read_page(self, pixels: Pixels) -> Page:
        """Return what digits stand on a page, uint8 (H, W, 3), upright.

        Lines without any digit are left out.
        """
        lines = self._numbers(pixels)
        if not lines:
            lines = self._single(pixels, ("sure", "unsure"))
        elif len(lines) == 1 and len(lines[0]["text"]) > 1 and self.model.background_class:
            # parts of one broken digit; a network that knows no others is sure of anything
            lines = self._single(pixels, ("sure",)) or lines
        return {"size": [int(pixels.shape[1]), int(pixels.shape[0])], "lines": lines}

    def _single(self, pixels: Pixels, wanted: Sequence[State]) -> list[Line]:
        """Return the digit that is all of a picture, if it has one of the states wanted."""
        found = single.digit_of(pixels, self.model.contract)
        if found is None:
            return []
        box, picture = found
        answers = self.model.predict(picture[np.newaxis])
        [state] = self._states(answers, self.model.thresholds)
        return [_line([_digit(answers[0], box, state)])] if state in wanted else []

    def _numbers(self, pixels: Pixels) -> list[Line]:
        """Return the lines of a page that have digits."""
        lines: list[Line] = []
        for sheet in paper.sheets_of(pixels):
            found = self._lines(sheet)
            heights = [
                each["box"][3]
                for line in found
                for each in line["digits"]
                if each["digit"] is not None
            ]
            if max(heights, default=0) >= sheet.tall_on_page / sizes.LOWER:
                return found
            # what is so tall is no number but a heading, and digits may be much lower
            lines = lines or found
        return lines

    def _lines(self, sheet: paper.Sheet) -> list[Line]:
        """Return the lines of a sheet that have digits."""
        labels, marks = find.marks_of(sheet)
        lines = find.lines_of(marks, sheet.tall, sheet.walls)
        lattices = self._lattices(lines, labels, sheet)
        answers = self.answers([lattice.candidates for lattice in lattices], sheet)
        found = [
            _Found([lattice.candidates[index] for index in best], lattice.left_out(best), line.row)
            for line, lattice, answer in zip(lines, lattices, answers, strict=True)
            if (best := lattice.best(answer))
        ]
        rows = (list(row) for _, row in groupby(found, key=lambda line: line.row))
        return [line for row in rows for line in self._row(row, sheet) if line["text"]]

    def _lattices(
        self, lines: Sequence[find.Line], labels: find.Labels, sheet: paper.Sheet
    ) -> list[Lattice]:
        """Return the candidates of each line; only marks that are no clear digit are cut."""
        wholes = [[cuts.piece_of(mark, labels) for mark in line.marks] for line in lines]
        alone = [
            [Candidate(0, 1, (whole,)) for whole in those if not _is_broad(whole)]
            for those in wholes
        ]
        clear = {
            candidate.parts[0]
            for those, answers in zip(alone, self.answers(alone, sheet), strict=True)
            for candidate, answer in zip(those, answers, strict=True)
            if answer.max() >= _CLEAR
        }
        unclear = [
            (whole, line.tall)
            for line, those in zip(lines, wholes, strict=True)
            for whole in those
            if whole not in clear
        ]
        parts = dict(
            zip(
                (whole for whole, _ in unclear),
                cuts.pieces_of([whole for whole, _ in unclear], [tall for _, tall in unclear]),
                strict=True,
            )
        )
        return [
            Lattice.of(
                [parts.get(whole, [whole]) for whole in those],
                [cuts.piece_of(mark, labels) for mark in line.small],
                line.tall,
            )
            for line, those in zip(lines, wholes, strict=True)
        ]

    def answers(
        self, candidates: Sequence[Sequence[Candidate]], sheet: paper.Sheet
    ) -> list[Probabilities]:
        """Return the answers to the candidates of each line, all asked at once."""
        pictures = [
            each.picture(sheet.ink, self.model.contract) for those in candidates for each in those
        ]
        if not pictures:
            return [np.empty((0, len(self.model.class_names)), np.float32) for _ in candidates]
        answers = self.model.alone.predict(np.stack(pictures))
        return np.split(answers, np.cumsum([len(those) for those in candidates])[:-1])

    def _row(self, lines: Sequence[_Found], sheet: paper.Sheet) -> list[Line]:
        """Return the numbers that stand in a row; they are answered again, as the model does best.

        What is far from each other, or has text in between, are numbers of their own.
        """
        marks = [each for line in lines for each in line.chosen]
        answers = self.model.predict(
            np.stack([each.picture(sheet.ink, self.model.contract) for each in marks])
        )
        boxes, digits = [each.box for each in marks], answers.argmax(axis=1).tolist()
        others = [box for line in lines for box in line.left_out]
        thresholds = self.model.thresholds
        called = self._states(answers, thresholds)
        # a model that was never calibrated has the thresholds of all such
        fitted = thresholds != Thresholds()
        in_number = in_numbers(called, digits, boxes, others, fitted=fitted)
        # among digits a mark is more likely one than what the threshold was chosen on
        lower = self._states(answers, replace(thresholds, digit=_AMONG * thresholds.digit))
        found = []
        ends = list(accumulate(len(line.chosen) for line in lines))
        for start, end in pairwise([0, *ends]):
            is_digit = in_number[start:end].copy()
            is_digit[slashes(marks[start:end], digits[start:end])] = False
            apart = parted(boxes[start:end], in_number[start:end])
            for part in pairwise([start, *(start + apart), end]):
                among = [called[mark] for mark in range(*part) if in_number[mark]]
                some = lower if among.count("no-digit") < _MOSTLY * len(among) else called
                found.append(
                    _line(
                        [
                            _digit(
                                answers[mark],
                                sheet.box(*boxes[mark]),
                                some[mark] if is_digit[mark - start] else "no-digit",
                            )
                            for mark in range(*part)
                        ]
                    )
                )
        return found

    def _states(self, answers: Probabilities, thresholds: Thresholds) -> list[State]:
        return states(answers, thresholds, background_class=self.model.background_class)


@dataclass(frozen=True)
class _Found:
    """What is read in a line: its marks, what is in none of them, and the row it stands in."""

    chosen: Sequence[Candidate]
    left_out: Sequence[paper.SheetBox]
    row: int


def _digit(answer: Probabilities, box: Box, state: State) -> ReadDigit:
    digit = None if state == "no-digit" else int(answer.argmax())
    return {"digit": digit, "probability": float(answer.max()), "box": box, "state": state}


def _line(digits: list[ReadDigit]) -> Line:
    boxes = np.array([digit["box"] for digit in digits])
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
    return {
        "text": "".join(str(digit["digit"]) for digit in digits if digit["digit"] is not None),
        "box": [left, top, right - left, bottom - top],
        "digits": digits,
    }


def _is_broad(whole: cuts.Piece) -> bool:
    height, width = whole.mask.shape
    return bool(width > _BROAD * height)


def read(path: str | Path, model: str | Path = DEFAULT_MODEL) -> Reading:
    """Read the digits of a file: a picture, a photo, a scan of several pages, a PDF.

    Args:
        path: the file; `ziffern.reading.files.pages` says which kinds there are.
        model: a shipped model's name, a run, a folder with a model, or an ONNX file.

    Raises:
        DataError: no file that can be read.
        RunError: no such model, or one that tells something else than the ten digits.
    """
    reader = Reader(model)
    return {"file": str(path), "pages": [reader.read_page(pixels) for pixels in files.pages(path)]}
