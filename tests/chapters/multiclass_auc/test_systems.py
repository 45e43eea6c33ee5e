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
    net, curve = systems.train_frames(loss, task, 0)
    assert net(task.x_test).shape == (105, 3)
    assert curve == [scores.measure(net, task)["AUC"]]
    assert scores.measure(net, task)["AUC"] > 90


def test_the_exact_statements_hold():
    missed = scores.identities(5)
    assert max(missed["balanced"], missed["constant"]) < 1e-12
    assert missed["steep"].abs() < 1e-12


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


def test_decay_shrinks_weights_and_a_short_training_is_a_part_of_a_long_one(device):
    task = mixture("B", 0, device)
    loss = systems.losses("probs")["weighted CE"]

    def size(**options):
        net, curve = systems.train(loss, task, 0, **options)
        return sum(p.square().sum().item() for p in net.parameters()), curve

    plain, curve = size(looks=5)
    assert size(decay=3.0)[0] < 0.5 * plain
    assert size(stop=0.4)[1][-1] == pytest.approx(curve[1], abs=0.05)


def test_tuning_chooses_on_held_out_samples_and_never_looks_at_the_test(device):
    task = mixture("A", 0, device)
    blind = task._replace(x_test=task.x_test * float("nan"))
    grid = [systems.Trial("OVO", delta=delta) for delta in (1.0, 1e-6)]
    found = systems.tune(grid, {0: blind}, systems.train, on="scores", looks=3)
    assert found.name == "OVO"
    assert found.stop in (1 / 3, 2 / 3, 1.0)
    # without a decay a trial that hardly moves the weights loses
    heavy = [systems.Trial("weighted CE", decay=decay) for decay in (300.0, 0.0)]
    assert (
        systems.tune(heavy, {0: task}, systems.train, on="scores", looks=3).decay == 0.0
    )


def test_every_grid_has_as_many_trials_and_every_choice_stands_in_its_grid():
    assert len({len(grid) for grid in systems.GRIDS.values()}) == 1
    for row in systems.CHOSEN.values():
        assert row.keys() == systems.GRIDS.keys()
        for name, trial in row.items():
            assert trial._replace(stop=1.0) in systems.GRIDS[name]
            assert 0 < trial.stop <= 1
