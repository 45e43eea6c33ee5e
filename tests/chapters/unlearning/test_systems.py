"""The map in both regimes, the deleted row, a reader's own, and the plane."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import nn

from chapters.unlearning.data import CLASSES, load_ring
from chapters.unlearning.problem import pose
from chapters.unlearning.scores import closed_form, measures, objective, ring_scores
from chapters.unlearning.systems import (
    CONFIGURED,
    GRIDS,
    SYSTEMS,
    TUNED,
    fit_map,
    linear_map,
    mapped,
    own,
    remove_row,
    ring_maps,
    train_ring,
    zero_shot_map,
)
from support.models.forgetting import forget_map


def test_everything_tuned_has_four_settings_and_chose_one_of_them():
    assert set(TUNED) == set(CLASSES)
    for tuned in TUNED.values():
        assert tuned.keys() == GRIDS.keys() == SYSTEMS.keys() - {"row removal"}
        for name, grid in GRIDS.items():
            assert len(grid) == 4
            assert tuned[name] in grid


def test_the_linear_map_forgets_keeps_and_leaves_the_old_network(posed):
    before = deepcopy(posed.net.state_dict())
    made = linear_map(posed, 0.64, 0)
    row = measures(made, posed)
    assert row["A_f"] < 0.2
    assert row["A_r"] > 0.99
    after = posed.net.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert made[1] is posed.net[1]


def test_training_approaches_the_closed_form_from_above(posed):
    f = forget_map(64)
    kept = fit_map(
        f,
        *posed.z[:2],
        lam=1.0,
        recipe=replace(CONFIGURED, updates=300, rate=1e-2),
        seed=0,
        marks=(0, 100, 300),
    )
    least = objective(closed_form(posed, 1.0).double(), posed, 1.0)
    losses = [objective(g.double(), posed, 1.0) for g in kept.values()]
    assert list(kept) == [0, 100, 300]
    assert losses[0] > losses[-1] > least
    identity = objective(nn.Identity(), posed, 1.0)
    assert losses[0] == pytest.approx(identity, rel=1e-5)


@pytest.mark.parametrize("hidden", [(), (128,)])
def test_zero_shot_looks_at_no_retained_sample(posed, hidden):
    made = zero_shot_map(posed, (0.1, hidden), 0)
    blind = replace(posed, x_r=torch.full_like(posed.x_r, torch.nan))
    again = zero_shot_map(blind, (0.1, hidden), 0)
    for one, other in zip(made.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    assert measures(made, posed)["A_f"] < 0.9


def test_a_deleted_row_changes_no_other_answer(posed):
    made = remove_row(posed, None, 0)
    x, goes = posed.data.x_test, ~posed.stays
    before, after = posed.net(x), made(x)
    assert 0 not in after.argmax(1)
    torch.testing.assert_close(before[:, 1:], after[:, 1:])
    assert bool(goes.any())
    tenth = pose(posed.data, posed.net, None, 0)
    with pytest.raises(ValueError, match="random samples have no row"):
        remove_row(tenth, None, 0)


def test_a_readers_method_gets_copies(posed):
    def spoil(extractor, head, x_r, x_f, y_r, seed):
        with torch.no_grad():
            head.weight.zero_()
        assert len(x_r) == len(y_r)
        return lambda x: head(extractor(x))

    made = own(spoil)(posed, None, 0)
    assert measures(made, posed)["A_r"] < 0.5
    assert float(posed.head.weight.detach().abs().max()) > 0


def test_a_map_between_body_and_head_that_does_nothing_does_nothing(posed):
    assert measures(mapped(posed.net, nn.Identity()), posed) == measures(
        posed.net, posed
    )


def test_in_a_plane_a_line_fails_and_a_deep_map_does_not():
    ring = load_ring(0)
    net = train_ring(ring, 0)
    found = {
        name: ring_scores(net, f, ring)["both"]
        for name, f in ring_maps(net, ring, 0).items()
    }
    assert found.pop("two hidden layers") > 0.9
    assert len(found) == 4
    assert max(found.values()) < 0.8
    assert ring_scores(net, nn.Identity(), ring)["both"] == 0
