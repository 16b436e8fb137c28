"""What every shipped model has to be: whole, light, the same in both engines, and as its card says.

Models that travel with the package are held to it, and one that `tools/ship.py` makes here of two
small runs, so that the rules are tested whichever models ship.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import ship
from made_runs import LAYERS, made, model

import ziffern
from ziffern import datasets, device, modelfile, shipped
from ziffern.averaging import Copies, averaged
from ziffern.datasets import Dataset
from ziffern.errors import RunError
from ziffern.evaluation.evaluate import evaluate
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.model import load
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.evaluation.seeds import spread
from ziffern.exchange import onnx_writer
from ziffern.exchange.onnx_metadata import Metadata

ROOT = Path(__file__).resolve().parents[1]
DATA = os.environ.get("ZIFFERN_DATA")  # tests see none by themselves
COPIES = Copies(4, 7.0)
MADE = "made-here"
AGREE = 1e-4  # logits of both engines; closer ones count as a tie


class Shipped(NamedTuple):
    """A shipped model and the digits on which its card can be verified."""

    name: str
    folder: Path
    card: dict[str, Any]
    digits: Dataset


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of shipped models with one in it, which `tools/ship.py` made of two runs."""
    folder = tmp_path_factory.mktemp("shipping")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZIFFERN_OFFLINE", "1")
        patch.setenv("ZIFFERN_CACHE", str(folder / "cache"))
        patch.delenv("ZIFFERN_DATA", raising=False)
        patch.setattr(shipped, "FOLDER", folder / "models")
        runs = folder / "runs"
        for seed in (7, 5):
            run = made(
                seed=seed,
                changes={"predict": COPIES.to_dict(), "layers": "\n".join(LAYERS)},
                saved=model(seed, copies=COPIES, facts={"recipe": "tiny", "seed": seed}),
                runs=str(runs),
            )
            run.update_info(hardware=device.describe(), ziffern=ziffern.__version__)
            evaluate(run)
        ship.ship(["tiny"], MADE, runs=runs)
    return folder / "models"


@pytest.fixture(params=[*shipped.names(), MADE])
def one(request: pytest.FixtureRequest, models: Path, monkeypatch: pytest.MonkeyPatch) -> Shipped:
    """Each model that ships, one after the other."""
    name = request.param
    if name == MADE:
        monkeypatch.setattr(shipped, "FOLDER", models)
    digits = datasets.load("mnist", data_dir=None if name == MADE else DATA)
    return Shipped(name, shipped.FOLDER / name, shipped.card(name), digits)


@pytest.fixture
def whole(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the model that was made here, to be damaged."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "models")
    shutil.copytree(models, tmp_path / "models")
    return tmp_path / "models" / MADE


# every model


def test_its_files_are_whole_and_not_large(one: Shipped) -> None:
    assert shipped.folder(one.name) == one.folder
    files = {path.name for path in one.folder.iterdir()}
    assert files == {*shipped.MODEL, shipped.CARD, shipped.TEXT}
    assert shipped.MODEL == (modelfile.FACTS, modelfile.WEIGHTS, onnx_writer.FILE)
    assert one.card["bytes"] == {file: (one.folder / file).stat().st_size for file in shipped.MODEL}
    assert sum(path.stat().st_size for path in shipped.FOLDER.glob("*/*")) <= shipped.LARGEST


def test_it_comes_from_somewhere_and_tells_no_paths(one: Shipped) -> None:
    saved = modelfile.read(one.folder)
    assert saved.name == one.card["name"] == one.name
    assert saved.facts["run"] == one.card["run"]
    assert saved.facts["seed"] == one.card["seed"]
    assert saved.facts["recipe"] == one.card["recipe"]
    assert saved.facts["dataset_sha256"] == one.card["data"]["train_sha256"]
    for file in (modelfile.FACTS, shipped.CARD, shipped.TEXT):
        assert not ship.PATHS.search((one.folder / file).read_text(encoding="utf-8"))


def test_the_onnx_file_is_of_just_these_weights_and_reads_light(one: Shipped) -> None:
    found = ziffern.load(one.name)
    assert isinstance(found, RuntimeModel)
    about = Metadata.of(modelfile.read(one.folder))
    assert found.about == about
    assert found.about.weights == modelfile.digest(modelfile.read(one.folder).weights)


def test_engines_agree_and_the_card_is_right(one: Shipped) -> None:
    # Reading a published figure again is no new look at the test set: nothing is chosen by it.
    card, test = one.card, one.digits.test
    light = load(one.name, averaging=False)
    logits = light.logits(test.images)
    torch = load(one.name, averaging=False, engine="torch", precision="float32")
    assert abs(torch.logits(test.images) - logits).max() <= AGREE
    answers = {"without_averaging": logits} if card["averaging"] > 1 else {}
    copies = modelfile.read(one.folder).copies
    answers["averaged"] = averaged(light.logits, test.images, copies)
    few = load(one.name).logits(test.images[:100])
    np.testing.assert_allclose(few, answers["averaged"][:100], atol=AGREE)
    # a model of many hands tells MNIST's digits apart from the others, averaged alone
    told_apart = [each for each in card.get("collections", ()) if each["name"] == "mnist"]
    if told_apart:
        answers = {"averaged": answers["averaged"]}
    for kind, found in answers.items():
        told = told_apart[0] if told_apart else card if kind == "averaged" else card[kind]
        correct = int((found.argmax(axis=1) == test.labels).sum())
        if one.digits.is_sample == card["data"]["is_sample"]:
            best = np.sort(found, axis=1)
            ties = int((best[:, -1] - best[:, -2] < AGREE).sum())
            assert told["n"] == len(test)
            assert abs(correct - told["correct"]) <= ties
        else:  # the sample alone is at hand: a part of the same digits
            low, high = wilson_interval(correct, len(test), 0.9999)
            assert low <= told["accuracy"] <= high


def test_its_card_fits_the_model_and_itself(one: Shipped) -> None:
    card, saved = one.card, modelfile.read(one.folder)
    assert card["parameters"] == saved.network.parameters
    assert card["multiply_adds"] == saved.network.multiply_adds
    assert card["averaging"] == saved.copies.pictures
    assert card["contract"] == saved.contract.to_dict()
    assert tuple(card["class_names"]) == saved.class_names
    for figures in (card, card["without_averaging"] or card):
        assert figures["accuracy"] == figures["correct"] / figures["n"]
        assert tuple(figures["wilson95"]) == wilson_interval(figures["correct"], figures["n"])
        assert 0 <= figures["ece"] <= 1
        assert 0 <= figures["brier"] <= 2
    seeds = card["seeds"]
    assert seeds["n"] == len(seeds["runs"]) >= 2
    known = spread([run["accuracy"] for run in seeds["runs"]])
    assert (seeds["mean"], seeds["sd"]) == (known.mean, known.sd)
    assert tuple(seeds["interval95"]) == known.interval95
    assert all(run["test_looks"] >= 1 for run in seeds["runs"])
    # the rule that was fixed beforehand
    assert card["seed"] == min(run["seed"] for run in seeds["runs"])
    assert card["run"] == seeds["runs"][0]["run"]
    assert seeds["runs"][0]["accuracy"] == card["accuracy"]
    entry = datasets.load(card["data"]["name"])
    assert (card["data"]["licence"], card["data"]["citation"]) == (entry.licence, entry.citation)
    collections = card.get("collections") or [card]
    assert sum(each["correct"] for each in collections) == card["correct"]
    assert sum(each["n"] for each in collections) == card["n"]
    recipe = ziffern.recipe.parse(card["toml"], name=card["recipe"])
    assert recipe.network.parameters == card["parameters"]
    assert recipe.train.seed == card["seed"]


def test_its_card_says_to_people_what_it_says_to_programs(one: Shipped) -> None:
    card, text = one.card, shipped.text(one.name)
    assert text == ship.text(card)
    low, high = card["wilson95"]
    for wanted in (
        f"# {one.name}\n",
        f"{card['accuracy']:.2%} of {card['n']:,} test digits",
        f"{low:.2%} to {high:.2%} (Wilson)",
        f"{card['seeds']['mean']:.2%} ± {card['seeds']['sd']:.2%}",
        f"| parameters | {card['parameters']:,} |",
        f"{card['averaging'] * card['multiply_adds']:,} a digit",
        f"{card['ece']:.4f}",
        f"{card['loss']:.4f}",
        f"{card['brier']:.4f}",
        card["toml"],
        card["data"]["train_sha256"],
        card["data"]["licence"],
        card["data"]["citation"],
        *card["machines"],
    ):
        assert wanted in text
    # tables are whole: every row of one has as many cells
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.M):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
    assert "\n\n\n" not in text


def test_the_program_in_its_card_needs_onnx_runtime_alone(one: Shipped, tmp_path: Path) -> None:
    _, program = re.findall(r"```python\n(.*?)```", shipped.text(one.name), re.S)
    pictures = one.digits.train.images[:3]
    np.save(tmp_path / "digits.npy", pictures)
    given, ours = "np.zeros((1, 28, 28), np.uint8)", f"np.load({str(tmp_path / 'digits.npy')!r})"
    assert given in program
    lines = [
        "import sys; sys.modules['ziffern'] = sys.modules['torch'] = None",
        program.replace(given, ours),
        "print(probabilities.tolist())",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=one.folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(json.loads(done.stdout), load(one.name).predict(pictures), atol=1e-5)


# which there are


def test_names_and_what_is_none_of_them(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole.parent / "__pycache__").mkdir()
    assert shipped.names() == (MADE,)
    with pytest.raises(RunError, match=r"no shipped model 'made-her': did you mean 'made-here'\?"):
        shipped.folder("made-her")
    with pytest.raises(RunError, match="of the shipped models: did you mean 'made-here'"):
        ziffern.load("made-her", runs=tmp_path)
    with pytest.raises(RunError, match="made-here is no run but a model that ships with Ziffern"):
        ziffern.evaluate(MADE, runs=tmp_path)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "nowhere")
    assert shipped.names() == ()
    with pytest.raises(RunError, match="no shipped model 'x'; none ship with this version"):
        shipped.text("x")


# damage


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _without(path: Path) -> None:
    path.unlink()


DAMAGES = [_torn, _flipped, _emptied, _without]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__[1:])
@pytest.mark.parametrize("file", shipped.MODEL)
def test_damaged_files_are_said_with_the_way_out(
    whole: Path, file: str, damage: Callable[[Path], None]
) -> None:
    damage(whole / file)
    assert shipped.names() == (MADE,)
    with pytest.raises(RunError) as caught:
        ziffern.load(MADE)
    message = str(caught.value)
    problem = "missing or cannot be read" if damage is _without else "not the file that was shipped"
    assert message == (
        f"the shipped model {MADE} is damaged: {file} is {problem}; install Ziffern again: "
        "pip install --force-reinstall --no-deps ziffern"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "card.json is missing"),
        ("", "card.json is damaged: "),
        ('{"format": 1', "card.json is damaged: "),
        ("[]", "card.json holds no card"),
        ('{"format": 1}', "card.json holds no card"),
        ('{"format": 2, "files": {}}', "card.json has format 2, expected 1"),
        ('{"format": 1, "files": {}}', "model.json is not the file that was shipped"),
    ],
)
def test_damaged_cards(whole: Path, content: str | None, problem: str) -> None:
    (whole / shipped.CARD).unlink()
    if content is not None:
        (whole / shipped.CARD).write_text(content)
    with pytest.raises(RunError) as caught:
        ziffern.load(MADE)
    assert f"is damaged: {problem}" in str(caught.value)
    assert str(caught.value).endswith("pip install --force-reinstall --no-deps ziffern")
    assert "\n" not in str(caught.value)


def test_a_card_for_people_that_is_gone(whole: Path) -> None:
    (whole / shipped.TEXT).unlink()
    with pytest.raises(RunError, match=r"README\.md is missing .*install Ziffern again"):
        shipped.text(MADE)
    assert ziffern.load(MADE).name == MADE  # it answers without


# installed


def test_it_answers_right_after_installation(models: Path, tmp_path: Path) -> None:
    """The wheel holds the models; nothing heavy is imported and the network is left alone."""
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", source / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(models / MADE, source / "src" / "ziffern" / "models" / MADE)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = f"""
import os, sys
sys.path.insert(0, {str(tmp_path / "site")!r})
sys.modules["torch"] = sys.modules["onnx"] = None

def no_network(event, arguments):
    assert not event.startswith("socket."), event

sys.addaudithook(no_network)
import numpy as np
import ziffern
assert ziffern.__file__.startswith({str(tmp_path / "site")!r})
print(ziffern.load({MADE!r}).predict(np.zeros((2, 28, 28), np.uint8)).shape)
print(os.environ["ORT_DISABLE_TELEMETRY"])
print(*sys.modules.keys() & {{"matplotlib", "sklearn", "scipy", "tensorboard", "jinja2"}})
"""
    # measuring coverage would count the copy of the package as well
    clean = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE")}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n") == ["(2, 10)", "1", "", ""]
