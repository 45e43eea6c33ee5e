"""A semester: what fits is ordered, what it builds on comes along, the rest is said."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.course.cli.app import main
from support.course.pages.semester import markdown, notes, rows
from support.course.project.errors import CourseError
from support.course.project.papers import prerequisites
from support.course.project.project import Project
from support.course.project.semester import Semester, plan_semester
from tests.course.conftest import Project as Files
from tests.course.project.test_lesson_plan import GOOD

#: Slug, part, what it builds on; ``four`` is not written.
PAPERS: list[tuple[str, str, list[str]]] = [
    ("one", "I", []),
    ("two", "I", ["one"]),
    ("three", "I", ["two"]),
    ("four", "II", []),
    ("five", "II", ["four", "one"]),
    ("six", "III", []),
]
MINUTES = (10, 50, 20)  # of a chapter's exercises; its lesson takes 10


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = Files(tmp_path_factory.mktemp("semester"))
    texts = ("title", "authors", "venue", "arxiv", "sentence", "question")
    papers: list[dict[str, Any]] = []
    for slug, part, after in PAPERS:
        papers.append(
            {"slug": slug, "part": part, "after": after, "year": 2024}
            | dict.fromkeys(texts, f"Of {slug}")
        )
        if slug == "four":
            continue
        folder = files.chapter(slug, ["print(1)"], exercises=["print(2)"])
        path = folder / "exercises.md"
        text = path.read_text("utf-8")
        seminar = yaml.safe_dump({"seminar": GOOD}).replace("\n", "\n  ")
        head, course_key, rest = text.partition("course:\n")
        text = f"{head}{course_key}  {seminar.rstrip()}\n{rest}"
        for number, minutes in enumerate(MINUTES, 1):
            text += (
                f"\n```{{exercise}} Number {number}\n:label: ex-{slug}-{number}\n\n"
                f"*{minutes} minutes, difficulty 1. Teaches: to count.*\n```\n"
            )
        path.write_text(text, "utf-8")
    files.toc(*(slug for slug, *_ in PAPERS if slug != "four"))
    (files.root / "book").mkdir(exist_ok=True)
    (files.root / "book" / "papers.yml").write_text(yaml.safe_dump(papers), "utf-8")
    return Project.at(files.root, files.root)


def chosen(plan: Semester) -> list[str]:
    return [stop.chapter.slug for stop in plan.stops]


def weeks(plan: Semester) -> list[tuple[int, int]]:
    return [stop.weeks for stop in plan.stops]


def test_each_part_has_its_turn_and_the_order_is_the_books(course: Project) -> None:
    plan = plan_semester(course, weeks=5, minutes=90)
    assert chosen(plan) == ["one", "five", "six"]
    assert weeks(plan) == [(2, 2), (3, 3), (4, 4)], "the first and the last are kept"
    assert plan.unfit == {
        "two": "1 more week",
        "three": f"2 more weeks, with {title(course, 'two')} before it",
        "four": "not yet written",
    }
    assert plan.all_weeks == 7


def title(course: Project, slug: str) -> str:
    return course.select([slug])[0].title


@pytest.mark.parametrize("minutes", [20, 60, 200])
@pytest.mark.parametrize("count", [1, 3, 9])
def test_whatever_is_chosen_comes_after_what_it_builds_on(
    course: Project, count: int, minutes: int
) -> None:
    plan = plan_semester(course, count, minutes, framed=False)
    found = chosen(plan)
    written = {chapter.slug for chapter in course.chapters}
    for place, slug in enumerate(found):
        before = set(prerequisites(course.papers, slug)) & written
        assert before <= set(found[:place])
    assert all(1 <= first <= last <= count for first, last in weeks(plan))
    assert set(found) | set(plan.unfit) == {slug for slug, *_ in PAPERS}


@pytest.mark.parametrize(
    ("minutes", "length", "expected"),
    [
        (30, 45, [(1, 2), (3, 4)]),
        (45, 45, [(1, 1), (2, 2), (3, 3), (4, 4)]),
        (89, 60, [(1, 1), (2, 2), (3, 3), (4, 4)]),
        (180, 90, [(1, 1), (1, 1), (2, 2), (2, 2), (3, 3)]),
    ],
)
def test_minutes_decide_how_many_meetings_a_chapter_takes(
    course: Project, minutes: int, length: int, expected: list[tuple[int, int]]
) -> None:
    plan = plan_semester(course, 4, minutes, framed=False)
    assert plan.length == length
    assert weeks(plan) == expected


def test_of_the_goals_the_dearest_come_first_with_all_they_need(
    course: Project,
) -> None:
    plan = plan_semester(course, 3, 90, goals=["six", "three", "one"], framed=False)
    assert chosen(plan) == ["one", "six"]
    assert plan.unfit == {
        "three": f"1 more week, with {title(course, 'two')} before it"
    }
    assert "Nothing is planned for week 3: room for exercises." in notes(course, plan)


def test_free_weeks_count_towards_what_does_not_fit(course: Project) -> None:
    plan = plan_semester(course, 5, 30, framed=False)  # two weeks a chapter
    assert weeks(plan) == [(1, 2), (3, 4)]
    left = [why.partition(" week")[0] for why in plan.unfit.values()]
    assert "1 more" in left, "the fifth week and one more hold another chapter"


@pytest.mark.parametrize(
    ("home", "fit"), [(5, []), (30, [1]), (45, [1, 3]), (90, [1, 2, 3])]
)
def test_exercises_fill_what_the_reading_leaves(
    course: Project, home: int, fit: list[int]
) -> None:
    plan = plan_semester(course, 1, 60, home=home, goals=["six"], framed=False)
    (stop,) = plan.stops
    labels = [f"ex-six-{number}" for number in fit]
    assert [exercise.label for exercise in stop.home] == labels
    assert len(stop.left) == len(MINUTES) - len(fit)
    ((*_, words),) = rows(plan, lambda stop: "")
    assert ("more than there is" in words) == (home < stop.chapter.minutes)


def test_the_markdown_holds_what_the_room_needs(course: Project) -> None:
    plan = plan_semester(course, 5, 60)
    text = markdown(course, plan)
    assert text.startswith("# 5 weeks of 60 minutes\n")
    assert "| 3 | 5. " in text
    assert "| 1, 4 |" in text, "what it builds on, by number"
    assert "- Materials: `course seminar five --out FOLDER`" in text
    assert "- In 60 minutes: Keep more." in text
    assert "Keep all." not in text
    assert "Not yet written, so without minutes: four." in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weeks": 2}, "--weeks: 2 leaves none for a chapter; give 3 or more"),
        ({"minutes": 14}, "--minutes: 14 is too short"),
        ({"home": -1}, "--home: -1 is negative"),
        ({"goals": ["for"]}, "no chapter 'for'"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    course: Project, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(CourseError, match=words):
        plan_semester(course, **{"weeks": 5, "minutes": 60, **given})


def test_the_command_prints_and_writes_and_leaves_what_exists(
    course: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COURSE_ROOT", str(course.root))
    out = tmp_path / "plan.md"
    words = ["plan", "six", "--weeks", "3", "--minutes", "45", "--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"6. {title(course, 'six')}" in said
    assert "Each chapter by its own plan for 45 minutes." in said
    assert f"## Week 2: {title(course, 'six')}" in out.read_text("utf-8")
    out.write_text("mine", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "exists already; nothing was written" in capsys.readouterr().err
    assert out.read_text("utf-8") == "mine"
