"""A bank of networks is its networks, and trains each of them as it would alone."""

import pytest
import torch
from torch import nn

from support.models.bank import PerceptronBank
from support.training import seeded_init

WIDTHS = [4, 8, 6, 2]


def bank(networks: int = 3) -> PerceptronBank:
    with seeded_init(0, "bank"):
        return PerceptronBank(networks, WIDTHS)


def rows(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_each_network_is_the_plain_one(device):
    together, x = bank().to(device), rows(3, 5, 4).to(device)
    for place, own in enumerate(x):
        torch.testing.assert_close(together(x)[place], together.alone(place)(own))
    shared = together(x[0])
    torch.testing.assert_close(shared[2], together.alone(2)(x[0]))


def test_weights_start_as_those_of_torch():
    with seeded_init(0, "bank"):
        first = nn.Linear(4, 8)
    assert torch.equal(bank().alone(0)[0].weight, first.weight)
    assert not torch.equal(bank().alone(1)[0].weight, first.weight)


def test_training_together_is_training_alone():
    together, x, y = bank(), rows(16, 4), rows(16, 2)
    alone = [together.alone(place) for place in range(3)]
    adam = torch.optim.Adam(together.parameters(), 1e-2)
    for _ in range(20):
        adam.zero_grad()
        (together(x) - y).square().mean((1, 2)).sum().backward()
        adam.step()
    for place, network in enumerate(alone):
        own = torch.optim.Adam(network.parameters(), 1e-2)
        for _ in range(20):
            own.zero_grad()
            (network(x) - y).square().mean().backward()
            own.step()
        torch.testing.assert_close(
            together.alone(place)(x), network(x), atol=1e-5, rtol=1e-4
        )


def test_all_may_begin_as_the_first():
    with seeded_init(0, "bank"):
        alike = PerceptronBank(3, WIDTHS, same=True)
    assert [w.shape for w in alike.parameters()] == [
        w.shape for w in bank().parameters()
    ]
    for place in range(3):
        own, first = alike.alone(place), bank().alone(0)
        assert all(map(torch.equal, own.parameters(), first.parameters()))


@pytest.mark.parametrize("kind", [torch.double, torch.half, torch.long])
def test_numbers_of_other_types_are_taken_in_that_of_the_weights(kind):
    x = (4 * rows(5, 4)).to(kind)
    assert torch.equal(bank()(x), bank()(x.float()))
    assert torch.equal(bank()(x.tolist()), bank()(x.float()))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: PerceptronBank(0, WIDTHS), "networks: got 0"),
        (lambda: PerceptronBank(2.5, WIDTHS), "networks: got 2.5"),
        (lambda: PerceptronBank(True, WIDTHS), "networks: got True"),
        (lambda: PerceptronBank(2, [4]), r"widths: got \[4\]"),
        (lambda: PerceptronBank(2, [4, 0]), "widths: got 0"),
        (lambda: PerceptronBank(2, [4, 2.5]), "widths: got 2.5"),
        (lambda: PerceptronBank(2, [True, 4]), "widths: got True"),
        (lambda: PerceptronBank(2, 4), "widths: got 4; give at least two"),
        (lambda: PerceptronBank(2, "44"), "widths: got '4'; give an integer"),
        (lambda: PerceptronBank(2, WIDTHS, same="no"), "same: got 'no'"),
        (lambda: bank()(rows(5, 4) * float("nan")), "x: got nan"),
        (lambda: bank()(1e300 * rows(5, 4).double()), "x: got -?inf"),
        (lambda: bank()(rows(5, 4).cfloat()), "x: got torch.complex64"),
        (lambda: bank()("image"), "x: got str"),
        (lambda: bank()(rows(5, 3)), r"x: got shape \(5, 3\); give \(B, 4\) or \(3, B"),
        (lambda: bank()(rows(2, 5, 4)), r"x: got shape \(2, 5, 4\)"),
        (lambda: bank()(rows(4)), r"x: got shape \(4,\)"),
        (lambda: bank().alone(3), "network: got 3; give an integer from 0 to 2"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
