"""Visit pages of the built book and report what a reader would meet.

Pages are served from this machine alone; a request to any other host is cut and
reported.  Each page is visited once a theme, and the tests ask the reports.
"""

import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AXE = "axe-core@4.10.3"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
THEMES = ("light", "dark")
WIDTHS = (1280, 390)

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


@dataclass
class Report:
    """What one visit of one page in one theme found."""

    page: str
    theme: str
    looked: dict[str, Any] = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    overflow: dict[int, int] = field(default_factory=dict)
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


def find_chromium() -> str | None:
    """The path of a Chromium: ``COURSE_CHROMIUM``, else one on the path."""
    named = os.environ.get("COURSE_CHROMIUM")
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    return named or (found[0] if found else None)


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
    """One browser for all visits; each page and theme is visited once."""

    def __init__(self, browser: Any, address: str, axe: str) -> None:
        self.address = address
        self.browser = browser
        self._axe = axe
        self._reports: dict[tuple[str, str], Report] = {}
        self._contexts: dict[str, Any] = {}

    def visit(self, page: str, theme: str) -> Report:
        """Visit a page, or give the report of the visit made before."""
        key = (page, theme)
        if key not in self._reports:
            self._reports[key] = self._visit(page, theme)
        return self._reports[key]

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

    def _visit(self, name: str, theme: str) -> Report:
        if theme not in self._contexts:
            self._contexts[theme] = self.context(theme)
        report = Report(name, theme)
        page = self._contexts[theme].new_page()
        page.on(
            "console",
            lambda said: (
                report.console.append(said.text) if said.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: report.console.append(str(error)))
        page.on("request", lambda request: self._note(request.url, report))
        page.on(
            "response",
            lambda answer: (
                report.failed.append(f"{answer.status} {answer.url}")
                if answer.status >= 400
                else None
            ),
        )
        page.goto(self.address + name)
        page.wait_for_selector("#main-content", state="attached")  # redirects too
        page.wait_for_load_state("load")
        page.wait_for_function("document.documentElement.dataset.theme")
        if page.locator(".math").count():
            page.wait_for_function("window.MathJax?.startup?.promise")
            page.evaluate("MathJax.startup.promise.then(() => 0)")
        report.looked = page.evaluate(LOOK)
        if self._axe:
            report.accessibility = self._accessibility(page, theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("new Promise(requestAnimationFrame)")
            report.overflow[width] = page.evaluate(
                "document.documentElement.scrollWidth - window.innerWidth"
            )
            report.letters[width] = page.evaluate(LETTERS)
        page.close()
        return report

    def _note(self, url: str, report: Report) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            report.outside.append(url)

    def _accessibility(self, page: Any, theme: str) -> list[str]:
        """All rules in the first theme; in the other those about colours."""
        options: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
        if theme != THEMES[0]:
            options["runOnly"] = ["color-contrast", "link-in-text-block"]
        page.evaluate(self._axe)
        found = page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{fault['id']} ({fault['impact']}, {len(fault['nodes'])} places): "
            f"{fault['help']}: {fault['nodes'][0]['html'][:200]} "
            f"{fault['nodes'][0].get('failureSummary', '')[:300]}"
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
