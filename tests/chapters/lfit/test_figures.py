"""Figures show what they are given; the lattice is right at every step."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from chapters.lfit import figures
from chapters.lfit.experiments import boolean_network, hitting_set
from support.rules.gula import gula


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


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
    figure = figures.draw_lattice(boolean_network()["q"], 1, count)
    assert len(figure.axes[0].texts) == 27
    assert f"read: {count}" in figure.axes[0].get_title()


def test_bars_curves_and_matrices():
    share = {"gender": 0.3, "ethnicity": 0.4}
    figure = figures.draw_orders({"sparse": {"last": share, "first": share}})
    assert len(figure.axes[0].patches) == 4
    figure = figures.draw_networks({"a, b": share})
    assert len(figure.axes[0].patches) == 2
    nulls = {"blind": np.array([0.1, 0.2, 0.3])}
    figure = figures.draw_shares({"blind": 0.2}, nulls, "gender")
    assert len(figure.axes[0].lines) == 2
    figure = figures.draw_observed((0.1, 1.0), {"gender": [0.4, 0.0]})
    assert figure.axes[0].lines[0].get_ydata().tolist() == [0.4, 0.0]
    figure = figures.draw_growth((5, 6), {"GULA": [(10, 0.1), (20, 0.2)]})
    assert figure.axes[1].lines[0].get_ydata().tolist() == [100, 200]
    figure = figures.draw_agreement((5, 6), {"tree": [0.8, 0.9]})
    assert len(figure.axes[0].lines) == 1
    search = hitting_set(np.zeros(3, int), np.array([[1, 0, 1], [0, 1, 1]]))
    figure = figures.draw_hitting_set(search, ("a", "b", "c"))
    assert len(figure.axes[0].patches) == len(search.chosen)
