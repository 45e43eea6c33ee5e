"""Networks side by side: each as it would be alone, frozen where they should be."""

import pytest
import torch

from chapters.similarity.networks import Bank, fit_heads, train_networks
from chapters.similarity.scores import crossed_pairs, grid_pairs
from chapters.similarity.worlds import load_world


@pytest.fixture(scope="module")
def world():
    return load_world("embedded", 100, n_fit=400, n_test=200)


@pytest.fixture(scope="module")
def networks(world):
    return train_networks(world, runs=2, epochs=(1, 25), seed=100, copies=2)


@pytest.mark.parametrize(("fine", "coarse"), [(10, 5), (10, 2), (5, 2)])
def test_a_coarse_class_follows_from_a_fine_one(world, fine, coarse):
    tables = (world.tasks[task].tolist() for task in (fine, coarse))
    assert len(set(zip(*tables, strict=True))) == fine
    assert len(world.tasks[coarse].unique()) == coarse


def test_no_held_out_image_was_fitted(world):
    fit, test = (
        {tuple(row) for row in part.flatten(1).tolist()}
        for part in (world.x_fit, world.x_test)
    )
    assert len(fit) == 400
    assert len(test) == 200
    assert not fit & test


def test_an_unknown_data_set_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'cifar'.*embedded"):
        load_world("cifar", 0)


def test_late_networks_come_first_and_have_learnt(world, networks):
    assert [n.early for n in networks] == [False] * 6 + [True] * 6
    assert [n.name for n in networks[:4]] == ["10a", "5a", "2a", "10b"]
    for network in networks:
        logits = network.z_test @ network.head.weight + network.head.bias
        assert logits.argmax(1).max() < network.task
        truth = world.tasks[network.task][world.y_test]
        right = float((logits.argmax(1) == truth).double().mean())
        assert network.early or right > 0.6
        assert network.z_fit.shape == (800, 32)


def test_training_is_the_same_for_the_same_seed(world, networks):
    again = train_networks(world, runs=2, epochs=(1, 25), seed=100, copies=2)
    for one, two in zip(networks, again, strict=True):
        assert torch.equal(one.z_test, two.z_test)


def test_a_network_of_the_bank_does_not_feel_the_others():
    labels = torch.stack([torch.arange(10), torch.arange(10) // 2])
    bank = Bank((1, 8, 8), labels)
    x, y = torch.rand(16, 1, 8, 8), torch.arange(16) % 10
    bank.loss(x, y).backward()
    together = bank.first.weight.grad.clone()
    logits = bank.head(bank.features(x)) + bank.closed
    bank.zero_grad()
    torch.nn.functional.cross_entropy(logits[1], labels[1][y]).backward()
    assert float(bank.first.weight.grad[0].abs().max()) == 0
    assert torch.allclose(bank.first.weight.grad[1], together[1], atol=1e-6)


def test_larger_images_pass_convolutions_in_groups():
    bank = Bank((3, 16, 16), torch.stack([torch.arange(10)] * 3), maps=2)
    x = torch.rand(5, 3, 16, 16)
    assert bank.features(x).shape == (3, 5, 32)
    bank.features(x)[1].sum().backward()
    weight = bank.front[0].weight.grad.view(3, -1).abs().sum(1)
    assert [bool(value > 0) for value in weight] == [False, True, False]


def test_heads_are_fitted_and_networks_are_left_alone(world, networks):
    late = networks[:6]
    before = [n.z_fit.clone() for n in late]
    heads = fit_heads(late, world, 5, seed=100)
    assert all(torch.equal(a, n.z_fit) for a, n in zip(before, late, strict=True))
    truth = world.tasks[5][world.y_test]
    for network, head in zip(late, heads, strict=True):
        logits = network.z_test @ head.weight + head.bias
        floor = {10: 0.85, 5: 0.85, 2: 0.5}[network.task]
        assert float((logits.argmax(1) == truth).double().mean()) > floor


def test_pairs(networks):
    crossed = crossed_pairs(networks)
    assert len(crossed) == 18
    assert all(a.run != b.run and not a.early and not b.early for a, b in crossed)
    grid = grid_pairs(networks)
    assert len(grid) == 66
    assert all(a is not b and not b.early for a, b in grid)
