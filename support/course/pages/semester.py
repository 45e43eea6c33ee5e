"""A computed semester in words: a table, and a plan in Markdown to be edited."""

from collections.abc import Callable, Sequence

from support.course.pages.markdown import lesson_link, markdown_table
from support.course.project.lesson_plan import Exercise
from support.course.project.project import Project
from support.course.project.semester import Semester, Stop, plan_semester

__all__ = ["HEAD", "markdown", "notes", "rows", "semester"]

#: What stands above the columns of :func:`rows`.
HEAD = ("week", "chapter", "builds on", "at home")
_FIRST = "How a claim is judged; everybody runs one chapter with another seed"
_LAST = "Methods of the class, each in a chapter's table over ten seeds"


def semester(project: Project) -> str:
    """Write the example of the page on teaching: fourteen weeks of ninety minutes."""

    def link(stop: Stop) -> str:
        return f"{stop.number}. {lesson_link(stop.chapter)}"

    plan = plan_semester(project, weeks=14, minutes=90)
    said = "\n".join(f"- {line}" for line in notes(project, plan))
    return f"{_table(plan, link)}\n\n{said}"


def rows(plan: Semester, name: Callable[[Stop], str]) -> list[tuple[str, ...]]:
    """List what the weeks hold, one row a chapter.

    Args:
        plan: of :func:`support.course.project.semester.plan_semester`.
        name: writes a chapter's name.
    """
    made: list[tuple[str, ...]] = [
        (
            _weeks(stop),
            name(stop),
            ", ".join(map(str, stop.after)) or "–",
            _home(plan, stop),
        )
        for stop in plan.stops
    ]
    if plan.framed:
        made.insert(0, ("1", _FIRST, "–", ""))
        made.append((str(plan.weeks), _LAST, "–", ""))
    return made


def notes(project: Project, plan: Semester) -> list[str]:
    """Say what a chapter's time is, and what does not fit, a sentence each."""
    titles = {chapter.slug: chapter.title for chapter in project.chapters}
    said = []
    if plan.minutes < plan.length:
        said.append(
            f"A chapter needs {plan.length} minutes, so it takes several meetings of "
            f"{plan.minutes}."
        )
    else:
        said.append(f"Each chapter by its own plan for {plan.length} minutes.")
    said.append(
        f"At home {plan.home} minutes a chapter: its reading, then the exercises that "
        "fit, less those that the meeting has done."
    )
    used = max((stop.weeks[1] for stop in plan.stops), default=int(plan.framed))
    if free := plan.weeks - plan.framed - used:
        first = used + 1
        which = f"weeks {first}–{used + free}" if free > 1 else f"week {first}"
        said.append(f"Nothing is planned for {which}: room for exercises.")
    absent = [slug for slug in plan.unfit if slug not in titles]
    for slug, why in plan.unfit.items():
        if slug in titles:
            said.append(f"Does not fit: {titles[slug]} ({why}).")
    if absent:
        names = ", ".join(slug.replace("_", " ") for slug in absent)
        said.append(f"Not yet written, so without minutes: {names}.")
    if any(slug in titles for slug in plan.unfit):
        said.append(f"All that are written would take {plan.all_weeks} weeks.")
    return said


def markdown(project: Project, plan: Semester) -> str:
    """Write a plan to be edited: the table, then each chapter with all that it needs.

    Args:
        project: whose chapters.
        plan: of :func:`support.course.project.semester.plan_semester`.
    """
    lines = [
        f"# {plan.weeks} weeks of {plan.minutes} minutes",
        "",
        _table(plan, _named),
        "",
        *(f"- {line}" for line in notes(project, plan)),
    ]
    for stop in plan.stops:
        lines += ["", f"## Week {_weeks(stop)}: {stop.chapter.title}"]
        lines += ["", stop.question]
        lines += ["", f"- Materials: `course seminar {stop.chapter.slug} --out FOLDER`"]
        if stop.plan:
            for length, cut in stop.plan.cuts.items():
                if length <= plan.length:
                    lines.append(f"- In {length} minutes: {cut}")
            lines += [f"- At home: {_described(stop.home)}"] if stop.home else []
            lines += [f"- Left over: {_described(stop.left)}"] if stop.left else []
    return "\n".join(lines) + "\n"


def _table(plan: Semester, name: Callable[[Stop], str]) -> str:
    return markdown_table(HEAD, rows(plan, name))


def _named(stop: Stop) -> str:
    return f"{stop.number}. {stop.chapter.title}"


def _weeks(stop: Stop) -> str:
    first, last = stop.weeks
    return str(first) if first == last else f"{first}–{last}"


def _home(plan: Semester, stop: Stop) -> str:
    reading = f"{stop.chapter.minutes} min of reading"
    if stop.chapter.minutes > plan.home:
        return f"{reading}, more than there is"
    minutes = sum(exercise.minutes for exercise in stop.home)
    if not minutes or stop.plan is None:
        return reading
    places = [1 + stop.plan.exercises.index(exercise) for exercise in stop.home]
    which = "exercise" if len(places) == 1 else "exercises"
    return f"{reading}; {which} {', '.join(map(str, places))} ({minutes} min)"


def _described(exercises: Sequence[Exercise]) -> str:
    return "; ".join(
        f"{one.title} ({one.minutes} min, difficulty {one.difficulty})"
        for one in exercises
    )
