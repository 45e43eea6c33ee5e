"""Drawings hold what they are said to hold."""

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


def scores():
    prepared = small_corpus()
    systems = {"one": raw_statistics(prepared), "two": raw_supervector(prepared)}
    return {name: trial_scores(each, prepared) for name, each in systems.items()}


def axes_of(drawings):
    return [drawing.figure.axes[0] for drawing in drawings]


def test_histograms_have_a_panel_a_system_on_one_axis_and_say_all_kinds():
    drawings = draw_histograms(scores(), small_corpus().trials)
    one, two = axes_of(drawings)
    assert [axis.get_title(loc="left") for axis in (one, two)] == ["one", "two"]
    assert one.get_xlim() == two.get_xlim()
    assert all(f"{kind}: median" in drawings[0].alt for kind in ("TC", "TW", "IW"))


def test_det_has_a_panel_a_kind_and_bands_on_demand():
    trials = small_corpus().trials
    plain = axes_of(draw_det_kinds(scores(), trials, ("IC", "TW", "TWa")))
    assert [axis.get_title(loc="left") for axis in plain] == [
        "IC against TC",
        "TW against TC",
        "TWa against TC",
    ]
    assert not plain[0].collections
    banded = draw_det_kinds(scores(), trials, ("IC",), torch.Generator().manual_seed(0))
    assert len(axes_of(banded)[0].collections) == 2


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
    drawn = draw_errors(table).figure.axes[0].lines
    marked = [line.get_xdata()[0] for line in drawn if line.get_marker() == "o"]
    assert marked == pytest.approx([100 * row["IC"] for row in table.values()])
