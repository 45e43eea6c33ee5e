"""What a page loads beside itself, read off its file."""

import re
from pathlib import Path

import pytest

from tests.book.contents import PAGES

#: Scripts and styles of a page without formulas, and what MathJax adds.
FRAME, MATHS = 800_000, 1_200_000
_LOADED = re.compile(r'<(?:script|link)\b[^>]*?(?:src|href)="([^"#]+\.(?:js|css))\b')
_ICON = re.compile(r'class="[^"]*\bfa[sb]?(?:-solid)? +fa-([a-z-]+)')


@pytest.mark.parametrize("page", PAGES)
def test_it_loads_little_and_draws_its_icons(html: Path, page: str) -> None:
    path = html / page
    words = path.read_text("utf-8")
    loaded = {path.parent / address for address in _LOADED.findall(words)}
    most = FRAME + (MATHS if 'class="math' in words else 0)
    if page == "search.html":
        most += (html / "searchindex.js").stat().st_size
    assert sum(file.stat().st_size for file in loaded) < most
    icons = set(_ICON.findall(words))
    sheet = (html / "_static" / "icons.css").read_text("utf-8")
    assert [name for name in icons if f".fa-{name} {{" not in sheet] == []
    assert bool(icons) == (page != "index.html")
