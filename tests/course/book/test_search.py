"""What the search shows of a page, and the field's words that lead to chapters."""

import pytest
from docutils import nodes

from support.course.project.papers import load_papers
from tests.course.book.test_build import EXTENSIONS, _extension

ROOT = EXTENSIONS.parents[1]


def _page(*content: nodes.Node) -> nodes.section:
    return nodes.section("", nodes.title("", "A title"), *content, ids=["a-title"])


def test_a_text_is_split_by_what_a_link_may_name() -> None:
    inner = nodes.section("", nodes.title("", "Inner"), ids=["inner", "named"])
    inner += nodes.paragraph("", "", nodes.Text("With "), nodes.math("", r"\alpha"))
    term = nodes.term("", "Leakage", ids=["term-leakage"])
    listed = nodes.definition_list_item("", term)
    listed += nodes.definition("", nodes.paragraph("", "What should not be there."))
    page = _page(nodes.paragraph("", "Words."), nodes.literal_block("", "code"), inner)
    page += nodes.definition_list("", listed)
    assert _extension("book_search").parts(page) == [
        (["a-title"], "A title Words."),
        (["inner", "named"], "Inner With …"),
        (["term-leakage"], "Leakage What should not be there."),
    ]


def test_of_html_only_what_a_reader_sees_is_kept() -> None:
    html = "<table><tr><td>a &amp; b</td></tr></table><svg><title>x</title></svg>"
    facts = '<ul class="facts"><li>seed 0</li></ul>'
    raw = [nodes.raw("", text, format="html") for text in (html, facts)]
    assert _extension("book_search").parts(_page(*raw))[0][1] == "A title a & b"


@pytest.mark.parametrize(
    ("paragraphs", "found"),
    [
        ([nodes.paragraph("", "", nodes.emphasis("", "A subtitle."))], "A subtitle"),
        ([nodes.paragraph("", "The first.  Another.")], "The first"),
        ([], ""),
    ],
)
def test_a_page_says_what_it_is_about(paragraphs: list[nodes.Node], found: str) -> None:
    assert _extension("book_search").subject(_page(*paragraphs)) == found


def test_every_paper_has_words_of_the_field() -> None:
    words = {paper["slug"]: paper["words"] for paper in load_papers(ROOT)}
    assert [slug for slug, said in words.items() if len(set(said)) < 5] == []
    # what a reader types first
    for word in (
        "leakage", "nuisance", "class imbalance", "open set", "EER", "calibration",
        "shortcut", "probe", "fairness", "interpretability", "knowledge distillation",
    ):  # fmt: skip
        assert any(word in said for said in words.values()), word
