"""Drawings hold what they are said to hold."""

import matplotlib.pyplot as plt
import pytest
import torch

from support.verification.figures import (
    draw_det_kinds,
    draw_errors,
    draw_histograms,
    miss_band,
)
from support.verification.scoring import (
    error_table,
    rates_of,
    trial_scores,
)
from support.verification.systems import raw_statistics, raw_supervector
from tests.verification.small import small_corpus


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


def scores():
    prepared = small_corpus()
    systems = {"one": raw_statistics(prepared), "two": raw_supervector(prepared)}
    return {name: trial_scores(each, prepared) for name, each in systems.items()}


def test_histograms_have_a_panel_a_system_and_a_line_a_kind():
    axes = draw_histograms(scores(), small_corpus().trials).axes
    assert [axis.get_title() for axis in axes] == ["one", "two"]
    assert all(len(axis.patches) == 4 for axis in axes)


def test_det_has_a_panel_a_kind_and_bands_on_demand():
    trials = small_corpus().trials
    plain = draw_det_kinds(scores(), trials, ("IC", "TW", "TWa"))
    assert [axis.get_title() for axis in plain.axes] == [
        "IC against TC",
        "TW against TC",
        "TWa against TC",
    ]
    assert not plain.axes[0].collections
    banded = draw_det_kinds(scores(), trials, ("IC",), torch.Generator().manual_seed(0))
    assert len(banded.axes[0].collections) == 2


@pytest.mark.parametrize("kind", ["IC", "TWa", "all"])
def test_a_band_holds_the_curve(kind):
    prepared, values = small_corpus(), scores()["two"]
    grid = torch.tensor([0.1, 0.3], dtype=torch.float64)
    low, high = miss_band(
        values, prepared.trials, kind, grid, torch.Generator().manual_seed(0)
    )
    rates = rates_of(values, prepared.trials, kind)
    place = torch.searchsorted(-rates.false_alarm, -grid)
    miss = rates.miss[place]
    assert ((low - 1e-9 <= miss) & (miss <= high + 1e-9)).all()


def test_errors_are_drawn_in_per_cent():
    trials = small_corpus().trials
    table = {name: error_table(each, trials) for name, each in scores().items()}
    (axis,) = draw_errors(table).axes
    drawn = axis.lines[0].get_xdata()
    assert list(drawn) == pytest.approx([100 * row["IC"] for row in table.values()])
