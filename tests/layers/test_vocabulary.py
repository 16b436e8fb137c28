"""The vocabulary holds every layer that the sources and their readers name."""

from __future__ import annotations

from ziffern.layers import VOCABULARY, parse_layers
from ziffern.layers.vocabulary import OTHER_NAMES


def test_names_are_those_of_the_classes() -> None:
    assert all(name == kind.__name__ for name, kind in VOCABULARY.items())
    assert all(kind.__doc__ for kind in VOCABULARY.values())


def test_kerass_other_names() -> None:
    assert set(OTHER_NAMES.values()) <= set(VOCABULARY)
    for other, name in OTHER_NAMES.items():
        assert other not in VOCABULARY
        arguments = "(3, 3)" if "Conv" in name else "()"
        assert parse_layers(other + arguments) == parse_layers(name + arguments)
