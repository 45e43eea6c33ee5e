"""Which edits of this very package make which chapters' records old."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import grimp
import pytest

from support.course.project.chapters import read_notebook
from support.course.project.project import Project
from support.course.run.staleness import code_digest, key, parts_of

Edit = Callable[[str], None]
SHOWS_OR_FETCHES = (
    "support/data/acquisition/*.py",
    "support/exercises.py",
    "support/frames.py",
    "support/plots/*.py",
    "support/sounds.py",
    "support/tables.py",
    "chapters/*/figures.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Project:
    """The sources alone, which a test may edit."""
    root = tmp_path_factory.mktemp("copy")
    for pattern in ("support/**/*.py", "chapters/*/*.py", "chapters/*/lesson.md"):
        for path in project_root.glob(pattern):
            target = root / path.relative_to(project_root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return Project.at(root, root)


@pytest.fixture
def edit(copy: Project) -> Iterator[Edit]:
    """Change what modules compute, and undo it."""
    before: dict[Path, bytes] = {}

    def change(pattern: str) -> None:
        paths = sorted(copy.root.glob(pattern))
        assert paths, pattern
        for path in paths:
            before[path] = path.read_bytes()
            path.write_bytes(before[path] + b"\n\nEDITED = True\n")

    yield change
    for path, content in before.items():
        path.write_bytes(content)


@pytest.fixture(scope="module")
def untouched(copy: Project) -> dict[str, str]:
    return digests(copy)


def digests(project: Project) -> dict[str, str]:
    return {
        chapter.slug: code_digest(read_notebook(chapter.source("lesson")), project)
        for chapter in project.chapters
    }


def pages(project: Project) -> dict[str, str]:
    return {
        chapter.slug: key(
            parts_of(read_notebook(chapter.source("lesson")), {}, chapter, project)
        )
        for chapter in project.chapters
    }


@pytest.mark.parametrize("pattern", SHOWS_OR_FETCHES)
def test_what_shows_or_fetches_makes_no_record_old(
    copy: Project, untouched: dict[str, str], edit: Edit, pattern: str
) -> None:
    edit(pattern)
    assert digests(copy) == untouched


def test_a_new_drawing_makes_pages_anew_and_a_new_way_to_fetch_does_not(
    copy: Project, edit: Edit
) -> None:
    before = pages(copy)
    edit("support/data/acquisition/*.py")
    assert pages(copy) == before
    edit("support/plots/*.py")
    assert all(pages(copy)[slug] != before[slug] for slug in before)


#: Dotted names of the two packages, and of the rooms that only show or fetch.
OURS = r"(?:support|chapters)[\w.]*"
SHOWN = (
    r"chapters\.\w+\.figures|support\.data\.acquisition(\..*)?|support\.plots(\..*)?|"
    r"support\.(claims|exercises|frames|ledger|quotes|records|sounds|tables|verdicts)"
)


def users(project: Project, module: str) -> set[str]:
    """The chapters that reach a module, by another reader of imports than ours."""
    graph = grimp.build_graph("support", "chapters", cache_dir=None)
    for name in list(graph.modules):
        if re.fullmatch(SHOWN, name):
            graph.remove_module(name)
    found = set()
    for chapter in project.chapters:
        text = chapter.source("lesson").read_text("utf-8")
        named = re.findall(rf"^ *(?:from|import) +({OURS})", text, re.M)
        pairs = re.findall(rf"^ *from +({OURS}) +import +\(?([\w, \n]+)", text, re.M)
        named += [f"{a}.{b.strip()}" for a, names in pairs for b in names.split(",")]
        starts = set(named) & graph.modules
        reached = {one for name in starts for one in graph.find_upstream_modules(name)}
        if module in starts | reached:
            found.add(chapter.slug)
    return found


@pytest.mark.parametrize("module", ["support.losses.auc", "support.training.recipe"])
def test_a_module_that_computes_makes_exactly_its_chapters_old(
    copy: Project, untouched: dict[str, str], edit: Edit, module: str
) -> None:
    edit(f"{module.replace('.', '/')}.py")
    after = digests(copy)
    old = {slug for slug, before in untouched.items() if after[slug] != before}
    assert old == users(copy, module)
    assert old


def test_no_module_that_chapters_use_imports_by_a_name_made_as_it_runs(
    project_root: Path,
) -> None:
    """But two, whose names the key knows: the reader's method, a corpus's loader.

    A reader's own data enter by the runner, which no record sees.
    """
    pattern = re.compile(r"(import_module|__import__)\((?![\"'])")
    found = {
        path.relative_to(project_root).as_posix()
        for folder in ("support", "chapters")
        for path in (project_root / folder).rglob("*.py")
        if pattern.search(path.read_text("utf-8"))
    }
    elsewhere = ("support/course/", "support/speed/", "support/data/own/")
    assert {name for name in found if not name.startswith(elsewhere)} == {
        "support/data/acquisition/registry.py",
        "support/own_method.py",
    }
