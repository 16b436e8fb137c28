from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import ziffern.explain
from ziffern.errors import InputError
from ziffern.explain import topics


def test_every_topic_is_a_module_and_every_module_a_topic() -> None:
    folder = Path(ziffern.explain.__path__[0])
    modules = {path.stem for path in folder.glob("*.py")}
    assert modules - {"__init__", "topics", "explanation", "material"} == set(topics.TOPICS)
    for topic in topics.TOPICS:
        assert callable(import_module(f"ziffern.explain.{topic}").explain)


def test_a_topic_has_pictures_that_are_told_in_words_too() -> None:
    told = topics.explain("convolution")
    assert told.topic == "convolution"
    assert told.headline.endswith(".")
    names = [section.name for section in told.sections]
    assert len(set(names)) == len(names) >= 2
    for section in told.sections:
        assert section.figure.axes
        assert len(section.text) > 100
        assert len(section.alt) > 30
        assert all(len(row) == len(section.columns) for row in section.rows)


def test_a_topic_that_does_not_exist() -> None:
    with pytest.raises(InputError, match="unknown topic 'optimisers': did you mean 'optimizers'"):
        topics.explain("optimisers")
    with pytest.raises(InputError, match="known: activations, batchnorm, convolution"):
        topics.check("xyz")
