"""How much code a lesson may show, and which cells it folds."""

import pytest

from support.course.project.chapters import discover
from support.course.project.lesson_rules import faults
from tests.course.conftest import Cell, Project


def found(project: Project, *cells: Cell) -> str:
    project.chapter("alpha", cells)
    (chapter,) = discover(project.root)
    return "\n".join(faults(chapter))


def lines(count: int) -> str:
    return "\n".join(f"x = {number}" for number in range(count))


@pytest.mark.parametrize(("count", "fault"), [(30, ""), (31, "31 code cells")])
def test_thirty_cells_beside_parameters_and_set_up(
    project: Project, count: int, fault: str
) -> None:
    cells: list[Cell] = [("x = 0", ["setup"]), *["x = 1"] * count]
    assert fault in found(project, *cells)
    assert bool(fault) == bool(found(project, *cells))


@pytest.mark.parametrize("tag", ["figure", "check", "anything"])
def test_fifteen_lines_a_cell_whatever_its_tags(project: Project, tag: str) -> None:
    assert found(project, (lines(15), ["anything"])) == ""
    assert "16 lines of code" in found(project, (lines(16), [tag]))


def test_comments_and_blank_lines_cost_nothing(project: Project) -> None:
    airy = lines(15).replace("\n", "\n\n# why\n")
    assert found(project, airy) == ""


def test_two_hundred_lines_are_visible_and_folded_ones_are_not(
    project: Project,
) -> None:
    open_cells: list[Cell] = [lines(10)] * 20
    shown = lines(14) + "\nlesson.say('a')"
    folded: list[Cell] = [(shown, ["figure"])] * 5
    assert found(project, *open_cells, *folded) == ""
    assert "201 visible lines" in found(project, *open_cells, *folded, "x = 1")


def test_twenty_helpers_and_a_module_is_one(project: Project) -> None:
    def imports(count: int) -> str:
        names = ", ".join(f"helper_{number}" for number in range(count))
        return (
            "import torch\nfrom scipy import stats, optimize\n"
            f"from support import plots\nfrom chapters.alpha.scores import {names}"
        )

    assert found(project, imports(19)) == ""
    assert found(project, imports(19), imports(19)) == ""
    assert "21 helpers are imported" in found(project, imports(20))


@pytest.mark.parametrize(
    ("one", "other", "fault"),
    [
        ("from support.a import load", "from support.a import load", ""),
        ("from support.a import load", "from support.b import load", "support.b.load"),
        ("from support.a import load", "load = 1", "load means two things"),
        ("load = 1", "import load", "load means two things"),
        ("def load(): pass", "def load(): pass", "load means two things"),
        ("def load(): pass", "for load in range(3): pass", "load means two things"),
        ("x = 1", "x = 2", ""),
        ("from support.a import load", "y = [load for load in range(3)]", ""),
        ("from support.a import load", "def f():\n    load = 1", ""),
        ("from support.a import load", "y = f(load=1)", ""),
    ],
)
def test_a_name_means_one_thing(
    project: Project, one: str, other: str, fault: str
) -> None:
    words = found(project, one, other)
    assert fault in words
    assert bool(fault) == bool(words)


SHOWS = [
    "lesson.say('It falls to {x:.2f}.', x=x)",
    "lesson.recorded('alpha.1')",
    "plots.show(drawn, name='n', caption='c')",
    "show_frames(draw, name='n', caption='c', alt=alt)",
    "plots.table(rows, caption='c')",
    "lesson.ledger.over_seeds()",
    "drawn = figures.curve(x)\nplots.show(drawn, name='n', caption='c')",
    "from support import plots\ndrawn = [plots.lines(y, x='x') for y in z]\n"
    "plots.show(drawn, name='n', caption='c')",
    "figure, axis = plt.subplots()\naxis.hist(x)\nshow(figure)",
    "def draw(sigma):\n    '''Say.'''\n    return figures.curve(x, sigma)\n"
    "show_frames(draw, sigma=[1, 2])",
    "for name in names:\n    lesson.say('{n}', n=name)",
    "lesson.source(loss)\nlesson.say('That was it.')",
]
COMPUTES = [
    "x = 1",
    "gap = float(a - b)\nlesson.say('{g}', g=gap)",
    "model = train(data)\nplots.show(figures.curve(model), name='n', caption='c')",
    "for name in names:\n    rows[name] = score(name)",
    "def train(data):\n    return fit(data)",
    "lesson.source(loss)",
    "ledger.measure('alpha.1', x)",
]


@pytest.mark.parametrize("source", SHOWS)
def test_a_cell_that_only_shows_is_tagged(project: Project, source: str) -> None:
    assert "tag it 'figure'" in found(project, source)
    assert found(project, (source, ["figure"])) == ""
    assert found(project, (source, ["check"])) == ""


@pytest.mark.parametrize("source", COMPUTES)
def test_a_cell_that_computes_may_stay_open(project: Project, source: str) -> None:
    assert found(project, source) == ""


@pytest.mark.parametrize("source", ["x = 1", "model = train(data)", "figures.f(x)"])
def test_what_shows_nothing_is_not_folded(project: Project, source: str) -> None:
    assert "shows nothing" in found(project, (source, ["figure"]))


@pytest.mark.parametrize("call", ["fit(net)", "recipe.fit(net)", "train_all(data)"])
def test_no_training_is_folded(project: Project, call: str) -> None:
    shown = "lesson.say('{x}', x=training_time, y=fitted(x))"
    assert found(project, (shown, ["figure"])) == ""
    assert "train in a cell" in found(project, (f"m = {call}\n{shown}", ["figure"]))


def test_what_is_no_python_is_said(project: Project) -> None:
    assert "is not plain Python" in found(project, "%matplotlib inline")
