"""Keep the book on its own machine: no page asks another host for anything.

Jupyter Book loads Thebe, Require.js and MathJax from other hosts.  Here Thebe
and the comments are taken out, MathJax is copied from an installed package, and
a finished build in which anything still points outside is an error.
"""

import importlib.util
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

MATHJAX = "tex-chtml.js"
MATHJAX_PARTS = ("a11y", "input/tex/extensions", "output/chtml", "sre", "ui")
UNWANTED = ("sphinx_thebe", "sphinx_comments")
UNWANTED_FILES = ("sphinx-thebe",)
OUTSIDE = re.compile(r"(?:https?:)?//[^/]")
# What a script names only when a reader asks for it, or never: no request.
SCRIPT_ADDRESS = re.compile(
    r"(?:import\s*\(|fetch\s*\(|importScripts\s*\(|\.src\s*=|_URL\s*=)\s*"
    r"[\"'`](?:https?:)?//"
)
LOADERS = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "audio": ("src",),
    "video": ("src", "poster"),
    "object": ("data",),
    "embed": ("src",),
    "link": ("href",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
HARMLESS_LINKS = {"canonical", "license", "author", "prev", "next"}
STYLE_ADDRESS = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//")


def forget_unwanted(app: Sphinx, config: object) -> None:
    """Disconnect the extensions that Jupyter Book loads and this book does not use."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [
            listener
            for listener in listeners
            if getattr(listener.handler, "__module__", "").split(".")[0] not in UNWANTED
        ]


def drop_outside_scripts(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    """Take scripts and style sheets of other hosts out of a page."""
    for key in ("script_files", "css_files"):
        context[key] = [
            asset
            for asset in context.get(key, [])
            if not OUTSIDE.match(name := str(getattr(asset, "filename", asset) or ""))
            and not any(unwanted in name for unwanted in UNWANTED_FILES)
        ]


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy the parts of MathJax that pages load from its package."""
    if error is not None or app.builder.format != "html":
        return
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("sphinx-mathjax-offline is not installed")
    source = Path(spec.origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source / MATHJAX, target / MATHJAX)
    for part in MATHJAX_PARTS:
        shutil.copytree(source / part, target / part, dirs_exist_ok=True)


class _Loads(HTMLParser):
    """Collect what a page loads from other hosts by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside = tag if tag in ("script", "style") else ""
        if tag == "link" and set((given.get("rel") or "").split()) <= HARMLESS_LINKS:
            return
        for name in LOADERS.get(tag, ()):
            value = given.get(name) or ""
            if any(OUTSIDE.match(part.strip()) for part in value.split(",")):
                self.outside.append(f"<{tag} {name}={value[:80]}>")
        if STYLE_ADDRESS.search(given.get("style") or ""):
            self.outside.append(f"<{tag} style=...>")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        pattern = {"script": SCRIPT_ADDRESS, "style": STYLE_ADDRESS}.get(self._inside)
        if pattern and (found := pattern.search(data)):
            self.outside.append(f"<{self._inside}>: {found.group(0)}")


def outside_references(folder: Path) -> list[str]:
    """List everything under ``folder`` that a page would load from another host."""
    found = []
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.suffix == ".html":
            page = _Loads()
            page.feed(path.read_text("utf-8"))
            found += [f"{shown}: {item}" for item in page.outside]
        elif path.suffix in (".css", ".js") and "/mathjax/" not in f"/{shown}":
            pattern = STYLE_ADDRESS if path.suffix == ".css" else SCRIPT_ADDRESS
            for match in pattern.finditer(path.read_text("utf-8", errors="replace")):
                found.append(f"{shown}: {match.group(0)}")
    return found


def refuse_outside(app: Sphinx, error: Exception | None) -> None:
    """Fail a build in which a page would still ask another host."""
    if error is not None or app.builder.format != "html":
        return
    if found := outside_references(Path(app.outdir)):
        raise ExtensionError(
            "the book would load from other hosts:\n  " + "\n  ".join(found[:20])
        )


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", forget_unwanted, priority=1)
    app.connect("html-page-context", drop_outside_scripts, priority=990)
    app.connect("build-finished", copy_mathjax, priority=600)
    app.connect("build-finished", refuse_outside, priority=990)
    app.connect(
        "config-inited",
        lambda app, config: setattr(config, "mathjax_path", f"mathjax/{MATHJAX}"),
    )
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
