"""Tiny convolutional networks learn, and their maps are stitched."""

from dataclasses import replace

import torch

from chapters.similarity.data import load
from chapters.similarity.maps import BLOCKS, CNN, stitch_maps, tiny_cnn, train_cnn
from support.training import seeded_init


def test_a_tiny_cnn_learns_its_task():
    data = load("embedded", "quick", 100)
    net = train_cnn(data, 2, replace(CNN, epochs=15), run=0, seed=0)
    assert [name for name, _ in net.named_children()] == [*BLOCKS, "pool", "head"]
    answers = net(data.x_test).argmax(1)
    assert float((answers == data.tasks[2][data.y_test]).double().mean()) > 0.8


def test_maps_stitched_to_themselves_lose_little():
    with seeded_init(0, "maps"):
        net = tiny_cnn(1, 4, width=4).eval()
        x = torch.rand(60, 1, 8, 8)
    same = stitch_maps(net, net, "block2", x[:40], x[40:], seed=0)
    assert float(same.relative) < 0.01
