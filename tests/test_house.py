"""The rules of the house, held against the files: layout, imports, sizes, what is committed."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import ziffern

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "ziffern"
MODULES = sorted(SOURCE.rglob("*.py"))
PROGRAMS = sorted(
    path for folder in ("benchmarks", "examples", "tools") for path in (ROOT / folder).glob("*.py")
)

# From the ground up: each may import what stands before it. Everything else in the package is a
# foundation, which may import foundations only. `ziffern/__init__.py` names the public API.
STOREYS = (
    "datasets",
    "scratch",
    "training",
    "exchange",
    "evaluation",
    "reading",
    "collect",
    "exploration",
    "inside",
    "figures",
    "explain",
    "report",
    "album",
    "bench",
    "speedrun",
    "serving",
    "cli",
    "__main__",
)

LONGEST = 400

# modules, and folders of them, that are parts of a whole are tested with it
TESTED_ELSEWHERE = {
    "augmentation.py": "training/test_augment.py",
    "bench/again.py": "training/test_fine_tuning.py",
    "bench/options.py": "bench/test_network.py",
    "bench/training.py": "bench/test_network.py",
    "cli/options.py": "cli/test_main.py",
    "classes.py": "datasets/test_folders.py",
    "datasets/parts.py": "datasets/test_dataset.py",
    "datasets/verify.py": "datasets/test_sources.py",
    "evaluation/evaluate.py": "bench/test_network.py",
    "evaluation/model.py": "bench/test_network.py",
    "explain/explanation.py": "explain/test_topics.py",
    "figures/style.py": "figures/test_curves.py",
    "training/checkpoint.py": "bench/test_network.py",
    "reading/structure.py": "reading/test_reader.py",
    "reading/worker.py": "reading/test_many.py",
    "inside/differentiable.py": "inside/test_attribution.py",
    "report/templates.py": "report/test_page.py",
    "run_check.py": "test_runs.py",
    "serving/examples.py": "serving/test_openapi.py",
    "serving/app.py": "serving/test_guard.py",
    "serving/desk.py": "serving/routes/test_runs.py",
    "serving/drawings.py": "serving/routes/test_runs.py",
    "serving/limits.py": "serving/test_guard.py",
    "serving/looks.py": "serving/routes/test_look.py",
    "serving/metrics.py": "serving/routes/test_about.py",
    "serving/models.py": "serving/routes/test_about.py",
    "serving/readers.py": "serving/routes/test_read.py",
    "serving/recipes.py": "serving/routes/test_recipes.py",
    "serving/routes/trainings.py": "serving/test_training.py",
    "serving/state.py": "serving/test_guard.py",
    "serving/training/": "serving/test_training.py",
    "serving/uploads.py": "serving/routes/test_predict.py",
    "serving/why.py": "serving/routes/test_look.py",
    "training/modules/": "training/test_network.py",
    "training/update_rules.py": "training/test_optimizers.py",
}
# and the other way round: what a package does as a whole
TESTS_OF_PACKAGES = {
    "cli/test_damage.py",
    "cli/test_docs.py",
    "cli/test_main.py",
    "cli/test_processes.py",
    "datasets/test_load.py",
    "figures/test_looks.py",
    "reading/test_fuzz.py",
    "serving/test_page.py",
    "serving/test_read_page.py",
    "serving/test_train_page.py",
}

# these tests are about the project, not about one module
HOUSE_TESTS = {
    "test_docs.py",
    "test_house.py",
    "test_import.py",
    "test_setup.py",
    "test_ship.py",
    "test_story.py",
}


def short(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def committed() -> list[Path]:
    """Return all files that git knows or would take; where there is no git, all source files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return [path for name in ("src", "tests", "docs") for path in (ROOT / name).rglob("*.*")]
    return [path for line in found.stdout.splitlines() if (path := ROOT / line).is_file()]


# the tree in the README


def tree_lines() -> Iterator[tuple[str, str]]:
    """Yield path and annotation of each line of the README's tree."""
    text = (ROOT / "README.md").read_text()
    tree = re.search(r"^```text\n(.*?)^```$", text, re.M | re.S)
    assert tree, "README.md has no tree in a block ```text"
    folder = ""
    for line in tree[1].splitlines():
        name, _, annotation = line.strip().partition(" ")
        if line.startswith(" "):
            yield folder + name, annotation.strip()
        else:
            folder = name
            yield name, annotation.strip()


def test_readme_tree_is_what_is_on_disk() -> None:
    listed = [path for path, _ in tree_lines()]
    assert len(listed) == len(set(listed))
    for path in listed:
        assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file(), path
    parts = {path.relative_to(SOURCE).parts for path in committed() if SOURCE in path.parents}
    inside = {
        f"src/ziffern/{first}/" if rest else f"src/ziffern/{first}"
        for first, *rest in parts
        if first not in ("__init__.py", "__main__.py", "py.typed")
    }
    outside = {
        f"{parts[0]}/"
        for path in committed()
        if len(parts := path.relative_to(ROOT).parts) > 1 and not parts[0].startswith(".")
    }
    missing = (inside | outside - {"src/"}) - set(listed)
    assert not missing, f"the README's tree lacks {sorted(missing)}"


def test_every_line_of_the_tree_says_what_is_there() -> None:
    for path, annotation in tree_lines():
        assert annotation or path == "src/ziffern/", path


# modules


def storey(module: str) -> int:
    """Return how high a module of the package stands; 0 is a foundation."""
    name = module.split(".")[1]
    return STOREYS.index(name) + 1 if name in STOREYS else 0


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of the package that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{short(path)}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, *rest = name.split(".")
            if package == "ziffern" and rest and not is_plain_value(rest[0]):
                yield name


def is_plain_value(name: str) -> bool:
    """Whether ``from ziffern import name`` takes a plain value, such as `__version__`."""
    return not (SOURCE / name).is_dir() and not (SOURCE / f"{name}.py").is_file()


def test_imports_point_one_way() -> None:
    wrong = []
    for path in MODULES:
        if path == SOURCE / "__init__.py":
            continue
        own = "ziffern." + ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for name in imported(path):
            within = name.split(".")[1] == own.split(".")[1] or storey(name) == storey(own) == 0
            if not within and storey(name) >= storey(own):
                wrong.append(f"{own} may not import {name}")
    assert not wrong, "\n".join(wrong)


def test_readme_tree_stands_in_the_order_of_imports() -> None:
    parts = [path.removeprefix("src/ziffern/") for path, _ in tree_lines()]
    order = {name.removesuffix("/").removesuffix(".py"): place for place, name in enumerate(parts)}
    wrong = set()
    for path in MODULES:
        own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        for name in imported(path) if own in order else ():
            other = name.split(".")[1]
            if order[other] > order[own]:
                wrong.add(f"{other} has to stand above {own}")
    assert not wrong, "\n".join(sorted(wrong))


def test_storeys_exist() -> None:
    for name in STOREYS:
        assert not is_plain_value(name), name


def test_modules_say_what_they_are_for() -> None:
    silent = [
        path for path in MODULES + PROGRAMS if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_modules_are_of_readable_size() -> None:
    sizes = {short(path): len(path.read_text().splitlines()) for path in MODULES}
    long = {name: size for name, size in sizes.items() if size > LONGEST}
    assert not long, f"about 250 lines is a sign to split, {LONGEST} are too many: {long}"


def test_no_module_is_a_drawer() -> None:
    drawers = {"util", "utils", "helper", "helpers", "misc", "common", "tools"}
    found = {path for path in MODULES if drawers & set(path.relative_to(SOURCE).parts)}
    assert not found | {path for path in MODULES if path.stem in drawers}


# tests


def test_every_module_has_its_tests() -> None:
    missing = []
    for path in MODULES:
        if path.stem in ("__init__", "__main__"):
            continue
        module = path.relative_to(SOURCE)
        own = module.with_name(f"test_{module.name}").as_posix()
        folder = f"{module.parent.as_posix()}/"
        expected = TESTED_ELSEWHERE.get(short(path), TESTED_ELSEWHERE.get(folder, own))
        if not (ROOT / "tests" / expected).is_file():
            missing.append(f"{short(path)} needs tests/{expected}")
        elif expected != own and (ROOT / "tests" / own).is_file():
            missing.append(f"{short(path)} has tests of its own: strike it from the list")
    assert not missing, "\n".join(missing)


def test_every_test_file_has_its_module() -> None:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        own = path.relative_to(ROOT / "tests")
        if str(own) in HOUSE_TESTS | TESTS_OF_PACKAGES:
            continue
        module = own.with_name(own.name.removeprefix("test_"))
        package = own.parent / module.stem
        assert (SOURCE / module).is_file() or (SOURCE / package).is_dir(), (
            f"tests/{own} tests no module of that name"
        )


# what is committed


def test_nothing_of_one_machine_is_committed() -> None:
    # spelled in parts, or this file would find itself
    foreign = re.compile(
        "|".join(
            [
                r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|tmp/\w)" + r"(?:/|\b)",
                "pypi" + r"\.org",
                "python" + "hosted",
                "npm" + r"js\.(?:org|com)",
            ]
        )
    )
    found = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {match[0]}"
            for number, line in enumerate(text.splitlines(), 1)
            if (match := foreign.search(line)) and path != Path(__file__).resolve()
        ]
    assert not found, "\n".join(found)


def test_nothing_large_is_committed() -> None:
    for path in committed():
        assert path.stat().st_size < 3_000_000, path


# the package


def test_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[?{re.escape(ziffern.__version__)}\]?", text, re.M)


def test_the_extra_all_is_what_people_use() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    (everything,) = extras["all"]
    joined = re.fullmatch(r"ziffern\[(.*)\]", everything)
    assert joined
    # umap-learn brings a compiler of more than 100 MB, for one more kind of map
    assert set(joined[1].split(",")) == set(extras) - {"all", "test", "umap"}
    # any other pin of PyTorch brings gigabytes, and torchvision has no build for CPUs alone
    assert [item for item in extras["train"] if "torch" in item] == ["torch==2.13.0"]


def test_data_files_travel_with_the_package() -> None:
    from importlib import resources

    package = resources.files("ziffern")
    for name in (
        "py.typed",
        "recipes/quick.toml",
        "recipes/measured.json",
        "datasets/catalogue.toml",
        "datasets/sample/mnist.npz",
        "datasets/sample/LICENCE.txt",
        "report/page.html.j2",
        "serving/static/index.html",
        "serving/static/text/de.json",
    ):
        assert package.joinpath(name).is_file(), name
