"""Latents turned from domain to domain, and networks trained side by side."""

import torch
from torch import Tensor, nn

from support.models.bank import PerceptronBank
from support.models.rotations import RotatedPrior
from support.speed.harness import Comparison

__all__ = ["COMPARISONS"]

_DOMAINS, _DIM = 10, 32
_NETWORKS, _WIDTHS = 6, (256, 128, 128, 64)


def _latents(
    size: int, seed: int, device: str
) -> tuple[Tensor, Tensor, Tensor, RotatedPrior]:
    source = torch.Generator().manual_seed(seed)
    prior = RotatedPrior(_DOMAINS, _DIM, source).to(device)
    z = torch.randn(size, _DIM, generator=source).to(device)
    domains = torch.randint(_DOMAINS, (2, size), generator=source).to(device)
    return z, domains[0], domains[1], prior


def _one_matrix_a_row(
    z: Tensor, source: Tensor, target: Tensor, prior: RotatedPrior
) -> Tensor:
    turns = prior.rotations
    return torch.einsum("nij,nkj,nk->ni", turns[target], turns[source], z)


def _networks(
    size: int, seed: int, device: str
) -> tuple[Tensor, PerceptronBank, nn.ModuleList]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        bank = PerceptronBank(_NETWORKS, _WIDTHS).to(device)
        x = torch.randn(size, _WIDTHS[0]).to(device)
    return x, bank, nn.ModuleList(bank.alone(place) for place in range(_NETWORKS))


def _together(x: Tensor, bank: PerceptronBank, alone: nn.ModuleList) -> Tensor:
    return bank(x).detach()


def _one_by_one(x: Tensor, bank: PerceptronBank, alone: nn.ModuleList) -> Tensor:
    return torch.stack([network(x) for network in alone]).detach()


COMPARISONS = [
    Comparison(
        name="latents turned to another domain",
        kernel="support.models.rotations.RotatedPrior",
        peer="einsum, a matrix a row",
        package="torch",
        make=_latents,
        ours=lambda z, source, target, prior: prior.transport(z, source, target),
        theirs=_one_matrix_a_row,
        sizes=(100, 2_000, 20_000),
        tolerance=1e-4,
        note="ours multiplies all rows of a domain at once, and gathers no matrices",
    ),
    Comparison(
        name="six perceptrons on one batch",
        kernel="support.models.bank.PerceptronBank",
        peer="one after another",
        package="torch",
        make=_networks,
        ours=_together,
        theirs=_one_by_one,
        sizes=(4, 32, 320),
        tolerance=1e-4,
        note="the same layers; stacked weights make one call of six",
    ),
]
