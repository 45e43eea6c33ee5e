"""Networks side by side: each as it would be alone, frozen where they should be."""

from dataclasses import replace

import pytest
import torch

from chapters.similarity.data import load
from chapters.similarity.scores import crossed_pairs, mean_accuracy
from chapters.similarity.systems import (
    COPIES,
    Bank,
    described,
    fit_heads,
    train_networks,
)


@pytest.fixture(scope="module")
def data():
    whole = load("embedded", "quick", 100)
    fit, test = (whole.x_train[:400], whole.y_train[:400]), whole.x_test[:200]
    return replace(
        whole, x_train=fit[0], y_train=fit[1], x_test=test, y_test=whole.y_test[:200]
    )


@pytest.fixture(scope="module")
def networks(data):
    return train_networks(data, runs=2, epochs=(1, 25), seed=100)


def test_late_networks_come_first_and_have_learnt(data, networks):
    assert [n.early for n in networks] == [False] * 6 + [True] * 6
    assert [n.name for n in networks[:4]] == ["10a", "5a", "2a", "10b"]
    for network in networks:
        assert network.head(network.z_test).argmax(1).max() < network.task
        assert network.z_train.shape == (400 * COPIES, 32)
    right = mean_accuracy(networks[:6], data)
    assert list(right) == [10, 5, 2]
    assert min(right.values()) > 0.6


def test_training_is_the_same_for_the_same_seed(data, networks):
    again = train_networks(data, runs=2, epochs=(1, 25), seed=100)
    for one, two in zip(networks, again, strict=True):
        assert torch.equal(one.z_test, two.z_test)


def test_a_network_of_the_bank_does_not_feel_the_others():
    labels = torch.stack([torch.arange(10), torch.arange(10) // 2])
    bank = Bank(64, labels)
    x, y = torch.rand(16, 64), torch.arange(16) % 10
    bank.loss(x, y).backward()
    together = bank.first.weight.grad.clone()
    logits = bank.head(bank.features(x)) + bank.closed
    bank.zero_grad()
    torch.nn.functional.cross_entropy(logits[1], labels[1][y]).backward()
    assert float(bank.first.weight.grad[0].abs().max()) == 0
    assert torch.allclose(bank.first.weight.grad[1], together[1], atol=1e-6)


def test_larger_images_are_described_by_cells(data):
    flat = torch.full((3, 1, 16, 16), 0.5)
    flat[1, :, :8] = 0.9
    flat[2, :, ::2] = 1.0
    train, test = described(replace(data, x_train=flat, x_test=flat[:2]))
    assert train.shape == (3, 128)
    assert torch.equal(train[:2], test)
    assert torch.allclose(train.mean(0), torch.zeros(128), atol=1e-5)
    # Only the striped image has a deviation within its cells.
    assert bool((train[2, 64:] > train[:2, 64:]).all())
    assert described(data)[0].shape == (400, 64)


def test_heads_are_fitted_and_networks_are_left_alone(data, networks):
    late = networks[:6]
    before = [n.z_train.clone() for n in late]
    heads = fit_heads(late, data, 5, seed=100)
    assert all(torch.equal(a, n.z_train) for a, n in zip(before, late, strict=True))
    truth = data.tasks[5][data.y_test]
    assert list(heads) == [network.name for network in late]
    for network in late:
        logits = heads[network.name](network.z_test)
        floor = {10: 0.85, 5: 0.85, 2: 0.5}[network.task]
        assert float((logits.argmax(1) == truth).double().mean()) > floor


def test_pairs(networks):
    crossed = crossed_pairs(networks[:6])
    assert len(crossed) == 18
    assert all(a.run != b.run for a, b in crossed)
    assert len(crossed_pairs(networks)) == 72
