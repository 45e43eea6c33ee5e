"""On a page, wide or a phone's: words of 11 px, panels that stack, nothing beyond."""

from pathlib import Path
from typing import Any

import pytest

from support import plots
from tests.book.browser import ARGUMENTS, LETTERS, WIDTHS

CSS = Path(__file__).parents[2] / "book" / "_static" / "book.css"
PLACES = """() => [...document.querySelectorAll(".panel")].map(e => {
  const box = e.getBoundingClientRect(); return [box.left, box.top, box.right]})"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Any:
    """Three figures with the book's style sheet: one panel, two, and a wide one."""
    from playwright.sync_api import sync_playwright

    plots.use_style()
    lines = {"A": [1, 2], "B": [2, 1]}
    one = [plots.lines(lines, at=[0, 1], x="x", y="y")]
    two = plots.panels(plots.bars, {"a": {"A": 1}, "b": {"A": 2}}, value="v")
    wide = [plots.lines(lines, at=[0, 1], x="x", y="y", size=(12, 3))]
    figures = []
    for name, drawn in (("one", one), ("two", two), ("wide", wide)):
        parts = [each.figure for each in drawn]
        images = [plots.render(part) for part in parts]
        html = plots.inline(parts, images, f"fig-a-{name}", "A figure.")
        figures.append(f'<figure id="fig-a-{name}">{html}</figure>')
    path = tmp_path_factory.mktemp("page") / "page.html"
    body = f'<article class="bd-article" style="padding: 1rem">{"".join(figures)}'
    style = f"<style>{CSS.read_text('utf-8')} body {{ margin: 0 }}</style>"
    theme = '<!DOCTYPE html><html lang="en" data-theme="dark">'
    path.write_text(f"{theme}<title>t</title>{style}{body}</article>", "utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        opened = browser.new_page()
        opened.goto(path.as_uri())
        yield opened
        browser.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_words_are_large_and_panels_stack(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert all(size >= 10.95 for _, size in page.evaluate(LETTERS))
    beyond = "document.documentElement.scrollWidth - window.innerWidth"
    assert page.evaluate(beyond) <= 0
    one, left, right, _ = page.evaluate(PLACES)
    assert one[2] <= width
    if width == min(WIDTHS):
        assert right[1] > left[1]
    else:
        assert right[0] >= left[2]


def test_ink_and_colours_are_those_of_a_dark_page(page: Any) -> None:
    ink = "getComputedStyle(document.querySelector('.panel')).fill"
    assert page.evaluate(ink) == "rgb(223, 229, 234)"
    strokes = page.evaluate(
        """() => [...document.querySelectorAll("#fig-a-one path")].map(
             e => getComputedStyle(e).stroke)"""
    )
    assert {"rgb(98, 176, 255)", "rgb(223, 229, 234)"} <= set(strokes)
