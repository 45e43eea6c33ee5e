"""A reader runs and edits cells of a page, in a real browser."""

from typing import Any

import pytest

from tests.book.browser import ARGUMENTS
from tests.course.serve.conftest import LESSON, Served

SHOWN = """import os, sys, time
from IPython.display import Markdown, display
time.sleep(1.5)
if (os.environ["OMP_NUM_THREADS"], os.environ["COURSE_BATCH"]) == ("1", "1"):
    print("one thread, no bars")
print("an aside", file=sys.stderr)
display(Markdown("a **bold** one"))
square = "<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>"
display({"image/svg+xml": square}, raw=True,
        metadata={"course_figure": {"alt": "A square."}})
"""


@pytest.mark.slow
@pytest.mark.browser
def test_a_reader_edits_a_cell_and_runs_it(served: Served, chromium: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    asked: list[str] = []

    def cut(route: Any) -> None:
        if route.request.url.startswith(f"{served.base}/"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                said.type == "error" and faults.append(f"{said.text} {said.location}")
            ),
        )
        page.route("http*://**", cut)
        page.goto(f"{served.base}{LESSON}?token={served.token}")
        assert "token" not in page.url
        bars, outputs = page.locator(".live-bar"), page.locator(".live-output")
        expect(bars).to_have_count(2)
        expect(bars.nth(0)).to_contain_text("under 1 s")
        expect(bars.nth(1)).to_contain_text("about 12 s")
        expect(bars.nth(1)).to_contain_text("Run all above, then this (about 13 s)")
        book = page.get_by_text("as the book has it")
        expect(book).to_be_visible()
        # the keyboard alone: the second cell needs the first
        bars.nth(1).get_by_role("button", name="Run", exact=True).focus()
        page.keyboard.press("Enter")
        expect(outputs.nth(1)).to_contain_text("NameError", timeout=40_000)
        expect(bars.nth(1)).to_contain_text("1 above did not run")
        expect(page.locator(".live-failed")).to_have_count(1)
        expect(book).to_be_hidden()
        bars.nth(1).get_by_role("button", name="Run all above").click()
        expect(outputs.nth(1)).to_have_text("42", timeout=20_000)
        expect(bars.nth(1)).to_contain_text("Run all above, then this (about 12 s)")
        expect(page.locator(".live-failed")).to_have_count(0)
        field = page.get_by_label("Code of cell 1")
        field.focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("from seven import SEVEN as a, __file__\nprint(__file__)")
        page.keyboard.press("Shift+Enter")
        expect(outputs.nth(0)).to_contain_text("demo", timeout=20_000)
        expect(bars.nth(0)).to_contain_text("ran in", timeout=20_000)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Run"
        bars.nth(1).get_by_role("button", name="Run", exact=True).click()
        expect(outputs.nth(1)).to_have_text("49", timeout=20_000)
        page.evaluate(
            """code => {
            const editor = document.querySelectorAll('.CodeMirror')[1].CodeMirror;
            editor.setValue(code);
        }""",
            SHOWN,
        )
        bars.nth(1).get_by_role("button", name="Run", exact=True).click()
        expect(bars.nth(1).get_by_role("progressbar")).to_be_visible(timeout=5_000)
        expect(bars.nth(1)).to_contain_text("s of about 12 s")
        expect(outputs.nth(1).locator("strong")).to_have_text("bold", timeout=20_000)
        expect(outputs.nth(1).locator("img")).to_have_attribute("alt", "A square.")
        expect(outputs.nth(1)).to_contain_text("one thread, no bars")
        expect(outputs.nth(1)).to_contain_text("an aside")
        expect(bars.nth(1).locator("progress")).to_be_hidden()
        expect(page.locator(".live-failed")).to_have_count(0)
        browser.close()
    assert asked == []
    assert faults == []
