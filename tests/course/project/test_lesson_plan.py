"""The plan in the header of the exercises: read whole, or refused in words."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.lesson_plan import Mistake, Plan, faults, read_plan
from support.course.project.project import Project

GOOD: dict[str, Any] = {
    "cuts": {45: "Keep the puzzle.", 60: "Keep more.", 90: "Keep all."},
    "mistakes": [
        {"answer": f"Wrong {number}.", "reveals": f"Belief {number}."}
        for number in range(3)
    ],
}
EXERCISES = """
# Exercises

````{exercise} The first
:label: ex-demo-1

*10 minutes, difficulty 1. Teaches: to count.*
Count.
````

```{exercise} The second
:label: ex-demo-2

Derive.
```

*25 minutes · difficulty 3 · teaches why it holds.*
"""


def chapter(folder: Path, seminar: Any = GOOD, text: str = EXERCISES) -> Chapter:
    course = {"slug": "demo"} | ({} if seminar is None else {"seminar": seminar})
    header = {
        "jupytext": {"text_representation": {"extension": ".md"}},
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "course": course,
    }
    folder.mkdir(exist_ok=True)
    source = f"---\n{yaml.safe_dump(header)}---\n{text}"
    (folder / "exercises.md").write_text(source, "utf-8")
    return Chapter("demo", folder, "Demo", 10, ("embedded",))


def test_it_reads_minutes_difficulty_purpose_and_the_header(tmp_path: Path) -> None:
    plan = read_plan(chapter(tmp_path))
    assert [
        (e.label, e.title, e.minutes, e.difficulty, e.teaches) for e in plan.exercises
    ] == [
        ("ex-demo-1", "The first", 10, 1, "to count"),
        ("ex-demo-2", "The second", 25, 3, "why it holds"),
    ]
    assert plan.minutes == 35
    assert plan.cuts == {45: "Keep the puzzle.", 60: "Keep more.", 90: "Keep all."}
    assert plan.mistakes[2] == Mistake("Wrong 2.", "Belief 2.")


@pytest.mark.parametrize(
    ("seminar", "words"),
    [
        (None, "lacks, under 'course:', the block 'seminar:'"),
        ("soon", "lacks, under 'course:', the block 'seminar:'"),
        (GOOD | {"cuts": {45: "a", 60: "b"}}, "one text for each of (45, 60, 90)"),
        (GOOD | {"cuts": {45: "a", 60: "b", 90: " "}}, "one text for each"),
        (GOOD | {"mistakes": GOOD["mistakes"][:2]}, "holds 2; give at least 3"),
        (GOOD | {"mistakes": [{"answer": "a"}]}, "got {'answer': 'a'}"),
        (GOOD | {"answers": []}, "unknown keys ['answers']"),
    ],
)
def test_a_faulty_header_is_refused_in_words(
    tmp_path: Path, seminar: Any, words: str
) -> None:
    (fault,) = faults(chapter(tmp_path, seminar))
    assert fault.startswith("chapters/demo/exercises.md: ")
    assert words in fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Exercises\n", "there is no {exercise} block"),
        (EXERCISES.replace("*10 minutes, d", "D"), "'The first' lacks its line"),
        (EXERCISES.replace(":label: ex-demo-2\n", ""), "'The second' lacks a title or"),
        (EXERCISES.replace("difficulty 3", "difficulty 4"), "'The second' lacks its"),
    ],
)
def test_an_exercise_without_its_facts_is_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(CourseError) as caught:
        read_plan(chapter(tmp_path, text=text))
    assert words in str(caught.value)


def test_a_chapter_without_exercises_has_nothing_to_plan(tmp_path: Path) -> None:
    assert faults(Chapter("demo", tmp_path, "Demo", 10, ("embedded",))) == []


_NAMED = re.compile(r"[Ee]xercises?((?: |,|\d|to|and|or)+)")
_AT_HOME = ("homework", "home", "project")


def in_the_room(plan: Plan, length: int) -> int:
    """The minutes of the exercises that a plan does not leave for home."""
    numbers: set[int] = set()
    for part in re.split(r"[.;]", plan.cuts[length]):
        if any(word in part for word in _AT_HOME):
            continue
        for found in _NAMED.findall(part):
            named = [int(number) for number in re.findall(r"\d+", found)]
            ends = named[0], named[-1]
            numbers |= set(range(ends[0], ends[1] + 1) if "to" in found else named)
    return sum(plan.exercises[number - 1].minutes for number in numbers)


def test_exercises_take_at_most_two_thirds_of_a_seminar(project_root: Path) -> None:
    plans = {one.slug: read_plan(one) for one in Project.at(project_root).chapters}
    rooms = {
        (slug, length): in_the_room(plan, length)
        for slug, plan in plans.items()
        for length in plan.cuts
    }
    assert {room: took for room, took in rooms.items() if took > room[1] * 2 / 3} == {}
    assert all(took > 0 for (_, length), took in rooms.items() if length == 90)
