"""A chapter's plan for the room: what its exercises take, what to cut, what goes wrong.

Minutes, difficulty and purpose stand in the text of each exercise, where students
read them.  What only the teacher needs stands in the header of ``exercises.md``::

    course:
      seminar:
        cuts:
          45: What to keep and what to leave out with 45 minutes.
          60: ...
          90: ...
        mistakes:
          - answer: A wrong answer that turns up every time.
            reveals: What the student believes who gives it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.course.project.chapters import Chapter, front_matter, read_notebook
from support.course.project.errors import CourseError

__all__ = ["LENGTHS", "Exercise", "Mistake", "Plan", "faults", "read_plan"]

#: Minutes of a seminar for which a chapter says what to cut.
LENGTHS = (45, 60, 90)
_MISTAKES = 3
_EXERCISE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{exercise\}[ ]*(?P<title>[^\n]*)\n"
    r"(?P<options>(?::[\w-]+:[^\n]*\n)*)",
    re.MULTILINE,
)
_LABEL = re.compile(r":label:\s*(\S+)")
_FACTS = re.compile(
    r"^\*(?P<minutes>\d+) min(?:ute)?s?\W+difficulty (?P<difficulty>[1-3])\W+"
    r"teaches:? (?P<teaches>.+?)\.?\*[ ]*$",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Exercise:
    """One exercise, as its own text announces it."""

    label: str
    title: str
    minutes: int
    difficulty: int
    teaches: str


@dataclass(frozen=True)
class Mistake:
    """A common wrong answer, and what the student believes who gives it."""

    answer: str
    reveals: str


@dataclass(frozen=True)
class Plan:
    """What a teacher plans with.

    Attributes:
        exercises: in their order.
        cuts: by minutes of the seminar, what to keep and what to leave out.
        mistakes: common wrong answers.
    """

    exercises: tuple[Exercise, ...]
    cuts: Mapping[int, str]
    mistakes: tuple[Mistake, ...]

    @property
    def minutes(self) -> int:
        """All exercises together."""
        return sum(exercise.minutes for exercise in self.exercises)


def read_plan(chapter: Chapter) -> Plan:
    """Read the plan of a chapter.

    Args:
        chapter: one that has exercises.

    Returns:
        Its plan.

    Raises:
        CourseError: the header's block or an exercise's line of facts is missing
            or malformed; the message names all that is wrong.
    """
    where = f"chapters/{chapter.slug}/exercises.md"
    course = front_matter(chapter.source("exercises")).get("course")
    block = course.get("seminar") if isinstance(course, dict) else None
    cuts, mistakes, wrong = _block(block)
    exercises, unclear = _exercises(chapter)
    wrong += unclear
    if wrong:
        raise CourseError(f"{where}: " + "; ".join(wrong) + ".", exit_code=1)
    return Plan(tuple(exercises), cuts, tuple(mistakes))


def faults(chapter: Chapter) -> list[str]:
    """Check a chapter's plan.

    Args:
        chapter: any; one without exercises has nothing to plan.

    Returns:
        The faults in words; none where all is well.
    """
    if "exercises" not in chapter.stems:
        return []
    try:
        read_plan(chapter)
    except CourseError as error:
        return [str(error)]
    return []


def _block(block: Any) -> tuple[dict[int, str], list[Mistake], list[str]]:
    shape = (
        "'seminar:' with 'cuts:' (a text for 45, 60 and 90) and 'mistakes:' (a list "
        "of 'answer:' and 'reveals:'); CONTRIBUTING.md shows one"
    )
    if not isinstance(block, dict):
        return {}, [], [f"the header lacks, under 'course:', the block {shape}"]
    wrong = []
    if unknown := sorted(str(key) for key in set(block) - {"cuts", "mistakes"}):
        wrong.append(f"course.seminar has unknown keys {unknown}; expected {shape}")
    cuts, mistakes = block.get("cuts"), block.get("mistakes")
    if (
        not isinstance(cuts, dict)
        or set(cuts) != set(LENGTHS)
        or not all(_is_text(text) for text in cuts.values())
    ):
        wrong.append(
            f"course.seminar.cuts must hold one text for each of {LENGTHS} minutes, "
            f"got {cuts!r}"
        )
        cuts = {}
    found = []
    for entry in mistakes if isinstance(mistakes, list) else []:
        if (
            isinstance(entry, dict)
            and set(entry) == {"answer", "reveals"}
            and all(_is_text(text) for text in entry.values())
        ):
            found.append(Mistake(entry["answer"].strip(), entry["reveals"].strip()))
        else:
            wrong.append(
                "course.seminar.mistakes must be a list of 'answer:' and 'reveals:', "
                f"both texts, got {entry!r}"
            )
    if len(found) < _MISTAKES and not wrong:
        wrong.append(
            f"course.seminar.mistakes holds {len(found)}; give at least {_MISTAKES} "
            "common wrong answers, each with what it reveals"
        )
    return {key: str(cuts[key]).strip() for key in sorted(cuts)}, found, wrong


def _exercises(chapter: Chapter) -> tuple[list[Exercise], list[str]]:
    cells = read_notebook(chapter.source("exercises")).cells
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    starts = list(_EXERCISE.finditer(prose))
    ends = [*(start.start() for start in starts[1:]), len(prose)]
    found, wrong = [], []
    for start, end in zip(starts, ends, strict=False):
        facts = _FACTS.search(prose, start.end(), end)
        title = start["title"].strip()
        label = _LABEL.search(start["options"])
        if not title or not label:
            wrong.append(f"the exercise {title!r} lacks a title or ':label: ex-...'")
        elif not facts:
            wrong.append(
                f"the exercise {title!r} lacks its line of facts, such as "
                "'*20 minutes, difficulty 2. Teaches: why the head is affine.*'"
            )
        else:
            found.append(
                Exercise(
                    label[1],
                    title,
                    int(facts["minutes"]),
                    int(facts["difficulty"]),
                    facts["teaches"].strip(),
                )
            )
    if not starts:
        wrong.append("there is no {exercise} block")
    return found, wrong


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
