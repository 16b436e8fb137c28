"""Checked settings: types, ranges, and every mistake of a record in one message."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

from ziffern.errors import InputError
from ziffern.settings import Settings, build, by_name, choice, fill, flag, number, whole, words


@dataclass(frozen=True, kw_only=True)
class Walk(Settings):
    kind = "gait"
    name = "walk"
    speed: float = number(1.5, above=0, at_most=3)
    steps: int = whole(10, at_least=1)
    limp: bool = flag(False)
    shoes: str = choice("boots", "sandals")
    stops: tuple[str, ...] = words()


@dataclass(frozen=True, kw_only=True)
class Weather(Settings):
    kind = "weather"
    warmth: float = number(0.0)


KNOWN = by_name(Walk)


def test_values_take_their_normal_form() -> None:
    walk = build(KNOWN, "walk", {"speed": 2, "stops": ["bakery"]})
    assert walk == Walk(speed=2.0, stops=("bakery",))
    assert type(walk.speed) is float
    assert hash(walk) == hash(Walk(speed=2.0, stops=("bakery",)))
    with pytest.raises(FrozenInstanceError):
        walk.speed = 1.0  # type: ignore[misc]


def test_defaults_are_listed_in_order() -> None:
    assert Walk.defaults() == {
        "speed": 1.5,
        "steps": 10,
        "limp": False,
        "shoes": "boots",
        "stops": (),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"speed": 0}, "speed=0: expected a number above 0 and at most 3"),
        ({"speed": "fast"}, "speed='fast': expected a number above 0 and at most 3"),
        ({"speed": True}, "speed=True: expected a number"),
        ({"speed": float("nan")}, "speed=nan: expected a number"),
        ({"speed": None}, "speed=None: expected a number"),
        ({"steps": 2.0}, "steps=2.0: expected a whole number of at least 1"),
        ({"steps": 0}, "steps=0: expected a whole number of at least 1"),
        ({"limp": 1}, "limp=1: expected true or false"),
        ({"shoes": "none"}, "shoes='none': expected 'boots' or 'sandals'"),
        ({"shoes": ["boots"]}, "expected 'boots' or 'sandals'"),
        ({"stops": "bakery"}, "stops='bakery': expected a list of words"),
        ({"stops": [1]}, r"stops=\[1\]: expected a list of words"),
    ],
)
def test_wrong_values_are_named(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=f"gait 'walk': {message}|{message}"):
        build(KNOWN, "walk", arguments)


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        build(KNOWN, "walk", {"speed": -1, "limp": "no", "sped": 2})
    assert str(caught.value) == (
        "gait 'walk': speed=-1: expected a number above 0 and at most 3; "
        "limp='no': expected true or false; unknown argument 'sped': did you mean 'speed'?"
    )


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown gait 'wlak': did you mean 'walk'"):
        build(KNOWN, "wlak", {})
    with pytest.raises(InputError, match="gait 'walk': unknown argument 'step': did you mean"):
        build(KNOWN, "walk", {"step": 2})


def test_a_record_without_a_name() -> None:
    assert fill(Weather, {"warmth": 2}) == Weather(warmth=2.0)
    with pytest.raises(InputError, match=r"^weather: warmth='hot': expected a number$"):
        fill(Weather, {"warmth": "hot"})
