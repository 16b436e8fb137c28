from __future__ import annotations

import re

import pytest

from ziffern import datasets
from ziffern.datasets import catalogue
from ziffern.datasets.published import FORMS
from ziffern.errors import DataError


def test_built_in_entries_are_complete():
    of_digits = ["qmnist", "emnist-digits", "swiss", "usps", "semeion", "ardis", "optdigits"]
    assert catalogue.names() == [
        "mnist",
        "fashion-mnist",
        "kuzushiji-mnist",
        *of_digits,
        "fonts",
        "drawn",
    ]
    for name in catalogue.names():
        entry = catalogue.entry(name)
        assert entry.name == name
        assert entry.title
        assert entry.task
        assert entry.licence
        assert entry.citation or name == "fonts"
        assert len(entry.class_names) == 10
        assert set(entry.sizes) == (set() if name in ("swiss", "fonts") else {"train", "test"})
        assert entry.form in FORMS
        assert set(entry.files) in ({"train", "test"}, {"all"})
        assert bool(entry.all_files) == bool(entry.sources or entry.by_hand)
        hashes = {**entry.sha256, **entry.archive_sha256}
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in hashes.values())


def test_disputed_labels_belong_to_one_content_alone():
    whole_test_set = "a0863a96c44e5666edbb30c4071ee79ca0514c621e6349c5967fc78e7305c891"
    found = catalogue.disputed(whole_test_set)
    assert len(found) == len(set(found)) == 15
    assert found[:2] == (947, 1621)
    assert found[-1] == 9729
    assert max(found) < catalogue.entry("mnist").sizes["test"]
    for part in ("train", "test"):
        assert catalogue.disputed(datasets.load("mnist", offline=True).sha256(part)) == ()


def test_further_names():
    assert catalogue.entry("numbers").name == "swiss"
    assert catalogue.entry("kmnist").name == "kuzushiji-mnist"
    assert catalogue.entry("fashion").name == "fashion-mnist"


def test_unknown_name():
    with pytest.raises(DataError, match="unknown dataset 'mnits': did you mean 'mnist'"):
        catalogue.entry("mnits")
    with pytest.raises(DataError, match="unknown dataset 'zzz'; known: ardis, drawn, emnist"):
        catalogue.entry("zzz")


def test_own_entry(own_entry, tmp_path):
    own_entry("class-5b", 'path = "digits"\ntitle = "Class 5b"\nclass_names = ["a", "b"]\n')
    assert catalogue.names()[-1] == "class-5b"
    entry = catalogue.entry("class-5b")
    assert entry.title == "Class 5b"
    assert entry.class_names == ("a", "b")
    assert entry.path == tmp_path / "config" / "datasets" / "digits"


def test_own_entry_needs_a_path_only(own_entry):
    own_entry("x", 'path = "~/there"')
    entry = catalogue.entry("x")
    assert entry.title == "x"
    assert entry.path
    assert "~" not in str(entry.path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path = there", "is not valid TOML"),
        ('path = "x"\nlicense = "MIT"', "unknown key 'license': did you mean 'licence'"),
        ("", "give either path .* or sources"),
        ('path = "x"\nsources = ["https://x/"]', "give either path .* or sources"),
        ('sources = ["https://x/"]', "class_names is missing"),
        ('sources = ["ftp://x/"]\nclass_names = ["a"]', "'ftp://x/' is no source"),
        ('path = "x"\nclass_names = ["a", "a"]', "class_names: .*'a' stands there twice"),
        ('path = "x"\ntitle = 3', "title: Input should be a valid string"),
        ('path = "x"\nsizes = {train = "many"}', r"sizes\.train: "),
        ('path = "x"\nsizes = {all = 3}', r"sizes\.all"),
        ('path = "x"\n[disputed]\nabc = [3]', "unknown key 'disputed'"),
    ],
)
def test_mistakes_in_own_entries(own_entry, text, message):
    path = own_entry("mine", text)
    assert "mine" in catalogue.names()  # the list survives one bad entry
    with pytest.raises(DataError, match=message) as error:
        catalogue.entry("mine")
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_own_entry_may_not_shadow_a_known_one(own_entry):
    own_entry("mnist", 'path = "x"')
    with pytest.raises(DataError, match="the name 'mnist' is taken"):
        catalogue.entry("mnist")
