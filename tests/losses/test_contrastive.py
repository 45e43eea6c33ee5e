"""Triplets and centres."""

import pytest
import torch

from support.losses.contrastive import centre_loss, triplet_loss


def batch(count=14, size=5, classes=4):
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(count, size, generator=draw, dtype=torch.float64)
    return x, torch.arange(count) % classes


def triplets(x, identity, margin=0.2):
    """Every triplet's loss, by its anchor: (anchor, positive score, negative)."""
    unit = x / x.norm(dim=1, keepdim=True)
    s, rows = (unit @ unit.T).tolist(), range(len(x))
    return [
        (a, s[a][p], s[a][n], max(0.0, margin - s[a][p] + s[a][n]))
        for a in rows
        for p in rows
        for n in rows
        if p != a and identity[p] == identity[a] != identity[n]
    ]


@pytest.mark.parametrize("block", [2**24, 5])
def test_all_is_the_mean_over_triplets(block):
    x, identity = batch()
    each = [loss for *_, loss in triplets(x, identity)]
    found = triplet_loss(x, identity, mining="all", block=block)
    assert float(found) == pytest.approx(sum(each) / len(each), abs=1e-12)


def test_hard_takes_the_worst_of_each_anchor():
    x, identity = batch()
    hardest: dict[int, float] = {}
    for anchor, *_, loss in triplets(x, identity):
        hardest[anchor] = max(loss, hardest.get(anchor, 0.0))
    wanted = sum(hardest.values()) / len(hardest)
    found = triplet_loss(x, identity, mining="hard")
    assert float(found) == pytest.approx(wanted, abs=1e-12)


def test_random_is_all_on_average():
    x, identity = batch()
    draw = torch.Generator().manual_seed(1)
    many = [
        float(triplet_loss(x, identity, mining="random", generator=draw))
        for _ in range(2000)
    ]
    wanted = float(triplet_loss(x, identity, mining="all"))
    # Anchors have one to three positives: means over anchors and triplets differ.
    assert sum(many) / len(many) == pytest.approx(wanted, abs=0.03)
    again = torch.Generator().manual_seed(1)
    first = triplet_loss(x, identity, mining="random", generator=again)
    assert float(first) == many[0]


@pytest.mark.parametrize("mining", ["hard", "all", "random"])
def test_gradient(mining):
    x, identity = batch(count=9)

    def loss(x):
        draw = torch.Generator().manual_seed(0)
        return triplet_loss(x, identity, mining=mining, generator=draw)

    assert torch.autograd.gradcheck(loss, x.requires_grad_())


def test_an_identity_with_one_utterance_is_no_anchor(device):
    x, identity = batch(count=5, classes=4)  # 0 1 2 3 0: one positive pair
    found = triplet_loss(x.to(device), identity.to(device))
    assert torch.isfinite(found)
    anchors = {anchor for anchor, *_ in triplets(x, identity)}
    assert anchors == {0, 4}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mining": "semi"}, "mining"),
        ({"mining": "random"}, "generator"),
        ({"margin": -0.1}, "margin"),
        ({"identity": torch.arange(14)}, "no positive"),
    ],
)
def test_bad_triplets_are_refused_in_words(change, words):
    x, identity = batch()
    with pytest.raises(ValueError, match=words):
        triplet_loss(**{"embedding": x, "identity": identity} | change)


def test_centres():
    x, identity = batch()
    centres = torch.stack([x[identity == c].mean(0) for c in range(4)])
    wanted = sum(float((x[i] - centres[identity[i]]) @ (x[i] - centres[identity[i]]))
                 for i in range(len(x))) / (2 * len(x))  # fmt: skip
    assert float(centre_loss(x, identity, centres)) == pytest.approx(wanted)
    assert float(centre_loss(centres, torch.arange(4), centres)) == 0
    assert torch.autograd.gradcheck(
        lambda a, b: centre_loss(a, identity, b),
        (x.requires_grad_(), centres.detach().requires_grad_()),
    )


@pytest.mark.parametrize(
    ("identity", "centres", "words"),
    [
        (torch.full((14,), 4), torch.zeros(4, 5), "4 centres"),
        (torch.zeros(3).long(), torch.zeros(4, 5), "identity"),
        (torch.zeros(14).long(), torch.zeros(4, 2), "centres"),
    ],
)
def test_bad_centres_are_refused_in_words(identity, centres, words):
    with pytest.raises(ValueError, match=words):
        centre_loss(batch()[0], identity, centres)
