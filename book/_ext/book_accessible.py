"""Repair in finished pages what the theme lacks for screen readers.

The repairs are made in the pages themselves, so that they hold without scripts.
"""

import re
from html import escape, unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

_TOGGLE = re.compile(
    r'(?P<link><a class="[^"]*" href="[^"]*">(?P<title>[^<]*)</a>\s*'
    r"<details[^>]*>)\s*<summary>"
)
_EMPTY_HEAD = re.compile(r'<th scope="col"></th>')
# every theorem, exercise and solution would have the same id
_REPEATED_ID = re.compile(
    r'(<section\b[^>]*?) id="(?:proof|exercise|solution)-content">'
)
# a proof has no title of its own, on which a reader could click to open it
_PROOF = re.compile(r'<div class="(?P<classes>proof[^"]*)" id="proof">')
_FOLDED_PROOF = re.compile(
    r'(<div class="proof [^"]*\bdropdown\b[^"]*">\s*)(?!\s*<p class="admonition-title)'
)


def repair(page: str) -> str:
    """Name what has no name, and take away roles that do not fit."""

    def named(match: re.Match[str]) -> str:
        title = escape(unescape(match.group("title")).strip(), quote=True)
        label = f'<summary aria-label="Pages below: {title}">'
        return match.group("link") + label

    page = _TOGGLE.sub(named, page)
    page = page.replace(
        '<div role="list" class="citation-list">', '<div class="citation-list">'
    )
    page = page.replace(' role="doc-biblioentry"', "")
    page = page.replace(
        '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar">',
        '<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar" '
        'role="region" aria-label="Book">',
    )
    page = _REPEATED_ID.sub(r"\1>", page)
    page = _PROOF.sub(r'<div class="\g<classes>">', page)
    page = _FOLDED_PROOF.sub(r'\1<p class="admonition-title">Proof</p>', page)
    return _EMPTY_HEAD.sub("<td></td>", page)


def refuse_silent_images(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Stop at an image without alternative text."""
    for image in doctree.findall(nodes.image):
        if not str(image.get("alt", "")).strip():
            raise ExtensionError(f"{docname}: image {image.get('uri')} has no alt text")


def redirect(page: str) -> str:
    """Make the page that leads to the first one a page of its own right."""
    found = re.search(r"url=([\w/.-]+)", page)
    if found is None:
        raise ExtensionError("index.html leads nowhere")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Legible Representations</title>
<meta http-equiv="refresh" content="0; url={found[1]}">
<link rel="icon" href="_static/favicon.svg">
</head>
<body>
<h1>Legible Representations</h1>
<p>The book begins <a href="{found[1]}">on its first page</a>.</p>
</body>
</html>
"""


def repair_pages(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    first = Path(app.outdir) / "index.html"
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text("utf-8")
        after = redirect(before) if path == first else repair(before)
        if after != before:
            path.write_text(after, "utf-8")


def setup(app: Sphinx) -> dict:
    app.connect("doctree-resolved", refuse_silent_images)
    app.connect("build-finished", repair_pages, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
