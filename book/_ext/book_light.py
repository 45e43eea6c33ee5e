"""Keep pages light: they load what they show, and nothing for what they do not.

The theme draws a dozen icons by a script of 1.5 MB, brings three web fonts for the
same icons, and lets every page load the index of the search.  Here the icons become
masks in a style sheet of a few kilobytes, made from the theme's own script; pages
without a formula load no MathJax; and only the page of the search loads its index.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

SCRIPT = "scripts/fontawesome.js"
SHEET = "icons.css"
#: The page that searches, and the scripts that the theme gives to all.
SEARCH = "search.html"
_SEARCHING = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*">'
    r"</script>"
)
_ICONS_TAG = re.compile(
    r'<script defer src="(?P<way>[^"]*_static/)scripts/fontawesome\.js[^"]*"></script>'
)
_MATHS_TAG = re.compile(r'\s*<script [^>]*src="[^"]*tex-chtml\.js[^"]*"></script>')
_NAME = re.compile(r"\bfa-([a-z][a-z0-9-]*)")
#: An icon in the theme's script: "sun":[512,512,[9728],"f185","M361.5 1.2c5 ..."]
_DRAWING = re.compile(
    r'"?(?P<name>[a-z][a-z0-9-]*)"?:\[(?P<width>\d+),(?P<height>\d+),'
    r'\[[^\]]*\],"[0-9a-f]+","(?P<path>[^"]+)"\]'
)
#: Rules of the theme for icons as letters of a font.
_LETTERS = re.compile(r"(?:\.fa-[\w-]+:before,?)+\{content:[^}]*\}")
#: Letters of that font before notes and links outside, after exercises' titles.
_LETTER = re.compile(r"([\"'])(?:\\[ef][0-9a-f]{3}|[\ue000-\uf8ff])\1")
_FONT = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
_RULES = """\
:is(.fa-solid, .fas) {
  background: currentcolor;
  display: inline-block;
  font-size: inherit;
  height: 1em;
  -webkit-mask: var(--icon) center / contain no-repeat;
  mask: var(--icon) center / contain no-repeat;
  vertical-align: -0.125em;
  width: var(--icon-width, 1em);
}

.bd-search .fa-solid.fa-magnifying-glass {
  position: static; /* not over the words of the field */
}

div.admonition > .admonition-title {
  padding-left: 0.6rem; /* no letter stands before it */
}

@media print {
  :is(.fa-solid, .fas) {
    print-color-adjust: exact;
  }
}
"""


def icons(script: str, names: Iterable[str]) -> str:
    """Write the style sheet of some icons.

    Args:
        script: the theme's script, which holds the drawings of all icons.
        names: of icons without ``fa-``; what is no icon, such as a size, is passed
            over.

    Returns:
        CSS; the icons in the order of their names.
    """
    wanted = set(names)
    drawn: dict[str, str] = {}
    for found in _DRAWING.finditer(script):
        # solid icons stand last in the script, after brands and regular ones
        if found["name"] in wanted:
            width, height = int(found["width"]), int(found["height"])
            drawn[found["name"]] = (
                f".fa-{found['name']} {{\n"
                f'  --icon: url("data:image/svg+xml,'
                f"%3Csvg xmlns='http://www.w3.org/2000/svg' "
                f"viewBox='0 0 {width} {height}'%3E"
                f"%3Cpath d='{found['path']}'/%3E%3C/svg%3E\");\n"
                f"  --icon-width: {width / height:.4g}em;\n}}\n"
            )
    return _RULES + "".join(drawn[name] for name in sorted(drawn))


def without_letters(sheet: str) -> str:
    """Take out of a style sheet the fonts of icons, and every letter of one."""
    return _LETTER.sub('""', _FONT.sub("", _LETTERS.sub("", sheet)))


def lighten(page: str, *, searches: bool) -> str:
    """Take out of a page what it loads in vain.

    Args:
        page: HTML of the theme.
        searches: whether it is the page of the search.
    """
    page = _ICONS_TAG.sub(rf'<link rel="stylesheet" href="\g<way>{SHEET}" />', page)
    if not searches:
        page = _SEARCHING.sub("", page)
    if 'class="math' not in page:
        page = _MATHS_TAG.sub("", page)
    return page


def lighten_book(app: Sphinx, error: Exception | None) -> None:
    """Lighten every page, then drop what none loads any more."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    if not (static / SCRIPT).is_file():
        raise ExtensionError(f"the theme has no {SCRIPT}; see where its icons are now")
    names: set[str] = set()
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text("utf-8")
        names |= set(_NAME.findall(before))
        after = lighten(before, searches=path.name == SEARCH)
        if after != before:
            path.write_text(after, "utf-8")
    script = (static / SCRIPT).read_text("utf-8")
    for path in [*static.glob(f"{SCRIPT}*"), *static.rglob("*.map")]:
        path.unlink(missing_ok=True)
    for path in static.rglob("*.js"):
        names |= set(_NAME.findall(path.read_text("utf-8", errors="replace")))
    (static / SHEET).write_text(icons(script, names), "utf-8")
    for path in static.rglob("*.css"):
        path.write_text(without_letters(path.read_text("utf-8")), "utf-8")
    shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)


def setup(app: Sphinx) -> dict:
    app.connect("build-finished", lighten_book, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
