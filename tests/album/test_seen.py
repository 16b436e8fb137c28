import numpy as np
import pytest

from ziffern import datasets
from ziffern.album.page import Plate
from ziffern.album.seen import seen, tolerant
from ziffern.errors import InputError


def test_a_limit_draws_pictures_and_knows_their_numbers():
    digits = datasets.load("mnist")
    look = seen(digits, limit=30, seed=3)
    assert (len(look.train), len(look.test)) == (30, 30)
    assert (look.train.images == digits.train.images[look.train_numbers]).all()
    assert (look.test.labels == digits.test.labels[look.test_numbers]).all()
    assert (np.diff(look.train_numbers) > 0).all()
    assert (seen(digits, limit=30, seed=3).train_numbers == look.train_numbers).all()
    assert (seen(digits, limit=30, seed=4).train_numbers != look.train_numbers).any()


def test_without_a_limit_everything_is_seen():
    digits = datasets.load("mnist")
    look = seen(digits)
    assert (look.train.images == digits.train.images).all()
    assert look.test_numbers.tolist() == list(range(1000))
    assert len(seen(digits, limit=3000).test) == 1000
    with pytest.raises(InputError, match="--limit 0: expected 1 or more"):
        seen(digits, limit=0)


def test_what_the_set_is_not_fit_for_becomes_a_sentence():
    numbers = {}

    def fails():
        raise InputError("too few pictures")

    assert tolerant("a", "A", lambda: [Plate("a", "A", "text")], numbers).make()[0].text == "text"
    assert numbers == {}
    (plate,) = tolerant("b", "B", fails, numbers).make()
    assert (plate.name, plate.title, plate.figure) == ("b", "B", None)
    assert plate.text == "Left out: too few pictures."
    assert numbers == {"left_out": {"b": "too few pictures"}}


def test_faults_of_the_program_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        tolerant("a", "A", lambda: [Plate("a", str(1 / 0))], {}).make()
