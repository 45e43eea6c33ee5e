"""Every page, in light and dark, wide and on a phone, as a reader meets it."""

from pathlib import Path

import nbformat
import pytest

from support.course.book.notebooks import progress
from support.course.project.chapters import tags
from tests.book.browser import THEMES, WIDTHS, Report, Visitor
from tests.book.contents import FIRST, NOTEBOOKS, PAGES

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


def test_it_has_a_language_a_title_and_one_heading(report: Report) -> None:
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


@pytest.mark.parametrize("page", PAGES)
def test_paper_shows_nothing_empty_and_clips_nothing(
    visitor: Visitor, page: str
) -> None:
    assert visitor.visit(page, THEMES[0]).on_paper == []


@pytest.mark.parametrize("page", PAGES)
def test_no_icon_is_a_letter_of_a_font_that_is_not_there(
    visitor: Visitor, page: str
) -> None:
    assert visitor.visit(page, THEMES[0]).icons == []


def test_it_has_no_serious_fault_of_access(
    report: Report, axe: tuple[str, str]
) -> None:
    if report.accessibility is None:
        pytest.skip(f"no axe-core: {axe[1]}")
    assert report.accessibility == []


@pytest.mark.parametrize("page", ["book/notation.html"])
def test_some_page_has_mathematics(visitor: Visitor, page: str) -> None:
    assert visitor.visit(page, "light").looked["maths"] > 50


@pytest.mark.parametrize("page", FIRST.values())
def test_a_page_opens_in_the_theme_that_was_chosen_before(
    visitor: Visitor, page: str
) -> None:
    context = visitor.context("dark")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(visitor.address + page)
    opened.wait_for_function("document.documentElement.dataset.theme")
    theme = opened.evaluate("document.documentElement.dataset.theme")
    context.close()
    assert theme == "dark"
    assert errors == []


@pytest.mark.parametrize("page", [f"{name}.html" for name in NOTEBOOKS])
def test_every_output_of_a_notebook_is_in_its_page(
    visitor: Visitor, project_root: Path, page: str
) -> None:
    _, slug, stem = page.removesuffix(".html").split("/")
    path = project_root / "_build" / "executed" / slug / f"{stem}.ipynb"
    ran = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
    ]
    shown = visitor.visit(page, "light").looked["cells"]
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
