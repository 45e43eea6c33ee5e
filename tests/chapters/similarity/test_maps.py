"""Tiny convolutional networks learn, and their maps are stitched."""

from dataclasses import replace

import torch

from chapters.similarity.data import load
from chapters.similarity.maps import (
    BLOCKS,
    CNN,
    Merged,
    stitch_maps,
    tiny_cnn,
    train_cnn,
)
from support.data.tasks import aggregate_probabilities
from support.training import seeded_init


def test_a_tiny_cnn_learns_its_task():
    data = load("embedded", "quick", 100)
    net = train_cnn(data, 2, replace(CNN, updates=150), run=0, seed=0)
    assert [name for name, _ in net.named_children()] == [*BLOCKS, "pool", "head"]
    assert not any(part.requires_grad for part in net.parameters())
    answers = net(data.x_test).argmax(1)
    assert float((answers == data.tasks[2][data.y_test]).double().mean()) > 0.8


def test_maps_stitched_to_themselves_lose_little():
    with seeded_init(0, "maps"):
        net = tiny_cnn(1, 4, width=4).eval()
        x = torch.rand(60, 1, 8, 8)
    found = stitch_maps(net, net, x[:40], x[40:], seed=0)
    assert list(found) == list(BLOCKS)
    for same, r2 in found.values():
        assert float(same.relative) < 0.01
        assert r2 > 0.99


def test_merged_classes_have_the_sum_of_their_probabilities():
    logits = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    table = torch.tensor([0, 1, 1, 0])
    found = Merged(table)(logits).exp()
    wanted = aggregate_probabilities(logits.softmax(1), table)
    assert torch.allclose(found, wanted, atol=1e-6)
