"""One student's answers against a chapter's own checks, exercise by exercise.

The notebook that runs is the book's: its given cells and its checks, with the
student's text in the answer cells alone and another seed.  An answer that ends the
kernel or the time costs its own exercise: the rest runs again without it.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.course.mark.kernel import Limits, Ran, run_cells
from support.course.mark.reading import remarks
from support.course.mark.submissions import Submission
from support.course.project.tasks import Cell

__all__ = ["PASSED", "Marked", "Task", "mark", "solutions"]

PASSED = "passed"
_MOST_WORDS = 4000
#: Every check draws its inputs with this seed unless it names one of its own.
_SEED = "import support.exercises\nsupport.exercises.check.__kwdefaults__['seed'] = {}"

#: A cell of the marking itself.
_OURS = Cell("", "given", 0, "", "", "")


@dataclass(frozen=True)
class Task:
    """What all students of a marking are held to.

    Attributes:
        cells: of the chapter's exercises.
        package: the folder that the kernels import the book's modules from.
        files: that lie beside the exercises.
        seed: of the data and of fresh inputs.
        limits: of each kernel.
    """

    cells: Sequence[Cell]
    package: Path
    files: Mapping[str, bytes]
    seed: int
    limits: Limits

    @property
    def exercises(self) -> dict[int, str]:
        """The titles of the exercises that are checked, by number."""
        return {c.exercise: c.title for c in self.cells if c.role == "check"}


@dataclass(frozen=True)
class Marked:
    """How one exercise went.

    Attributes:
        state: ``passed``, ``not yet``, ``as handed out``, ``missing``, ``raised`` or
            ``stopped``.
        words: what the check said, or why there was none.
        answer: the student's text.
        remarks: what a person should look at, in words.
    """

    state: str
    words: str = ""
    answer: str = ""
    remarks: tuple[str, ...] = field(default=())


def mark(task: Task, submission: Submission) -> dict[int, Marked]:
    """Try a student's answers.

    Args:
        task: what they are held to.
        submission: the student's.

    Returns:
        How each exercise went, by number.
    """
    found: dict[int, Marked] = {}
    for number in task.exercises:
        asked = [c for c in task.cells if (c.exercise, c.role) == (number, "answer")]
        given = [submission.answers.get(cell.name) for cell in asked]
        if submission.problem or None in given:
            found[number] = Marked("missing", submission.problem or "no answer cell")
        elif given == [cell.source for cell in asked]:
            found[number] = Marked("as handed out")
    while len(found) < len(task.exercises):
        places, sources = _assemble(task, submission.answers, found)
        own = [cell.role == "given" for cell in places]
        ran = run_cells(sources, own, task.package, task.files, task.limits)
        found |= _judge(task, submission, places, ran)
        if not ran.stopped:
            break
        at = places[len(ran.outputs) - 1] if ran.outputs else _OURS
        left = task.exercises.keys() - found
        # where a given cell stops, no exercise can go on
        for number in {at.exercise} if at.role != "given" else left:
            found[number] = _marked(task, submission, number, "stopped", ran.stopped)
    return dict(sorted(found.items()))


def solutions(cells: Sequence[Cell]) -> Submission:
    """The book's own answers, as if somebody had handed them in."""
    answers = {cell.name: "" for cell in cells if cell.role == "answer"}
    for cell in cells:
        if cell.role == "solution":
            first = next(
                c for c in cells if (c.exercise, c.role) == (cell.exercise, "answer")
            )
            kept = [part for part in ast.parse(cell.source).body if not _judges(part)]
            answers[first.name] += "\n".join(map(ast.unparse, kept)) + "\n"
    return Submission("the book's own solutions", answers)


def _assemble(
    task: Task,
    answers: Mapping[str, str],
    found: Mapping[int, Marked],
) -> tuple[list[Cell], list[str]]:
    """The cells to run, and what each is."""
    made = [(_OURS, _SEED.format(task.seed))]
    imports = _imports(task.cells)
    for cell in task.cells:
        if cell.role == "given":
            made.append((cell, cell.source))
            if len(made) == 2:  # the parameters come first
                made.append((_OURS, f"seed = {task.seed}"))
        elif cell.role == "answer":
            before = found.get(cell.exercise)
            stopped = before is not None and before.state == "stopped"
            source = cell.source if stopped else answers.get(cell.name, cell.source)
            made.append((cell, source))
        elif cell.role == "check" and cell.exercise not in found:
            names = {
                n.id
                for n in ast.walk(ast.parse(cell.source))
                if isinstance(n, ast.Name)
            }
            again = [line for name, line in imports.items() if name in names]
            made.append((cell, "\n".join(["passed = None", *again, cell.source])))
            made.append((cell, "bool(passed)"))
    return [cell for cell, _ in made], [source for _, source in made]


def _judge(
    task: Task, submission: Submission, places: Sequence[Cell], ran: Ran
) -> dict[int, Marked]:
    """Read what the cells left, for each exercise whose check came to its end."""
    raised: dict[int, str] = {}
    found: dict[int, Marked] = {}
    ended = len(ran.outputs) - bool(ran.stopped)
    for place in range(ended):
        cell, error = places[place], ran.error(place)
        if cell.role == "answer" and error:
            raised.setdefault(cell.exercise, f"the answer cell raised {error}")
        if cell.role != "check" or places[place - 1] is not cell:
            continue  # not what stands behind a check and shows what it decided
        words, error = ran.printed(place - 1), ran.error(place - 1)
        if cell.exercise in raised or error:
            words = "\n".join(filter(None, [words, raised.get(cell.exercise, error)]))
            state = "raised"
        else:
            shown = [o.get("data", {}).get("text/plain") for o in ran.outputs[place]]
            state = PASSED if shown == ["True"] else "not yet"
        before = found.get(cell.exercise)
        if before is not None and state == PASSED:
            state = before.state  # all checks of an exercise must pass
        found[cell.exercise] = _marked(task, submission, cell.exercise, state, words)
    return found


def _marked(
    task: Task, submission: Submission, number: int, state: str, words: str
) -> Marked:
    asked = [c for c in task.cells if (c.exercise, c.role) == (number, "answer")]
    answer = "\n\n".join(submission.answers.get(cell.name, "") for cell in asked)
    return Marked(state, words[:_MOST_WORDS], answer, tuple(remarks(answer)))


def _imports(cells: Sequence[Cell]) -> dict[str, str]:
    """Imports of the given cells by the name they bind.

    They stand once more before a check that uses the name, so that an answer that
    calls something ``answers`` does not take the check's place.
    """
    return {
        alias.asname or alias.name.partition(".")[0]: ast.unparse(part)
        for cell in cells
        if cell.role == "given"
        for part in ast.parse(cell.source).body
        if isinstance(part, ast.Import | ast.ImportFrom)
        for alias in part.names
    }


def _judges(part: ast.stmt) -> bool:
    """Whether a statement of a solution tries it or shows it, and is no answer."""
    names = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
    return "passed" in names or (isinstance(part, ast.Expr) and "print" in names)
