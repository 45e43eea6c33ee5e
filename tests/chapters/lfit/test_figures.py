"""The lattice is right at every step, and is drawn so."""

import pytest

from chapters.lfit import figures
from chapters.lfit.scores import boolean_network
from support.rules.gula import gula


def test_the_lattice_ends_at_the_optimal_program():
    table = boolean_network()["q"]
    count = len(table.negatives(1))
    last = figures.lattice_state(table, 1, count)
    assert len(last) == 27
    minimal = {body for body, word in last.items() if word == "minimal"}
    assert minimal == {tuple(body) for body in gula(table, 1).bodies.tolist()}
    first = figures.lattice_state(table, 1, 0)
    assert [body for body, word in first.items() if word == "minimal"] == [(-1,) * 3]
    assert "refuted" not in first.values()


@pytest.mark.parametrize("count", [0, 3])
def test_the_lattice_is_drawn_at_each_step(count):
    table = boolean_network()["q"]
    drawing = figures.draw_lattice(table, 1, count)
    (axis,) = drawing.figure.axes
    assert len(axis.texts) == 27
    assert axis.get_title(loc="left").startswith(f"{count} negatives read")
    words = list(figures.lattice_state(table, 1, count).values())
    assert f"{words.count('refuted')} are refuted" in drawing.alt
    bold = [text for text in axis.texts if text.get_fontweight() == "bold"]
    assert len(bold) == words.count("minimal")
