"""The build: what it refuses, when it has nothing to do, what pages may load."""

import importlib.util
import json
import shutil
import time
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from support.course.book.build import build, digest
from support.course.project.errors import CourseError
from support.course.project.project import Project

EXTENSIONS = Path(__file__).resolve().parents[3] / "book" / "_ext"


def _extension(name: str) -> ModuleType:
    pytest.importorskip("sphinx")
    spec = importlib.util.spec_from_file_location(name, EXTENSIONS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, project_root: Path) -> Path:
    """The real settings and looks around two small pages."""
    pytest.importorskip("jupyter_book")
    root = tmp_path / "a book"
    shutil.copytree(project_root / "book" / "_static", root / "book" / "_static")
    shutil.copytree(
        EXTENSIONS,
        root / "book" / "_ext",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(project_root / "_config.yml", root)
    (root / "chapters").mkdir()
    (root / "book" / "references.bib").write_text("", "utf-8")
    (root / "book" / "welcome.md").write_text(
        "# Welcome\n\nRead $x^2$ on [](other.md).\n", "utf-8"
    )
    (root / "book" / "other.md").write_text("# Another\n\nWords.\n", "utf-8")
    toc = {"format": "jb-book", "root": "book/welcome"}
    toc["chapters"] = [{"file": "book/other"}]
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    return root


@pytest.mark.slow
def test_it_builds_once_and_refuses_a_warning(project: Path) -> None:
    first = build(Project.at(project))
    assert first == project / "_build" / "html" / "index.html"
    assert "Another" in (first.parent / "book" / "welcome.html").read_text("utf-8")
    static = first.parent / "_static"
    assert ".fa-magnifying-glass" in (static / "icons.css").read_text("utf-8")
    assert not list(static.rglob("fontawesome*"))
    note = project / "_build" / "book.json"
    before = note.stat().st_mtime_ns
    started = time.perf_counter()
    assert build(Project.at(project)) == first
    assert time.perf_counter() - started < 3
    assert note.stat().st_mtime_ns == before

    (project / "book" / "other.md").write_text("# Another\n\n[](none.md)\n", "utf-8")
    with pytest.raises(CourseError, match=r"book/other\.md.*none\.md"):
        build(Project.at(project))
    with pytest.raises(CourseError, match=r"none\.md"):
        build(Project.at(project))
    assert not note.exists()
    assert build(Project.at(project), strict=False).is_file()
    assert json.loads(note.read_text("utf-8"))["strict"] is False


def test_the_digest_follows_names_and_contents() -> None:
    base = digest({"a": b"1", "b": b"2"})
    assert digest({"b": b"2", "a": b"1"}) == base
    assert digest({"a": b"12", "b": b""}) != base
    assert digest({"a": b"1", "c": b"2"}) != base


@pytest.mark.parametrize(
    "inside",
    [
        '<script src="https://host/x.js"></script>',
        '<script src="//host/x.js"></script>',
        '<link rel="stylesheet" href="https://host/x.css">',
        '<img src="https://host/x.png" alt="x">',
        '<img src="a.png" srcset="a.png 1x, https://host/x.png 2x" alt="x">',
        '<iframe src="http://host/"></iframe>',
        '<script>const THEBE_JS_URL = "https://host/x.js"</script>',
        '<script>import("https://host/x.js")</script>',
        "<style>@import 'https://host/x.css';</style>",
        '<p style="background: url(https://host/x.png)">x</p>',
    ],
)
def test_a_page_that_loads_from_elsewhere_is_found(tmp_path: Path, inside: str) -> None:
    (tmp_path / "page.html").write_text(f"<html><body>{inside}</body></html>", "utf-8")
    assert len(_extension("book_offline").outside_references(tmp_path)) == 1


@pytest.mark.parametrize(
    "inside",
    [
        '<a href="https://arxiv.org/abs/2506.04877">a paper</a>',
        '<script src="_static/x.js"></script>',
        '<link rel="canonical" href="https://host/page">',
        '<img src="data:image/png;base64,aa" alt="x">',
        "<pre>curl https://host/x.js</pre>",
    ],
)
def test_a_page_that_only_links_elsewhere_is_fine(tmp_path: Path, inside: str) -> None:
    (tmp_path / "page.html").write_text(f"<html><body>{inside}</body></html>", "utf-8")
    assert _extension("book_offline").outside_references(tmp_path) == []


def test_style_sheets_and_scripts_are_searched_too(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text(
        "@font-face{src:url(https://host/f.woff2)}", "utf-8"
    )
    (tmp_path / "b.js").write_text('fetch("https://host/data.json")', "utf-8")
    (tmp_path / "c.js").write_text("// see https://host/manual", "utf-8")
    assert len(_extension("book_offline").outside_references(tmp_path)) == 2


def test_folding_arrows_get_a_name() -> None:
    before = (
        '<a class="reference internal" href="lesson.html">1. A &amp; B</a>'
        "<details><summary><span></span></summary></details>"
    )
    after = _extension("book_accessible").repair(before)
    assert 'aria-label="Pages below: 1. A &amp; B"' in after
    assert _extension("book_accessible").repair(after) == after
