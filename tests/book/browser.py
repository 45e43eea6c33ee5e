"""Visit pages of the built book and report what a reader would meet.

Pages are served from this machine alone; a request to any other host is cut and
reported.  Each page is opened once, looked at in both themes and both widths, and
the tests ask the reports.

axe reads a whole page where it is the first of its kind (a lesson, a page of the
book, ...); of the others, which share its frame, it reads the article.  What one
page repeats (rows of a long table, words of highlighted code, formulas) it reads
:data:`REPEATED` times.
"""

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.book.contents import FIRST

AXE = "axe-core@4.10.3"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
THEMES = ("light", "dark")
WIDTHS = (1280, 390)
#: How often axe reads what a page repeats; it takes seconds for a thousand places.
REPEATED = 5

THIN = """most => {
  const seen = {};
  const often = key => (seen[key] = (seen[key] || 0) + 1) > most;
  document.body.hidden = true;  // so that nothing is laid out meanwhile
  for (const table of document.querySelectorAll("tbody"))
    [...table.rows].slice(most, -1).forEach(row => row.remove());
  for (const word of document.querySelectorAll("pre span")) {
    const place = word.closest("div.highlight")?.parentNode.className;
    if (often(`${word.className} in ${place}`)) word.replaceWith(...word.childNodes);
  }
  for (const formula of document.querySelectorAll("mjx-container"))
    if (often(`formula in ${formula.parentNode.className}`)) formula.remove();
  document.body.hidden = false;
}"""

CHOOSE = """theme => {
  document.documentElement.dataset.mode = theme;
  document.documentElement.dataset.theme = theme;
  document.getAnimations().forEach(fading => fading.finish());
}"""
ARTICLE = "document.querySelector('article.bd-article') || document"

# Words of a drawing, whose smallest are so many pixels where it has its own width.
LETTERS = """() => [...document.querySelectorAll("figure .panel")]
  .filter(e => e.checkVisibility())
  .map(e => [e.closest("figure").id, e.dataset.text * e.getBoundingClientRect().width
             / parseFloat(e.style.width)])"""

LOOK = """() => {
  const article = document.querySelector("article.bd-article") || document.body;
  const words = article.cloneNode(true);
  words.querySelectorAll(
    "pre, code, script, style, mjx-container, .onlyprint").forEach(e => e.remove());
  const line = e => (e.outerHTML || "").replace(/\\s+/g, " ").slice(0, 160);
  const all = (what, root = article) => [...root.querySelectorAll(what)];
  return {
    title: document.title,
    language: document.documentElement.lang,
    theme: document.documentElement.dataset.theme,
    headings: all("h1").map(e => e.textContent),
    raw: (words.textContent.match(/\\$\\$|\\\\\\(|\\\\\\[|\\{(?:numref|cite|eq|ref)/g)
          || []),
    maths: all(".math").length,
    bare: all(".math").filter(e => !e.querySelector("mjx-container")).map(line),
    faults: all("mjx-merror, [data-mjx-error]").map(line),
    broken: all("img", document).filter(e => e.checkVisibility()
                && !(e.complete && e.naturalWidth)).map(line),
    silent: all("img", document).filter(e => !(e.alt || "").trim()).map(line),
    figures: all("figure").map(e => ({
      id: e.id,
      number: (e.querySelector(".caption-number") || {}).textContent || "",
      caption: (e.querySelector(".caption-text") || {}).textContent || "",
      alt: (e.querySelector("img") || {}).alt
           || e.querySelector("[role=img]")?.getAttribute("aria-label") || "",
    })),
    cells: all("div.cell").filter(e => e.querySelector(".cell_input")).map(e => {
      let outputs = [...e.querySelectorAll(":scope .cell_output")];
      let next = e.nextElementSibling;
      while (next && next.matches("div.cell") && !next.querySelector(".cell_input")) {
        outputs.push(...next.querySelectorAll(":scope .cell_output"));
        next = next.nextElementSibling;
      }
      return {
        input: e.querySelector(".cell_input pre").textContent,
        output: outputs.map(o => o.textContent).join("\\n"),
        parts: outputs.length,
      };
    }),
  };
}"""


# What paper, as wide as a page of A4 between its margins, would clip or leave empty.
PAPER = 695
ON_PAPER = """() => {
  const article = document.querySelector("article.bd-article") || document.body;
  const wide = document.documentElement.clientWidth;
  const line = e => (e.outerHTML || "").replace(/\\s+/g, " ").slice(0, 160);
  const seen = [...article.querySelectorAll("*")].filter(e => e.checkVisibility());
  const empty = seen.filter(e => e.matches("audio, details.hide:not([open])"));
  const boxes = seen.filter(e => e.matches("pre, table, figure, .panels, fieldset"));
  const clipped = boxes.filter(e => e.getBoundingClientRect().right > wide + 1
    || (e.scrollWidth > e.clientWidth + 1 && e.matches("pre")));
  return [...empty, ...clipped].map(line);
}"""


# Letters of a font of icons that is not there: a reader sees boxes in their places.
# MathJax brings the fonts of its own.
ICONS = """() => [...document.querySelectorAll("body :not(mjx-container *, svg *)")]
  .flatMap(e => ["::before", "::after"]
    .filter(part => getComputedStyle(e, part).display !== "none"
      && /[\\uE000-\\uF8FF]/.test(getComputedStyle(e, part).content))
    .map(part => part + " of " + e.outerHTML.replace(/\\s+/g, " ").slice(0, 160)))"""


# The theme's script looks for what scrolls a third of a second after the last change of
# the width or the contents; a look before that would meet what it found on paper.
SETTLED = """() => new Promise(done =>
  requestAnimationFrame(() => setTimeout(done, 450)))"""
REACHABLE = """() => [...document.querySelectorAll("pre")].every(e =>
  e.tabIndex === 0 ||
  e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight)
"""


@dataclass
class Report:
    """What one visit of one page found in one theme."""

    page: str
    theme: str
    looked: dict[str, Any] = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    overflow: dict[int, int] = field(default_factory=dict)
    on_paper: list[str] = field(default_factory=list)
    icons: list[str] = field(default_factory=list)
    letters: dict[int, list[tuple[str, float]]] = field(default_factory=dict)
    accessibility: list[str] | None = None


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; give its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetch_axe(folder: Path) -> tuple[str, str]:
    """The source of axe-core, or an empty text and why it is not there."""
    path = folder / "node_modules" / "axe-core" / "axe.min.js"
    wanted = AXE.rpartition("@")[2]
    if not path.is_file() or wanted not in path.read_text("utf-8")[:200]:
        npm = shutil.which("npm")
        if npm is None:
            return "", "npm is not installed"
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund"]
        ran = subprocess.run(
            [*command, "--prefix", str(folder), AXE],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if ran.returncode or not path.is_file():
            return "", f"npm could not install {AXE}: {ran.stderr.strip()[-200:]}"
    return path.read_text("utf-8"), ""


class Visitor:
    """One browser for all visits; each page is visited once."""

    def __init__(self, browser: Any, address: str, axe: str) -> None:
        self.address = address
        self.browser = browser
        self._axe = axe
        self._reports: dict[str, dict[str, Report]] = {}
        self._page: Any = None
        self._found: dict[str, list[str]] = {}

    def visit(self, page: str, theme: str) -> Report:
        """Visit a page, or give the report of the visit made before."""
        if page not in self._reports:
            self._reports[page] = self._visit(page)
        return self._reports[page][theme]

    def context(self, theme: str, **options: Any) -> Any:
        """A browser context in one theme, from which no other host is reached."""
        context = self.browser.new_context(
            viewport={"width": WIDTHS[0], "height": 900}, **options
        )
        context.add_init_script(
            f"localStorage.setItem('mode', '{theme}');"
            f"localStorage.setItem('theme', '{theme}');"
        )
        context.route(
            lambda url: not url.startswith((self.address, "data:", "blob:", "file:")),
            lambda route: route.abort(),
        )
        return context

    def _tab(self) -> Any:
        """The tab of all visits: it keeps the compiled scripts of the frame."""
        page = self.context(THEMES[0]).new_page()
        page.on(
            "console",
            lambda said: self._said(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: self._said(str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", self._answered)
        return page

    def _said(self, error: str) -> None:
        self._found["console"].append(error)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self._found["outside"].append(url)

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self._found["failed"].append(f"{response.status} {response.url}")

    def _visit(self, name: str) -> dict[str, Report]:
        self._page = page = self._page or self._tab()
        self._found = {"console": [], "outside": [], "failed": []}
        reports = {theme: Report(name, theme, **self._found) for theme in THEMES}
        page.goto(self.address + name)
        page.wait_for_selector("#main-content", state="attached")  # redirects too
        page.wait_for_load_state("load")
        page.wait_for_function("document.documentElement.dataset.theme")
        if page.locator(".math").count():
            page.wait_for_function("window.MathJax?.startup?.promise")
            page.evaluate("MathJax.startup.promise.then(() => 0)")
        for report in reports.values():
            page.evaluate(CHOOSE, report.theme)
            report.looked = page.evaluate(LOOK)
            for width in reversed(WIDTHS):
                page.set_viewport_size({"width": width, "height": 900})
                page.evaluate("new Promise(requestAnimationFrame)")
                report.overflow[width] = page.evaluate(
                    "document.documentElement.scrollWidth - window.innerWidth"
                )
                report.letters[width] = page.evaluate(LETTERS)
        reports[THEMES[0]].icons = page.evaluate(ICONS)
        page.set_viewport_size({"width": PAPER, "height": 900})
        page.emulate_media(media="print")
        reports[THEMES[0]].on_paper = page.evaluate(ON_PAPER)
        page.emulate_media(media="screen")
        if self._axe:
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.evaluate(THIN, REPEATED)
            page.evaluate(SETTLED)
            page.wait_for_function(REACHABLE)
            page.evaluate(self._axe)
            for report in reports.values():
                page.evaluate(CHOOSE, report.theme)
                report.accessibility = self._accessibility(page, report)
        return reports

    def _accessibility(self, page: Any, report: Report) -> list[str]:
        """All rules in the first theme; in the other those about colours."""
        part = "document" if report.page in FIRST.values() else ARTICLE
        if report.theme == THEMES[0]:
            return faults(page, part)
        return faults(page, part, runOnly=["color-contrast", "link-in-text-block"])


def faults(page: Any, part: str = "document", **options: Any) -> list[str]:
    """What axe, which the page has loaded, finds serious or critical.

    Args:
        page: of the browser.
        part: an expression in JavaScript: the document, or an element.
        options: of axe.
    """
    found = page.evaluate(
        f"options => axe.run({part}, options)",
        {"preload": False, "resultTypes": ["violations"], **options},
    )
    return [
        f"{fault['id']} ({fault['impact']}, {len(fault['nodes'])} places): "
        f"{fault['help']}: {fault['nodes'][0]['html'][:200]} "
        f"{fault['nodes'][0].get('failureSummary', '')[:300]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
