"""Quizzes in a chapter's text: a question, its answers, and why each is so or not.

In the source a quiz is a list that any reader of Markdown understands::

    :::{quiz} Which one is even?
    :name: quiz-numbers-1

    - [ ] Three

      It leaves one.
    - [x] Four

      It is twice two.
    :::
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError

__all__ = ["WANTED", "Answer", "Quiz", "faults", "find", "parse"]

WANTED = 3
MOST_ANSWERS = 6
_OPENING = re.compile(r"^(?P<fence>:{3,}|`{3,})\{quiz\}\s*(?P<question>.*)$")
_NAME = re.compile(r"^:name:\s*(?P<name>\S+)\s*$")
_ANSWER = re.compile(r"^[-*] \[(?P<mark>[ xX])\]\s+(?P<text>\S.*)$")


@dataclass(frozen=True)
class Answer:
    """One answer: its text, whether it is right, and why, all in MyST."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Quiz:
    """One question: its name, what stands before the answers, the answers."""

    question: str
    name: str
    lead: str
    answers: tuple[Answer, ...]


def parse(question: str, name: str, lines: Sequence[str]) -> Quiz:
    """Read one quiz.

    Args:
        question: what stands behind ``{quiz}``.
        name: the value of ``:name:``.
        lines: the body, options left out.

    Returns:
        The quiz.

    Raises:
        CourseError: it has no question or name, not two to six answers, not
            exactly one right one, or an answer without a reason.

    >>> quiz = parse("Even?", "quiz-n-1", ["- [x] 4", "", "  Twice two.",
    ...                                    "- [ ] 3", "", "  One is left."])
    >>> quiz.answers[0]
    Answer(text='4', right=True, why='Twice two.')
    """
    if not re.fullmatch(r"quiz-[a-z0-9]+(-[a-z0-9]+)+", name):
        raise CourseError(
            f"quiz {question[:40]!r}: its name is {name!r}; "
            "give :name: quiz-<chapter>-<number>, lower case"
        )
    if not question.strip():
        raise CourseError(f"{name}: no question stands behind {{quiz}}; write one")
    lead: list[str] = []
    found: list[tuple[bool, list[str]]] = []
    for line in lines:
        opening = _ANSWER.match(line)
        if opening:
            found.append((opening["mark"] != " ", [opening["text"]]))
        elif not found:
            lead.append(line)
        else:
            found[-1][1].append(line.removeprefix("  "))
    answers = tuple(_answer(right, body) for right, body in found)
    if not 2 <= len(answers) <= MOST_ANSWERS:
        raise CourseError(
            f"{name}: {len(answers)} answers; give two to {MOST_ANSWERS}, "
            "each as '- [ ] text' or '- [x] text'"
        )
    right = sum(answer.right for answer in answers)
    if right != 1:
        raise CourseError(f"{name}: {right} answers are marked [x]; mark exactly one")
    for answer in answers:
        if not answer.why:
            raise CourseError(
                f"{name}: the answer {answer.text[:40]!r} has no reason; after an "
                "empty line, indented by two, say why it is right or wrong"
            )
    return Quiz(question.strip(), name, "\n".join(lead).strip(), answers)


def find(text: str) -> Iterator[Quiz]:
    """Go through the quizzes in a chapter's source.

    Args:
        text: MyST.

    Yields:
        Each quiz, in order.

    Raises:
        CourseError: as :func:`parse`; or a quiz is not closed.
    """
    lines = iter(text.splitlines())
    for line in lines:
        opening = _OPENING.match(line)
        if not opening:
            continue
        body: list[str] = []
        for inner in lines:
            if inner.strip() == opening["fence"]:
                break
            body.append(inner)
        else:
            raise CourseError(
                f"quiz {opening['question'][:40]!r} is not closed; "
                f"end it with {opening['fence']}"
            )
        names = [match["name"] for row in body if (match := _NAME.match(row))]
        rest = [row for row in body if not _NAME.match(row)]
        yield parse(opening["question"], names[0] if names else "", rest)


def faults(chapter: Chapter) -> list[str]:
    """Check that a lesson asks three questions, under names of its own.

    Args:
        chapter: any.

    Returns:
        What is wrong, in words; an empty list where all is well.

    Raises:
        CourseError: a quiz cannot be read.
    """
    quizzes = list(find(chapter.source("lesson").read_text("utf-8")))
    found = []
    if len(quizzes) < WANTED:
        found.append(
            f"lesson.md: {len(quizzes)} quizzes; a chapter asks {WANTED}, "
            "each as :::{quiz} before the take-aways"
        )
    start = f"quiz-{chapter.slug.replace('_', '-')}-"
    names = [quiz.name for quiz in quizzes]
    found += [
        f"lesson.md: quiz {name!r}; its name must start with {start!r}"
        for name in names
        if not name.startswith(start)
    ]
    found += [
        f"lesson.md: two quizzes are called {name!r}"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    places = {[answer.right for answer in quiz.answers].index(True) for quiz in quizzes}
    if len(quizzes) >= WANTED and len(places) == 1:
        found.append(
            f"lesson.md: every quiz is right at answer {places.pop() + 1}; put the "
            "right answers in different places"
        )
    return found


def _answer(right: bool, body: list[str]) -> Answer:
    cut = next((at for at, line in enumerate(body) if not line.strip()), len(body))
    text = " ".join(line.strip() for line in body[:cut])
    return Answer(text, right, "\n".join(body[cut:]).strip())
