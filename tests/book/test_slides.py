"""The slides and handouts of every chapter, in a real browser without a network.

axe reads the whole of a deck's first slide, then of each slide what is its own.
"""

import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.course.project.project import Project
from support.course.seminar.printing import count_pages
from support.course.seminar.write import write_seminars
from tests.book.browser import faults

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Project.at(ROOT)
CHAPTERS = [chapter.slug for chapter in PROJECT.chapters]
SIZE = {"width": 1280, "height": 720}

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MEASURE = """() => [...document.querySelectorAll(".slides > section")].map(section => {
  Reveal.slide(Reveal.getIndices(section).h, 0, 99);
  const page = section.getBoundingClientRect();
  const beyond = [...section.querySelectorAll("*")]
    .filter(e => !e.closest("aside") && !e.closest("mjx-assistive-mml"))
    .filter(e => e.checkVisibility() && !e.ownerSVGElement)
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, box]) => box.width && box.height && (
      box.bottom > page.bottom + 1 || box.right > page.right + 1
      || box.left < page.left - 1 || box.top < page.top - 1
      || (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
        && getComputedStyle(e).overflowX == "auto"))
    .map(([e]) => e.outerHTML.slice(0, 80));
  const headings = [...section.querySelectorAll("h1, h2, h3, h4")]
    .filter(e => !e.closest("aside"));
  const sizes = [...section.querySelectorAll("pre.code")]
    .map(e => parseFloat(getComputedStyle(e).fontSize));
  return {
    beyond, sizes,
    levels: headings.map(e => Number(e.tagName[1])),
    title: headings.length ? headings[0].textContent : "",
    images: [...section.querySelectorAll("img:not(.panel), .panels")].map(
      e => ({alt: e.alt || e.ariaLabel,
             seen: !e.matches("img") || e.complete && e.naturalWidth > 0,
             height: e.getBoundingClientRect().height})),
    raw: /\\$|\\{(?:cite|ref|numref|eq)/.test(
      [...section.children].filter(e => e.tagName != "ASIDE")
        .map(e => { const copy = e.cloneNode(true);
          copy.querySelectorAll("mjx-container, pre, code, script")
            .forEach(x => x.remove());
          return copy.textContent; }).join(" ")),
    notes: section.querySelectorAll("aside.notes").length,
  };
})"""


Seminars = Callable[[str], Path]


@pytest.fixture(scope="session")
def seminars(tmp_path_factory: pytest.TempPathFactory) -> Seminars:
    """What ``course seminar`` writes of a chapter, written when it is asked for."""
    out = tmp_path_factory.mktemp("seminars")

    @cache
    def written(slug: str) -> Path:
        write_seminars(PROJECT, PROJECT.select([slug]), out / slug)
        return out / slug

    return written


class Deck:
    """One chapter's deck, opened from its file."""

    def __init__(self, browser: Any, page: Path, query: str = "") -> None:
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(viewport=SIZE, offline=True)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.errors.append(said.text)
                if said.type in ("error", "warning")
                else None
            ),
        )
        self.page.goto(page.as_uri() + query)
        self.page.wait_for_function("window.Reveal && Reveal.isReady()")
        self.page.evaluate("MathJax.startup.promise.then(() => 0)")
        self.slides = self.page.evaluate(MEASURE) if not query else []


@pytest.fixture(scope="module", params=CHAPTERS)
def deck(
    request: pytest.FixtureRequest, seminars: Seminars, browser: Any
) -> Iterator[Deck]:
    made = Deck(browser, seminars(request.param) / "slides" / "index.html")
    yield made
    made.context.close()


def test_it_asks_nobody_and_says_no_error(deck: Deck) -> None:
    assert [url for url in deck.asked if not url.startswith(("file:", "data:"))] == []
    assert deck.errors == []


def test_it_has_ten_to_fifteen_slides_and_none_overflows(deck: Deck) -> None:
    assert 10 <= len(deck.slides) <= 15
    over = {slide["title"]: slide["beyond"] for slide in deck.slides}
    assert {title: found for title, found in over.items() if found} == {}


def test_its_headings_figures_and_formulas_are_in_order(deck: Deck) -> None:
    assert [slide["levels"][0] for slide in deck.slides] == [
        1,
        *[2] * (len(deck.slides) - 1),
    ]
    for slide in deck.slides:
        assert slide["title"].strip()
        steps = zip(slide["levels"], slide["levels"][1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), slide["title"]
        assert not slide["raw"], slide["title"]
        for image in slide["images"]:
            assert image["seen"], slide["title"]
            assert len(image["alt"]) >= 40, slide["title"]
            assert image["height"] >= 300, slide["title"]  # of 720
    assert any(slide["images"] for slide in deck.slides)
    assert any(slide["notes"] for slide in deck.slides)


def test_its_code_is_read_from_the_last_row(deck: Deck) -> None:
    sizes = [size for slide in deck.slides for size in slide["sizes"]]
    assert all(size >= 21 for size in sizes)  # of 720: 34 rows fill the screen


def test_the_keyboard_moves_it(deck: Deck) -> None:
    deck.page.evaluate("Reveal.slide(0)")
    for key in ("ArrowRight", "Space", "PageDown"):
        deck.page.keyboard.press(key)
    place = deck.page.evaluate("Reveal.getIndices()")
    assert place["h"] + (place.get("f") or 0) >= 2  # a fragment takes a key, too
    deck.page.keyboard.press("Home")
    assert deck.page.evaluate("Reveal.getIndices().h") == 0


def test_it_is_a_page_in_a_language_with_a_title(deck: Deck) -> None:
    assert deck.page.evaluate("document.documentElement.lang") == "en"
    assert deck.page.title().strip()


def test_it_has_no_serious_fault_of_access(deck: Deck, axe: tuple[str, str]) -> None:
    if not axe[0]:
        pytest.skip(f"no axe-core: {axe[1]}")
    deck.page.evaluate(axe[0])
    deck.page.evaluate("Reveal.slide(0)")
    assert faults(deck.page) == []
    for number in range(1, len(deck.slides)):
        deck.page.evaluate(f"Reveal.slide({number}, 0, 99)")
        found = faults(deck.page, "Reveal.getCurrentSlide()")
        assert found == [], deck.slides[number]["title"]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_it_prints_one_page_a_slide(
    seminars: Seminars, browser: Any, slug: str, tmp_path: Path
) -> None:
    page = seminars(slug) / "slides" / "index.html"
    opened = Deck(browser, page, "?print-pdf")
    opened.page.wait_for_selector(".pdf-page")
    count = opened.page.locator(".pdf-page").count()
    target = tmp_path / "deck.pdf"
    opened.page.pdf(path=str(target), prefer_css_page_size=True)
    opened.context.close()
    assert count_pages(target.read_bytes()) == count
    assert 10 <= count <= 15


@pytest.mark.parametrize("slug", CHAPTERS)
@pytest.mark.usefixtures("chromium")
def test_the_handout_is_one_page(seminars: Seminars, slug: str) -> None:
    assert count_pages((seminars(slug) / "handout.pdf").read_bytes()) == 1


@pytest.mark.parametrize("slug", CHAPTERS)
@pytest.mark.parametrize("name", ["handout.html", "teacher/plan.html"])
def test_the_pages_beside_it_are_accessible_and_ask_nobody(
    seminars: Seminars, browser: Any, axe: tuple[str, str], slug: str, name: str
) -> None:
    context = browser.new_context(viewport=SIZE, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((seminars(slug) / name).as_uri())
    page.evaluate("MathJax.startup.promise.then(() => 0)")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("mjx-merror").count() == 0
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    if axe[0]:
        page.evaluate(axe[0])
        assert faults(page) == []
    context.close()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_archives_hold_what_they_say(seminars: Seminars, slug: str) -> None:
    with zipfile.ZipFile(seminars(slug) / f"{slug}-seminar.zip") as whole:
        names = {name.partition("/")[2] for name in whole.namelist()}
    assert {
        "README.md",
        "handout.html",
        "package/pyproject.toml",
        "package/support/lesson.py",
        "slides/index.html",
        "student/lesson.ipynb",
        "teacher/exercises.ipynb",
        "teacher/plan.html",
    } <= names
    with zipfile.ZipFile(seminars(slug) / f"{slug}-students.zip") as theirs:
        names = {name.partition("/")[2] for name in theirs.namelist()}
    assert "student/exercises.ipynb" in names
    assert not [name for name in names if name.startswith(("teacher", "slides/index"))]
