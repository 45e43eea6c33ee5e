"""What a reader does beyond reading: search, filter, keyboard, no scripts."""

import re
from pathlib import Path

import pytest

from support.claims import load_claims
from support.course.project.chapters import discover
from support.course.project.papers import load_papers
from tests.book.browser import Visitor

pytestmark = pytest.mark.browser


def _claims(root: Path) -> list[str]:
    return [
        claim.id
        for chapter in discover(root)
        if chapter.claims.is_file()
        for claim in load_claims(chapter.claims)
    ]


_RESULTS = "items => items.map(item => [item.innerText, item.firstChild.href])"
_EXPLAINED = """() => document.querySelector(".search-summary").innerText
  && [...document.querySelectorAll("#search-results li")]
    .every(item => item.querySelector(".search-about"))"""
_FIRST = """words => words.map(word => {
  const found = Search._performSearch(...Search._parseQuery(word));
  return [word, ...new Set(found.reverse().map(([page]) => page))];
})"""

_BESIDE = """() => [...document.querySelectorAll(".bd-search")].every(field =>
  field.querySelector(".fa-solid").getBoundingClientRect().right
  <= field.querySelector("input").getBoundingClientRect().left)"""


@pytest.mark.parametrize("kind", ["served", "file"])
def test_search_finds_a_word_and_shows_where(
    visitor: Visitor, html: Path, project_root: Path, kind: str
) -> None:
    context = visitor.context("light")
    page = context.new_page()
    start = visitor.address if kind == "served" else html.as_uri() + "/"
    page.goto(f"{start}search.html?q=leakage")
    page.wait_for_selector("#search-results li mark", timeout=10_000)
    page.wait_for_function(_EXPLAINED, timeout=10_000)
    results = page.locator("#search-results li").evaluate_all(_RESULTS)
    words = {
        word: f"chapters/{paper['slug']}/lesson"
        for paper in load_papers(project_root)
        if (project_root / "chapters" / paper["slug"]).is_dir()
        for word in paper["words"]
    }
    found = page.evaluate(_FIRST, list(words))
    context.close()
    about = {link.partition("#")[0].rpartition("/")[2]: text for text, link in results}
    assert "should not be there" in about["glossary.html"]
    lessons = [text for text, link in results if link.endswith("/lesson.html")]
    assert any("Concept bottleneck models" in text for text in lessons)
    assert len(results) == len({link for _, link in results})
    for word, *pages in found:
        ahead = pages[: pages.index(words[word])]
        assert all(name.endswith("/lesson") for name in ahead), (word, pages)


def test_of_a_misspelt_word_the_search_says_what_may_be_meant(
    visitor: Visitor,
) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}search.html?q=disentaglement")
    page.wait_for_selector(".search-meant a")
    beside = page.evaluate(_BESIDE)
    page.click(".search-meant a")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    address, offers = page.url, page.locator(".search-meant").count()
    context.close()
    assert beside, "the icon of the search lies over the words of its field"
    assert address.endswith("?q=disentanglement")
    assert offers == 0


def test_the_first_page_opens_from_a_file(visitor: Visitor, html: Path) -> None:
    context = visitor.context("light")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((html / "index.html").as_uri())
    page.wait_for_url("**/book/welcome.html")
    heading = page.locator("h1").first.text_content()
    context.close()
    assert "Legible representations" in (heading or "")
    assert errors == []


def test_the_first_key_reaches_the_main_content(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}book/running.html")
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    context.close()
    assert target == "#main-content"


def test_the_ledger_is_complete_without_scripts(
    visitor: Visitor, project_root: Path
) -> None:
    context = visitor.context("light", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{visitor.address}book/claims.html")
    rows = page.locator(".claims-table tbody tr").evaluate_all(
        "rows => rows.map(row => row.id)"
    )
    drawn = page.locator("svg.forest").count()
    named = page.locator('svg.forest[role="img"][aria-label*="wanted"]').count()
    choosers = page.locator(".ledger-filter").count()
    context.close()
    assert sorted(rows) == sorted(_claims(project_root))
    assert drawn == named > 0
    assert choosers == 0


def test_a_number_of_the_matrix_leads_to_its_row(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}book/claims.html")
    link = page.locator("#matrix-embedded tbody td a").first
    wanted = (link.get_attribute("href") or "").removeprefix("#")
    link.click()
    found = page.locator(".claims-table tr:target").get_attribute("id")
    context.close()
    assert found == wanted


def test_the_ledger_prints_on_few_pages(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}book/claims.html")
    printed = page.pdf(format="A4")
    context.close()
    assert 1 < len(re.findall(rb"/Type\s*/Page\b", printed)) <= 24
