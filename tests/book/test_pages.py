"""Every page, in light and dark, as a reader meets it."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from support.course.book.notebooks import progress
from support.course.project.chapters import tags
from tests.book.browser import THEMES, WIDTHS, Report, Visitor

ROOT = Path(__file__).resolve().parents[2]


def _listed(node: Any) -> list[str]:
    """The files that a contents list names, in its order."""
    if isinstance(node, list):
        return [name for item in node for name in _listed(item)]
    if isinstance(node, dict):
        own = [node[key] for key in ("root", "file") if key in node]
        return own + [name for value in node.values() for name in _listed(value)]
    return []


LISTED = _listed(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
NOTEBOOKS = [name for name in LISTED if name.startswith("chapters/")]
RECORDED = [path.parent.name for path in ROOT.glob("chapters/*/results.json")]
BENCHMARKS = [f"chapters/{slug}/benchmark.html" for slug in sorted(RECORDED)]
PAGES = [
    *(f"{name}.html" for name in LISTED),
    *BENCHMARKS,
    "index.html",
    "search.html",
]

pytestmark = pytest.mark.browser


@pytest.fixture(
    params=[(page, theme) for page in PAGES for theme in THEMES], ids=":".join
)
def report(request: pytest.FixtureRequest, visitor: Visitor) -> Report:
    return visitor.visit(*request.param)


def test_it_opens_without_errors_and_asks_no_other_host(report: Report) -> None:
    assert report.outside == []
    assert report.failed == []
    assert report.console == []


def test_it_is_a_page_in_the_theme_asked_for(report: Report) -> None:
    assert report.looked["theme"] == report.theme
    assert report.looked["language"] == "en"
    assert report.looked["title"].strip()
    assert len(report.looked["headings"]) == 1


def test_its_mathematics_is_set(report: Report) -> None:
    assert report.looked["bare"] == []
    assert report.looked["faults"] == []
    assert report.looked["raw"] == []


def test_its_images_are_there_and_have_words(report: Report) -> None:
    assert report.looked["broken"] == []
    assert report.looked["silent"] == []


def test_its_figures_are_numbered_named_and_captioned(report: Report) -> None:
    for figure in report.looked["figures"]:
        assert figure["id"].startswith("fig-"), figure
        assert figure["number"].startswith("Fig."), figure
        assert figure["caption"].strip(), figure
        assert len(figure["alt"]) >= 40, figure


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_width(report: Report, width: int) -> None:
    assert report.overflow[width] <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_words_of_its_figures_are_large_enough(report: Report, width: int) -> None:
    assert [found for found in report.letters[width] if found[1] < 10.95] == []


def test_it_has_no_serious_fault_of_access(
    report: Report, axe: tuple[str, str]
) -> None:
    if report.accessibility is None:
        pytest.skip(f"no axe-core: {axe[1]}")
    assert report.accessibility == []


def test_some_page_has_mathematics(visitor: Visitor) -> None:
    assert visitor.visit("book/notation.html", "light").looked["maths"] > 50


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_output_of_a_notebook_is_in_its_page(
    visitor: Visitor, project_root: Path, name: str
) -> None:
    _, slug, stem = name.split("/")
    path = project_root / "_build" / "executed" / slug / f"{stem}.ipynb"
    ran = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
    ]
    shown = visitor.visit(f"{name}.html", "light").looked["cells"]
    assert [_words(cell.source) for cell in ran] == [
        _words(cell["input"]) for cell in shown
    ]
    for cell, there in zip(ran, shown, strict=True):
        outputs = [output for output in cell.outputs if not progress(output)]
        assert bool(outputs) == bool(there["parts"]), cell.source
        for output in outputs:
            if output.output_type == "stream":
                assert _words(output.text) in _words(there["output"]), cell.source


def _words(text: str) -> str:
    return "".join(text.split())
