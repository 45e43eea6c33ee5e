"""Losses by name, the small network, the segmenter, and what is measured of them."""

import pytest
import torch

from chapters.multiclass_auc import scores, systems
from chapters.multiclass_auc.data import Task, mixture


def test_a_network_learns_and_looking_changes_nothing(device):
    task = mixture("A", 0, device)
    loss = systems.losses("scores")["OVO"]
    net, curve = systems.train(loss, task, 0)
    _, looks = systems.train(loss, task, 0, looks=3)
    assert len(looks) == 3
    assert curve[0] == pytest.approx(looks[-1], abs=0.05)
    assert curve[0] > 75
    row = scores.measure(net, task)
    assert row["AUC"] == curve[0]
    assert row["F1"] == row["F1 by class"].mean()


def test_a_segmenter_gives_one_row_a_frame(device):
    rng = torch.Generator().manual_seed(0)
    y = torch.arange(3).repeat_interleave(7)[None].expand(24, 21).contiguous()
    x = torch.nn.functional.one_hot(y, 3).mT + 0.1 * torch.randn(
        24, 3, 21, generator=rng
    )
    task = Task(*(part.to(device) for part in (x, y, x[:5], y[:5].flatten())))
    loss = systems.losses("probs", max_per_class=50)["OVO"]
    net, _ = systems.train_frames(loss, task, 0)
    assert net(task.x_test).shape == (105, 3)
    assert scores.measure(net, task)["AUC"] > 90


def test_the_exact_statements_hold():
    missed = scores.identities(5)
    assert max(missed["balanced"], missed["constant"]) < 1e-12
    assert missed["steep"].abs() < 1e-3  # a limit, not an identity


def test_a_constant_moves_decisions_and_no_loss_and_calibration_takes_it_back(device):
    task = mixture("A", 0, device)
    net, _ = systems.train(systems.losses("scores")["OVO"], task, 0)
    accuracy, losses = scores.decisions(net, task, 8.0)
    assert abs(losses[0] - losses[1]) < 1e-5
    assert accuracy["pushed"] < accuracy["as trained"] - 5
    gap = accuracy["pushed, calibrated"] - accuracy["as trained, calibrated"]
    assert abs(gap) < 1


def test_the_yardstick_ranks_scores_and_their_softmax(device):
    task = mixture("A", 0, device)
    net, _ = systems.train(systems.losses("scores")["CE"], task, 0)
    found = scores.yardstick({"CE": net}, task)
    assert found["softmax"]["CE"] == scores.measure(net, task)["AUC"]
