"""Quizzes: one right answer, a reason for each, plain HTML without scripts."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from support.course.project.chapters import discover
from support.course.project.errors import CourseError
from support.course.project.quizzes import faults, find
from tests.course.conftest import Project

QUIZ = """\
:::{quiz} Which number $n$ is even?
:name: quiz-numbers-1

- [ ] Three

  It leaves *one*.
- [x] Four, or
  any double of it

  It is $2\\cdot2$.

  And that is all.
:::
"""
EXTENSIONS = Path(__file__).parents[3] / "book" / "_ext"


def build(folder: Path, text: str) -> tuple[str, str]:
    """Build one page with the extension alone; its HTML and what Sphinx said."""
    import io

    source, out = folder / "source", folder / "out"
    source.mkdir()
    (source / "index.md").write_text(f"# Title\n\n{text}", "utf-8")
    settings = {
        "extensions": ["myst_parser", "book_quiz"],
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "html_theme": "basic",
        "project": "quiz",
    }
    said = io.StringIO()
    with patch_docutils(str(source)), docutils_namespace():
        app = Sphinx(
            srcdir=source,
            confdir=None,
            outdir=out,
            doctreedir=folder / "doctrees",
            buildername="html",
            confoverrides=settings,
            status=None,
            warning=said,
        )
        app.build()
    return (out / "index.html").read_text("utf-8"), said.getvalue()


@pytest.fixture(autouse=True)
def _extension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXTENSIONS))


class Tags(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.found if name == tag]


def test_a_quiz_is_read_with_its_reasons() -> None:
    (quiz,) = find(f"Before.\n\n{QUIZ}\nAfter.\n")
    assert (quiz.question, quiz.name) == ("Which number $n$ is even?", "quiz-numbers-1")
    assert [answer.right for answer in quiz.answers] == [False, True]
    assert quiz.answers[1].text == "Four, or any double of it"
    assert quiz.answers[1].why == "It is $2\\cdot2$.\n\nAnd that is all."


BAD = [
    ("[x]", "[ ]", "0 answers are marked"),
    ("[ ]", "[x]", "2 answers are marked"),
    ("  It leaves *one*.\n", "", "'Three' has no reason"),
    (":name: quiz-numbers-1\n", "", "its name is ''"),
    ("quiz-numbers-1", "Quiz1", "its name is 'Quiz1'"),
    (" Which number $n$ is even?", "", "no question"),
    ("- [ ] Three\n\n  It leaves *one*.\n", "", "1 answers; give two to 6"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_a_bad_quiz_is_refused_in_words(old: str, new: str, message: str) -> None:
    changed = QUIZ.replace(old, new)
    assert changed != QUIZ
    with pytest.raises(CourseError, match=message.replace("?", r"\?")):
        list(find(changed))


def test_an_open_quiz_is_refused() -> None:
    with pytest.raises(CourseError, match="is not closed; end it with :::"):
        list(find(QUIZ.removesuffix(":::\n")))


def test_a_page_shows_radio_buttons_and_reasons(tmp_path: Path) -> None:
    html, said = build(tmp_path, QUIZ)
    assert said == ""
    page = Tags(html)
    (fieldset,) = page.all("fieldset")
    assert fieldset == {"class": "quiz", "id": "quiz-numbers-1"}
    radios = [given for given in page.all("input") if given["type"] == "radio"]
    assert len(radios) == 2
    assert {radio["name"] for radio in radios} == {"quiz-numbers-1"}
    assert not any("checked" in radio for radio in radios)
    labels = [given["for"] for given in page.all("label")]
    assert labels == [radio["id"] for radio in radios]
    body = html[html.index("<fieldset") : html.index("</fieldset>")]
    assert "<legend>" in body
    assert "[x]" not in body
    assert "a) is wrong." in body
    assert "b) is right." in body
    assert "<em>one</em>" in body
    assert body.count('class="math') == 2
    assert "<script" not in body


@pytest.mark.parametrize(("old", "new", "message"), BAD[:4])
def test_the_build_says_what_is_wrong(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    _, said = build(tmp_path, QUIZ.replace(old, new))
    assert "ERROR" in said
    assert message in said


def test_a_name_is_used_once(tmp_path: Path) -> None:
    _, said = build(tmp_path, f"{QUIZ}\n{QUIZ}")
    assert "two quizzes have this name" in said


def test_a_chapter_asks_three_under_its_own_name(project: Project) -> None:
    folder = project.chapter("some_numbers")
    (chapter,) = discover(project.root)
    assert "0 quizzes; a chapter asks 3" in faults(chapter)[0]
    lesson = folder / "lesson.md"
    asked = "".join(QUIZ.replace("numbers-1", f"numbers-{i}") for i in (1, 2, 2))
    lesson.write_text(lesson.read_text("utf-8") + asked, "utf-8")
    same = (
        "lesson.md: every quiz is right at answer 2; put the right answers in "
        "different places"
    )
    assert faults(chapter) == [
        *[
            "lesson.md: quiz 'quiz-numbers-1'; its name must start with "
            "'quiz-some-numbers-'"
        ],
        *[
            "lesson.md: quiz 'quiz-numbers-2'; its name must start with "
            "'quiz-some-numbers-'"
        ]
        * 2,
        "lesson.md: two quizzes are called 'quiz-numbers-2'",
        same,
    ]
    good = lesson.read_text("utf-8").replace("quiz-numbers-2", "quiz-some-numbers-3", 1)
    good = good.replace("quiz-numbers", "quiz-some-numbers")
    lesson.write_text(good, "utf-8")
    assert faults(chapter) == [same]
    first = good.index("- [ ]")
    turned = good[first:].replace("[x]", "[o]", 1).replace("[ ]", "[x]", 1)
    lesson.write_text(good[:first] + turned.replace("[o]", "[ ]"), "utf-8")
    assert faults(chapter) == []
