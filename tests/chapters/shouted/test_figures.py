"""Pictures say what they show."""

import torch

from chapters.shouted import figures, scores
from chapters.shouted.systems import NOTHING, SYSTEMS, apply, folds_of
from support.data.effort import effort_embeddings
from tests.chapters.shouted.small import small


def test_a_plane_serves_all_compensations():
    data = small()
    folds = folds_of(data)
    plane = figures.Map(data, folds[0])
    drawn = [
        plane.draw(apply(data, folds, SYSTEMS[name], 0), name)
        for name in (NOTHING, "one matrix")
    ]
    limits = [each.figure.axes[0].get_xlim() for each in drawn]
    assert limits[0] == limits[1]
    assert drawn[0].figure.axes[0].get_title(loc="left") == NOTHING
    assert drawn[0].alt != drawn[1].alt


def test_panels_of_scores_and_of_pairs():
    data = small()
    plain = scores.cosines(data.z, data.trials)
    panels = figures.histograms(plain, data.trials, 0.5)
    titles = [each.figure.axes[0].get_title(loc="left") for each in panels]
    assert titles == ["N-N", "N-S", "S-S"]
    made = effort_embeddings(8, 6, 5, seed=0)
    maps = figures.pair_weights(made, 2, torch.Generator().manual_seed(0))
    assert len(maps) == 3
    assert all(len(each.alt) > 40 for each in maps)
