"""Pages load what they show: icons by a style sheet, formulas and search on demand."""

import pytest

from tests.course.book.test_build import _extension

SCRIPT = (
    '{brands:{"sun":[512,512,[],"e000","M0 0z"]},solid:{"sun":[512,512,[9728],'
    '"f185","M1 1z"],"angle-left":[320,512,[8249],"f104","M2 2z"],bars:[448,512,'
    '["navicon"],"f0c9","M3 3z"]}}'
)
PAGE = """<head>
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<script defer="defer" src="../_static/mathjax/tex-chtml.js"></script>
<script src="../_static/searchtools.js"></script>
<script src="../_static/language_data.js"></script>
<script src="../searchindex.js"></script>
<script src="../_static/book.js"></script>
</head>"""


def test_icons_are_drawn_from_the_themes_script() -> None:
    sheet = _extension("book_light").icons(SCRIPT, {"sun", "angle-left", "lg"})
    assert "M1 1z" in sheet  # the solid one, of two with this name
    assert "M0 0z" not in sheet
    assert "--icon-width: 0.625em" in sheet
    assert ".fa-lg" not in sheet
    assert "M3 3z" not in sheet
    assert "M3 3z" in _extension("book_light").icons(SCRIPT, {"bars"})


@pytest.mark.parametrize(
    ("sheet", "after"),
    [
        ('html{--pst-icon-bell:"\uf0f3";--x:"e"}', 'html{--pst-icon-bell:"";--x:"e"}'),
        (
            '.exercise::after {\n  content: "\\f303";\n}',
            '.exercise::after {\n  content: "";\n}',
        ),
        ("a:after{content:'\\f107'}", 'a:after{content:""}'),
        (".fa-sun:before,.fa-bars:before{content:'x'}p{color:red}", "p{color:red}"),
        ('@font-face{font-family:"Font Awesome 6 Free"}b{}', "b{}"),
        ('li::before{content:"\\2713"}', 'li::before{content:"\\2713"}'),
    ],
)
def test_a_style_sheet_keeps_no_letter_of_a_font_of_icons(
    sheet: str, after: str
) -> None:
    assert _extension("book_light").without_letters(sheet) == after


@pytest.mark.parametrize(
    ("inside", "searches", "kept"),
    [
        ("", False, {"book.js"}),
        ('<span class="math notranslate">x</span>', False, {"book.js", "tex-chtml.js"}),
        ("", True, {"book.js", "searchtools.js", "language_data.js", "searchindex.js"}),
    ],
)
def test_a_page_loads_what_it_shows(
    inside: str, searches: bool, kept: set[str]
) -> None:
    extension = _extension("book_light")
    after = extension.lighten(PAGE + inside, searches=searches)
    scripts = ("book.js", "tex-chtml.js", "searchtools.js", "language_data.js")
    scripts += ("searchindex.js", "fontawesome.js")
    assert {name for name in scripts if name in after} == kept
    assert '<link rel="stylesheet" href="../_static/icons.css" />' in after
    assert extension.lighten(after, searches=searches) == after
