"""The encoders and laws that the tests of the scores share."""

import torch
from torch import Tensor

VALUES = 6


def dependent_law(sigma: float) -> Tensor:
    """Joint law of three factors, the first two dependent: (6, 6, 6)."""
    grid = torch.linspace(0, 1, VALUES, dtype=torch.double)
    pair = torch.exp(-((grid[:, None] - grid) ** 2) / (2 * sigma**2))
    return (pair / pair.sum())[..., None].expand(-1, -1, VALUES) / VALUES


def as_table(law: Tensor) -> tuple[Tensor, Tensor]:
    """Factors (cells, 3) and their probabilities."""
    cells = (law > 0).nonzero()
    return cells, law[law > 0]


def as_sample(law: Tensor, rows: int, seed: int) -> Tensor:
    """Factors (rows, 3), drawn."""
    source = torch.Generator().manual_seed(seed)
    cells, weights = as_table(law)
    return cells[torch.multinomial(weights, rows, True, generator=source)]


def perfect(factors: Tensor) -> Tensor:
    """One latent a factor, its value on [0, 1]."""
    return factors.double() / (VALUES - 1)


def permuted(factors: Tensor) -> Tensor:
    """One latent a factor, its values in another order."""
    order = torch.tensor([3, 0, 5, 1, 4, 2], device=factors.device)
    return perfect(order[factors])


def rotated(factors: Tensor) -> Tensor:
    """The first two latents turned by 45 degrees."""
    z = perfect(factors)
    plus, minus = z[:, 0] + z[:, 1], z[:, 0] - z[:, 1]
    return torch.stack([plus, minus, z[:, 2]], 1)


def noisy(factors: Tensor, seed: int, amount: float = 0.3) -> Tensor:
    """Perfect latents plus Gaussian noise, so that no two codes are equal."""
    source = torch.Generator().manual_seed(seed)
    noise = torch.randn(factors.shape, generator=source, dtype=torch.double)
    return perfect(factors) + amount * noise.to(factors.device)
