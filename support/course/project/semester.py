"""A semester computed: which chapters fit into its weeks, in what order, and which not.

A chapter takes one meeting, in the longest of its own plans (45, 60 or 90 minutes) that
the meeting holds.  Shorter meetings share a chapter, longer ones hold several.  Nobody
meets a chapter before those that it builds on.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.lesson_plan import LENGTHS, Exercise, Plan, read_plan
from support.course.project.papers import prerequisites
from support.course.project.project import Project

__all__ = ["Semester", "Stop", "plan_semester"]

_SHORTEST = 15  # minutes of a meeting in which something can be said


@dataclass(frozen=True)
class Stop:
    """One chapter of a semester.

    Attributes:
        number: of the chapter in the book.
        chapter: which.
        question: that it answers.
        weeks: the meetings that it takes, the first and the last.
        after: numbers of the chapters that it builds on itself.
        plan: of its exercises; None where it has none.
        home: exercises that fit, after the reading, into the minutes at home.
        left: exercises for which no time is left there.
    """

    number: int
    chapter: Chapter
    question: str
    weeks: tuple[int, int]
    after: tuple[int, ...]
    plan: Plan | None
    home: tuple[Exercise, ...]
    left: tuple[Exercise, ...]


@dataclass(frozen=True)
class Semester:
    """A plan, and what it leaves out.

    Attributes:
        weeks: meetings, one a week.
        minutes: of a meeting.
        home: minutes a chapter at home.
        framed: whether the first meeting is on how to read the book and the last is
            the class's own.
        length: minutes that a chapter has, of its own plans.
        stops: the chapters, in the order of the book.
        unfit: slugs of the others, or of the goals among them, each with what it
            would need.
        all_weeks: meetings that all written chapters would take.
    """

    weeks: int
    minutes: int
    home: int
    framed: bool
    length: int
    stops: tuple[Stop, ...]
    unfit: Mapping[str, str]
    all_weeks: int


def plan_semester(
    project: Project,
    weeks: int,
    minutes: int,
    *,
    home: int = 120,
    goals: Sequence[str] = (),
    framed: bool = True,
) -> Semester:
    """Choose chapters, and put them in an order in which they can be met.

    Args:
        project: whose chapters; those that are not written take no time.
        weeks: meetings, one a week, at least one beside those of the frame.
        minutes: of a meeting, at least 15.
        home: minutes that students have at home for a chapter: first its reading, then
            its exercises in their order, as far as they fit.
        goals: slugs of the chapters wanted, the dearest first; without any the next is
            always of the part with the fewest chosen, and of it the one that needs the
            fewest others.
        framed: keep the first meeting for how to read the book and the last for the
            class's own methods.

    Returns:
        The plan.

    Raises:
        CourseError: an argument is out of range, or a goal is no chapter.
    """
    free = weeks - 2 * framed
    if free < 1:
        also = ", or --chapters-only" * framed
        raise CourseError(
            f"--weeks: {weeks} leaves none for a chapter; give {1 + 2 * framed} or "
            f"more{also}."
        )
    if minutes < _SHORTEST:
        raise CourseError(
            f"--minutes: {minutes} is too short; give {_SHORTEST} or more."
        )
    if home < 0:
        raise CourseError(f"--home: {home} is negative; give 0 or more minutes.")
    together = max(1, minutes // max(LENGTHS))  # chapters in one meeting
    apart = math.ceil(min(LENGTHS) / minutes)  # meetings for one chapter
    length = max(one for one in LENGTHS if one <= max(minutes, min(LENGTHS)))
    numbers = {paper["slug"]: n for n, paper in enumerate(project.papers, 1)}
    written = {one.slug: one for one in project.chapters if one.slug in numbers}
    wanted = [project.select([goal])[0].slug for goal in goals]
    room = free * together // apart
    chosen = _choose(project, written, wanted, room)
    unfit = {
        slug: _why_not(project, written, chosen, slug, apart / together, free)
        for slug in numbers
        if slug not in chosen and (slug in wanted or not wanted)
    }
    stops: list[Stop] = []
    for paper in project.papers:
        if (slug := paper["slug"]) in chosen:
            first = len(stops) * apart // together + 1 + framed
            stops.append(
                _stop(
                    written[slug],
                    numbers[slug],
                    str(paper["question"]),
                    (first, first + apart - 1),
                    tuple(sorted(numbers[one] for one in paper["after"])),
                    home,
                )
            )
    every = math.ceil(len(written) * apart / together) + 2 * framed
    return Semester(
        weeks, minutes, home, framed, length, tuple(stops), unfit, all_weeks=every
    )


def _choose(
    project: Project, written: Collection[str], wanted: Sequence[str], room: int
) -> set[str]:
    """Take chapters with all that they build on while there is room."""
    parts = {paper["slug"]: paper["part"] for paper in project.papers}
    waiting = list(wanted) or [slug for slug in parts if slug in written]
    chosen: set[str] = set()

    def turn(slug: str) -> tuple[int, int, int]:
        taken = [parts[one] for one in chosen]
        missing = len(_missing(project, written, chosen, slug))
        place = waiting.index(slug)
        return (0, 0, place) if wanted else (taken.count(parts[slug]), missing, place)

    while waiting:
        slug = min(waiting, key=turn)
        missing = _missing(project, written, chosen, slug)
        if len(chosen) + len(missing) <= room:
            chosen |= set(missing)
        waiting = [one for one in waiting if one not in (*chosen, slug)]
    return chosen


def _missing(
    project: Project, written: Collection[str], chosen: Collection[str], slug: str
) -> list[str]:
    """A chapter and what it builds on, as far as that is written and not yet chosen."""
    needed = (*prerequisites(project.papers, slug), slug)
    return [one for one in needed if one in written and one not in chosen]


def _why_not(
    project: Project,
    written: Mapping[str, Chapter],
    chosen: Collection[str],
    slug: str,
    weeks: float,
    free: int,
) -> str:
    """Say how many weeks a chapter, of so many each, needs beyond the free ones."""
    if slug not in written:
        return "not yet written"
    missing = _missing(project, written, chosen, slug)
    more = math.ceil((len(chosen) + len(missing)) * weeks) - free
    before = " and ".join(written[one].title for one in missing[:-1])
    return f"{more} more week{'s' * (more > 1)}" + (
        f", with {before} before it" if before else ""
    )


def _stop(
    chapter: Chapter,
    number: int,
    question: str,
    weeks: tuple[int, int],
    after: tuple[int, ...],
    home: int,
) -> Stop:
    plan = read_plan(chapter) if "exercises" in chapter.stems else None
    fitting: list[Exercise] = []
    time = home - chapter.minutes
    for exercise in plan.exercises if plan else ():
        if exercise.minutes <= time:
            fitting.append(exercise)
            time -= exercise.minutes
    left = [one for one in (plan.exercises if plan else ()) if one not in fitting]
    return Stop(
        number, chapter, question, weeks, after, plan, tuple(fitting), tuple(left)
    )
