"""MyST becomes Markdown that plain Jupyter shows as it is meant."""

from pathlib import Path

import pytest

from support.course.project.project import Project
from support.course.seminar.plain import Words, citations, directives, labels, plain

WORDS = Words(
    cited={"koh": ("Koh et al.", "2020"), "hand": ("Hand and Till", "2001")},
    titles={
        "thm-bound": "Theorem (A bound)",
        "ex-demo-1": "Exercise 1 (Count)",
        "eq-loss": "(2)",
    },
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("See {cite:t}`koh`.", "See Koh et al. (2020)."),
        (
            "Known {cite:p}`koh,hand`.",
            "Known (Koh et al., 2020; Hand and Till, 2001).",
        ),
        ("By {prf:ref}`thm-bound`.", "By Theorem (A bound)."),
        ("At the {ref}`control <a-label>` below.", "At the control below."),
        ("(a-label)=\n### Title", "### Title"),
        ("$$a\n=b.$$ (eq-loss)\nBy {eq}`eq-loss`.", "$$a\n=b.\\tag{2}$$\nBy (2)."),
        ("$$a=b$$ (eq-other)", "$$a=b$$"),
        ("% a comment\nWords.", "Words."),
        ("[Notation](../../book/notation.md) first.", "*Notation* first."),
        (
            "[A site](https://example.org) stays.",
            "[A site](https://example.org) stays.",
        ),
        ("```{note}\nMind.\n```", "> **Note.**\n>\n> Mind.\n"),
        (
            ":::{prf:theorem} A bound\n:label: thm-bound\n\n$a\\le b$\n:::",
            "> **Theorem (A bound).**\n>\n> $a\\le b$\n",
        ),
        (
            "````{exercise} Count\n:label: ex-demo-1\n\nCount to $3$.\n````",
            "**Exercise 1 (Count)**\n\nCount to $3$.",
        ),
        (
            ":::{dropdown} Hint 1\nOne, two.\n:::",
            "<details><summary>Hint 1</summary>\n\nOne, two.\n\n</details>",
        ),
        (
            "```{admonition} People believe\n:class: tip\n\nMuch.\n```",
            "> **People believe.**\n>\n> Much.\n",
        ),
        ("```python\n{cite:t}`koh`\n```", "```python\n{cite:t}`koh`\n```"),
        ("::::{div}\n:::{tip}\nDo.\n:::\n::::", "> **Tip.**\n>\n> Do.\n"),
    ],
)
def test_each_construct_has_its_plain_form(text: str, wanted: str) -> None:
    assert plain(text, WORDS) == wanted


def test_a_quiz_shows_its_choices_and_folds_its_answers() -> None:
    text = (
        ":::{quiz} Which?\n:name: quiz-demo-1\n\n- [ ] This\n\n  No.\n- [x] That\n\n"
        "  Yes.\n:::"
    )
    question, _, answers = plain(text, WORDS).partition("<details>")
    assert question == "**Question.** Which?\n\n- This\n- That\n\n"
    assert "Right: That" in answers
    assert "  Yes." in answers
    assert "[x]" not in question + answers


def test_labels_and_directives_are_found_outside_code() -> None:
    text = (
        "```{exercise} One\n:label: ex-1\n\nDo.\n```\n\n```{exercise} Two\n"
        ":label: ex-2\n```\n\n:::{prf:definition} Leak\n:label: def-1\n:::\n"
        "$$a$$ (eq-1)\n$$b$$\n$$c\n=d$$ (eq-2)"
    )
    assert labels([text]) == {
        "ex-1": "Exercise 1 (One)",
        "ex-2": "Exercise 2 (Two)",
        "def-1": "Definition (Leak)",
        "eq-1": "(1)",
        "eq-2": "(2)",
    }
    assert directives("```python\n{cite:t}`x`\n```\nSee {cite:t}`x`.") == ["cite:t"]


def test_authors_are_named_as_readers_name_them(tmp_path: Path) -> None:
    pytest.importorskip("pybtex")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "references.bib").write_text(
        "@misc{one, author = {Almud{\\'e}var, Antonio}, year = {2024}}\n"
        "@misc{two, author = {Koh, P. and Till, R.}, year = {2001}}\n"
        "@misc{three, author = {A, B. and C, D. and E, F.}, title = {T}}\n",
        "utf-8",
    )
    assert citations(Project.at(tmp_path)) == {
        "one": ("Almudévar", "2024"),
        "two": ("Koh and Till", "2001"),
        "three": ("A et al.", "n.d."),
    }
