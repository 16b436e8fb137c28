"""Why a digit was read as it was: its measures, its nearest relatives, and what would change it.

    study = study_of(open_picture("seven.jpg"), model, part)
    study.sentences()           # plain sentences, the most telling first
    study.flips                 # which small change gives another answer

The explanations are hints: that a change flips an answer does not prove that it was the cause.
`ziffern.figures.misread` draws a study.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.datasets import Part
from ziffern.errors import InputError
from ziffern.evaluation.ensemble import Answerer
from ziffern.evaluation.neighbours import strokes
from ziffern.exploration.corrections import ORIENTATION, POLARITY, corrections
from ziffern.exploration.written import ANY, MEASURES, Written, known, unusual, written
from ziffern.pictures import Pixels
from ziffern.states import State, states

NEAREST = 8
_MEANT = {
    "stroke": "strokes {value:.1f} of 20 pixels wide",
    "slant": "a slant of {value:.0f}°",
    "breadth": "{value:.1f} times as broad as high",
}


@dataclass(frozen=True, eq=False)
class Answer:
    """What a network says to one picture, uint8 (28, 28), and how that differs from the digit's.

    change: such as "−10°"; empty for the digit as it is.
    """

    change: str
    picture: Pixels
    digit: str
    probability: float
    state: State


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that was found out about one picture.

    raw: the grey picture (H, W) as it came.
    answer: to the digit as it is; its `picture` is what the network sees.
    probabilities: of all classes, float32 (C,).
    measures: None where the picture is blank.
    nearest: the training digits most like it, uint8 (K, 28, 28), nearest first.
    labels: what they are (K,).
    changed: answers by kind of correction.
    """

    raw: Pixels
    answer: Answer
    class_names: tuple[str, ...]
    probabilities: NDArray[np.float32]
    measures: Written | None
    nearest: Pixels
    labels: tuple[str, ...]
    changed: dict[str, list[Answer]]

    @property
    def flips(self) -> dict[str, Answer]:
        """The smallest change of each kind that gives another answer."""
        return {
            name: first
            for name, answers in self.changed.items()
            if (first := next((each for each in answers if self.is_flip(name, each)), None))
        }

    def is_flip(self, name: str, answer: Answer) -> bool:
        """Whether a change of some kind gives another digit.

        Nearly every digit becomes another one when it is laid on its side or its paper is taken
        for ink: that counts only where the answer is surer then.
        """
        surer = answer.probability > self.answer.probability
        return (
            answer.digit != self.answer.digit
            and answer.state != "no-digit"
            and (surer or name not in (POLARITY, ORIENTATION))
        )

    @property
    def compared_with(self) -> str:
        """The class whose quantiles the measures are held against: that of the answer."""
        return self.answer.digit if self.answer.digit in known() else ANY

    def verdict(self, probability: str) -> str:
        """Say what was read, as the beginning of a sentence; `probability` as it is to stand."""
        if self.measures is None:
            return "nothing stands out from the paper: the network was given an empty picture"
        digit = f"{self.answer.digit} with {probability}"
        said: dict[State, str] = {
            "sure": f"read as {digit}, sure",
            "unsure": f"read as {digit}, not sure",
            "no-digit": f"taken for no digit; of the ten it is most like a {digit}",
        }
        return said[self.answer.state]

    def sentences(self) -> list[str]:
        """Say in plain words what was found, one sentence a line."""
        said = self.verdict(f"{self.answer.probability:.1%}")
        found = [f"{said[0].upper()}{said[1:]}."]
        if self.measures is None:
            return found
        found += self._written()
        if self.labels:
            (first, _), *_ = shares = Counter(self.labels).most_common()
            likes = ", ".join(f"{label} ({count} of {len(self.labels)})" for label, count in shares)
            agree = "which agrees" if first == self.answer.digit else "which speaks against it"
            found.append(f"The training digits most like it are {likes}, {agree}.")
        flips = [
            f"{name} ({each.change}) gives {each.digit} with {each.probability:.0%}"
            for name, each in self.flips.items()
        ]
        same = [name for name in self.changed if name not in self.flips]
        found.append(
            f"Other answers: {'; '.join(flips)}." if flips else "No change tried flips it."
        )
        if flips and same:
            found.append(f"Not by {', '.join(same)}.")
        return found

    def _written(self) -> list[str]:
        """Say how it is written beside the training digits of the class it is read as."""
        assert self.measures is not None
        values = asdict(self.measures)
        digit = self.compared_with if self.compared_with != ANY else "digit"
        odd = [
            f"{_MEANT[name].format(value=values[name])} ({'less' if side < 0 else 'more'} than "
            "99 % of the training digits)"
            for name in ("slant", "breadth", "stroke")
            if (side := unusual(name, values[name], self.compared_with))
            and not (name == "stroke" and side < 0)
        ]
        came = [
            told
            for name, side, told in (
                ("stroke", -1, "thinner"),
                ("size", -1, "smaller"),
                ("offset", 1, "further off the middle"),
            )
            if unusual(name, values[name], self.compared_with) == side
        ]
        found = [f"Unusual for a {digit}: {'; '.join(odd)}."] if odd else []
        if came:
            than = f"{', '.join(came)} than MNIST's {digit}s"
            found.append(f"As it came it was {than}; preparing it for the network undoes that.")
        return found or [f"It is written as a {digit} usually is."]

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON can hold them; no pictures."""
        label = self.compared_with
        return {
            "digit": self.answer.digit,
            "probability": self.answer.probability,
            "state": self.answer.state,
            "probabilities": dict(
                zip(self.class_names, map(float, self.probabilities), strict=True)
            ),
            "measures": None
            if self.measures is None
            else {
                name: {
                    "value": value,
                    "what": MEASURES[name],
                    "usual": [known()[label][name][0], known()[label][name][-1]],
                    "unusual": unusual(name, value, label) != 0,
                }
                for name, value in asdict(self.measures).items()
            },
            "nearest": list(self.labels),
            "corrections": {
                name: [
                    {
                        "change": each.change,
                        "digit": each.digit,
                        "probability": each.probability,
                        "state": each.state,
                    }
                    for each in answers
                ]
                for name, answers in self.changed.items()
            },
            "flips": {name: each.change for name, each in self.flips.items()},
            "sentences": self.sentences(),
        }


def study_of(levels: Pixels, model: Answerer, training: Part) -> Study:
    """Study how a model reads a grey picture (H, W) of one digit.

    Args:
        levels: uint8, of any size and polarity.
        model: the network that is to be understood.
        training: digits to look for relatives in; those that it learnt from, or a sample of them.

    Raises:
        InputError: the model wants pictures of another size or frame than MNIST's.
    """
    contract = model.contract
    if (contract.size, contract.box, contract.centre) != (28, 20, "mass"):
        raise InputError(
            f"{model.name} wants pictures of {contract.size}×{contract.size}, box {contract.box}, "
            f"centred by {contract.centre}; only readings of 28×28, box 20, centred by mass can be "
            "explained"
        )
    plain = contract.normalise(levels)
    tried = corrections(levels)
    asked = [("", plain), *(variant for variants in tried.values() for variant in variants)]
    probabilities = model.predict(np.stack([picture for _, picture in asked]))
    told = states(probabilities, model.thresholds, background_class=model.background_class)
    answers = [
        Answer(change, picture, model.class_names[int(row.argmax())], float(row.max()), state)
        for (change, picture), row, state in zip(asked, probabilities, told, strict=True)
    ]
    answer, rest = answers[0], iter(answers[1:])
    near = _nearest(plain, training)
    return Study(
        levels,
        answer,
        model.class_names,
        probabilities[0],
        written(levels),
        training.images[near],
        tuple(str(label) for label in training.labels[near].tolist()),
        {name: [next(rest) for _ in variants] for name, variants in tried.items()},
    )


def _nearest(picture: Pixels, training: Part) -> NDArray[np.intp]:
    """Return the training digits whose strokes are most like those of a picture."""
    if not picture.any() or not len(training):
        return np.empty(0, np.intp)
    alike = strokes(training.images) @ strokes(picture[np.newaxis])[0]
    return np.argsort(-alike, kind="stable")[:NEAREST]
