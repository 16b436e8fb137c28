"""What newcomers run first: the story in examples/ and the README's lines of Python."""

from __future__ import annotations

import functools
import re
import runpy
from pathlib import Path

import pytest
from made_files import line_of_digits

from ziffern import bench
from ziffern.runs import Run, listing

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def one_epoch(in_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train on the sample for one epoch, in an empty folder."""
    short = functools.partial(bench.train, changes={"train.epochs": 1}, quiet=True)
    monkeypatch.setattr(bench, "train", short)


def test_the_story_can_be_told(in_tmp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = runpy.run_path(str(ROOT / "examples" / "story.py"))
    story["main"]("werkstatt-relu")
    (summary,) = listing("runs")
    run = Run(Path(summary.path))
    assert run.test_looks == 1
    assert (run.path / "report.html").stat().st_size > 10_000
    told = capsys.readouterr().out
    assert "266,410 weights" in told
    assert re.search(r"test accuracy \d\d\.\d\d% \(95 % interval", told)
    assert str(run.path / "report.html") in told


def test_the_readme_speaks_python(in_tmp: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # the picture that the README reads
    line_of_digits("42").save("cheque.jpg")
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    exec(compile("\n".join(blocks), "README.md", "exec"), {})
    assert "95 % interval" in capsys.readouterr().out
