"""Give the search what Sphinx's index lacks: the field's words, subjects, and texts.

``book/papers.yml`` names for each chapter the words by which the field would ask for
it; they go to ``_static/search/words.js``.  The words of every page go to a script of
its own below ``_static/search``, so that a result shows where it was found without
fetching the page: quickly where the book is served, and at all where it is a file.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "_static/search"
WORDS = "search/words.js"
SCRIPT = "search.js"
_HIDDEN = (
    nodes.comment, nodes.literal_block, nodes.math_block, nodes.image,
    nodes.substitution_definition, nodes.Invisible,
)  # fmt: skip
_UNSEEN = re.compile(r"<(script|style|svg|audio)\b.*?</\1>|<[^>]+>", re.DOTALL)
_FACTS = '<ul class="facts"'  # of the run that a page shows
_SENTENCE = re.compile(r".+?[.?!:](?=\s|$)", re.DOTALL)

#: Identifiers that a link may name, and the text that stands there.
Part = tuple[list[str], str]


def parts(document: nodes.Element) -> list[Part]:
    """Split a page into sections and glossary entries, each with its plain text.

    Args:
        document: the resolved document.

    Returns:
        Parts in their order; code and formulas are left out.
    """
    found: list[tuple[list[str], list[str]]] = [([], [])]

    def walk(node: nodes.Node) -> None:
        if isinstance(node, _HIDDEN):
            return
        if isinstance(node, nodes.section | nodes.term) and node["ids"]:
            found.append((list(node["ids"]), []))
        holds = any(isinstance(child, nodes.Text) for child in node.children)
        if isinstance(node, nodes.raw | nodes.TextElement) or holds:
            found[-1][1].append(_plain(node))
            return
        for child in node.children:
            walk(child)

    walk(document)
    texts = ((ids, " ".join(" ".join(said).split())) for ids, said in found)
    return [(ids, text) for ids, text in texts if text]


def subject(document: nodes.Element) -> str:
    """What a page is about: its subtitle, else the first sentence of its text."""
    section = next(iter(document.findall(nodes.section)), document)
    for paragraph in section.findall(nodes.paragraph):
        said = " ".join(_plain(paragraph).split())
        only = [child for child in paragraph.children if child.astext().strip()]
        if len(only) == 1 and isinstance(only[0], nodes.emphasis):
            return said.rstrip(".")
        if sentence := _SENTENCE.match(said):
            return sentence[0].rstrip(".:")
    return ""


def _plain(node: nodes.Node) -> str:
    if isinstance(node, nodes.math | nodes.math_block):
        return "…"
    if isinstance(node, nodes.raw):
        text = node.astext() if "html" in node.get("format", "") else ""
        text = "" if text.startswith(_FACTS) else text
        return unescape(_UNSEEN.sub(" ", text))
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(map(_plain, node.children))


def write_page(
    app: Sphinx, page: str, template: str, context: dict, doctree: Any
) -> None:
    """Write the texts of one page; give the page of the search its scripts."""
    if app.builder.format != "html":
        return
    if page == "search":
        app.add_js_file(WORDS, loading_method="defer")
        app.add_js_file(SCRIPT, loading_method="defer")
    if doctree is not None:
        about = {"about": subject(doctree), "parts": parts(doctree)}
        path = Path(app.outdir) / FOLDER / f"{page}.js"
        _write(path, f"bookSearch.text({json.dumps(page)}, {_json(about)});\n")


def write_words(app: Sphinx, env: Any) -> list[str]:
    """Write the field's words of every chapter that is written."""
    if app.builder.format == "html":
        papers = Path(app.confdir) / "book" / "papers.yml"
        known = yaml.safe_load(papers.read_text("utf-8")) if papers.is_file() else []
        words = {
            f"chapters/{paper['slug']}/lesson": paper.get("words", [])
            for paper in known
        }
        words = {page: said for page, said in words.items() if page in env.found_docs}
        path = Path(app.outdir) / "_static" / WORDS
        _write(path, f"const bookSearch = {{ words: {_json(words)} }};\n")
    return []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict:
    app.connect("env-updated", write_words)
    app.connect("html-page-context", write_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
