"""What a reader does beyond reading: search, filter, keyboard, no scripts."""

from pathlib import Path

import pytest

from support.claims import load_claims
from support.course.project.chapters import discover
from tests.book.browser import Visitor

pytestmark = pytest.mark.browser


def _claims(root: Path) -> list[str]:
    return [
        claim.id
        for chapter in discover(root)
        if chapter.claims.is_file()
        for claim in load_claims(chapter.claims)
    ]


@pytest.mark.parametrize("kind", ["served", "file"])
def test_search_finds_a_word(visitor: Visitor, html: Path, kind: str) -> None:
    context = visitor.context("light")
    page = context.new_page()
    start = visitor.address if kind == "served" else html.as_uri() + "/"
    page.goto(f"{start}search.html?q=bottleneck")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    links = page.locator("#search-results li a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    context.close()
    assert any("glossary.html" in link for link in links)


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
    rows = page.locator("#ledger tbody tr th > a").all_text_contents()
    choosers = page.locator(".ledger-filter").count()
    context.close()
    assert set(rows) == set(_claims(project_root))
    assert choosers == 0


def test_the_ledger_is_filtered_by_chapter_and_verdict(
    visitor: Visitor, project_root: Path
) -> None:
    chapter = discover(project_root)[0]
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}book/claims.html")
    page.get_by_role("combobox", name="Chapter").select_option(chapter.title)
    visible = page.locator("#ledger tbody tr:visible th > a").all_text_contents()
    said = page.locator(".ledger-filter output").text_content()
    verdicts = page.get_by_role("combobox", name="Verdict")
    verdict = verdicts.locator("option").nth(1).get_attribute("value")
    verdicts.select_option(verdict)
    left = page.locator("#ledger tbody tr:visible").evaluate_all(
        "rows => rows.map(row => row.dataset.verdict)"
    )
    context.close()
    own = [name for name in _claims(project_root) if name.startswith(chapter.slug)]
    assert set(visible) == set(own)
    assert (said or "").startswith(f"{len(visible)} of ")
    assert set(left) <= {verdict}
