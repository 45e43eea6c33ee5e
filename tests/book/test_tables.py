"""Tables of results: complete without scripts; sorted and filtered with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.course.project.chapters import discover
from tests.book.browser import Visitor

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SLUGS = [c.slug for c in discover(ROOT) if c.results.is_file()]
NARROW = {"width": 400, "height": 800}


@pytest.fixture
def opened(visitor: Visitor) -> Iterator[Any]:
    """The first benchmark page."""
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}chapters/{SLUGS[0]}/benchmark.html")
    page.wait_for_selector(".sort-button")
    yield page
    context.close()


def _table(page: Any) -> Any:
    return page.locator("table.benchmark-table").first


def _column(page: Any, place: int) -> list[str]:
    rows = _table(page).locator("tbody tr:visible")
    return rows.evaluate_all(
        "(rows, place) => rows.map(row => row.cells[place].dataset.value ?? '')", place
    )


def test_benchmarks_are_complete_without_scripts(visitor: Visitor) -> None:
    context = visitor.context("light", java_script_enabled=False)
    page = context.new_page()
    for slug in SLUGS:
        page.goto(f"{visitor.address}chapters/{slug}/benchmark.html")
        rows = _table(page).locator("tbody tr")
        assert rows.count() > 3
        assert rows.first.is_visible()
        assert page.locator(".ledger-filter, .sort-button").count() == 0
    context.close()


def test_a_header_sorts_up_down_and_back(opened: Any) -> None:
    given = _column(opened, 2)
    button = _table(opened).get_by_role("button", name="Mean")
    head = _table(opened).locator("thead th").nth(2)
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert _column(opened, 2) == sorted(given, key=float)
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    assert _column(opened, 2) == sorted(given, key=float, reverse=True)
    button.click()
    assert head.get_attribute("aria-sort") is None
    assert _column(opened, 2) == given


def test_the_keyboard_sorts_and_the_order_is_said(opened: Any) -> None:
    _table(opened).get_by_role("button", name="Mean").focus()
    opened.keyboard.press("Enter")
    said = opened.get_by_role("status").first.text_content()
    assert said.endswith("shown, sorted by Mean, ascending")


def test_cells_without_a_number_come_last_either_way(opened: Any) -> None:
    button = _table(opened).get_by_role("button", name="p, Holm")
    for _ in range(2):
        button.click()
        found = _column(opened, 7)
        blank = found.count("")
        assert 0 < blank < len(found)
        assert not any(found[-blank:])


def test_filters_leave_what_was_asked_for_and_say_how_many(opened: Any) -> None:
    chosen = opened.get_by_role("combobox", name="Metric").first
    metric = chosen.locator("option").nth(1).get_attribute("value")
    chosen.select_option(metric)
    rows = _table(opened).locator("tbody tr:visible")
    assert set(rows.evaluate_all("r => r.map(x => x.dataset.metric)")) == {metric}
    said = opened.get_by_role("status").first.text_content()
    assert said.startswith(f"{rows.count()} of ")


def test_sorting_keeps_the_filter(opened: Any) -> None:
    chosen = opened.get_by_role("combobox", name="Metric").first
    chosen.select_option(index=1)
    before = _table(opened).locator("tbody tr:visible").count()
    _table(opened).get_by_role("button", name="Mean").click()
    assert _table(opened).locator("tbody tr:visible").count() == before


def test_a_number_leads_to_its_seeds(opened: Any) -> None:
    link = _table(opened).locator("tbody a").first
    shown = float(link.locator("..").get_attribute("data-value"))
    link.click()
    values = opened.locator("tr:target td[data-value]").evaluate_all(
        "cells => cells.map(cell => Number(cell.dataset.value))"
    )
    assert sum(values) / len(values) == pytest.approx(shown, abs=1e-6)


def test_the_ledger_leads_to_the_seeds_of_its_claims(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}book/claims.html")
    claim = page.locator(".claims-table tr:has(svg.forest)").first.get_attribute("id")
    page.get_by_role("link", name="seed by seed").first.click()
    page.wait_for_selector("table.seed-table:target")
    named = page.locator(":target tbody th").all_text_contents()
    context.close()
    assert claim in named


def test_narrow_screens_sort_by_a_list(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.set_viewport_size(NARROW)
    page.goto(f"{visitor.address}chapters/{SLUGS[0]}/benchmark.html")
    page.wait_for_selector(".sort-list")
    given = _column(page, 2)
    page.get_by_role("combobox", name="Sort").first.select_option("Mean, descending")
    found = _column(page, 2)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    buttons = _table(page).locator(".sort-button:visible").count()
    context.close()
    assert found == sorted(given, key=float, reverse=True)
    assert wide <= 0
    assert buttons == 0


def test_the_record_can_be_taken_along(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}chapters/{SLUGS[0]}/benchmark.html")
    with page.expect_download() as caught:
        page.locator("a.download").first.click()
    taken = Path(caught.value.path()).read_bytes()
    context.close()
    assert taken == (ROOT / "chapters" / SLUGS[0] / "results.json").read_bytes()


def test_the_page_of_speeds_shows_what_was_measured(visitor: Visitor) -> None:
    context = visitor.context("light")
    page = context.new_page()
    page.goto(f"{visitor.address}book/speed.html")
    measured = bool(list((ROOT / "book" / "speed").glob("*.json")))
    assert (page.locator(".speed-table tbody tr").count() > 0) == measured
    context.close()
