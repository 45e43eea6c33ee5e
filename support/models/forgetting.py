"""Maps between a frozen network and its head, made to forget."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from support.arrays import real
from support.models.coders import mlp
from support.models.stitching import Stitcher
from support.scalars import number, whole

__all__ = ["forget_map", "fused_head", "solve_forget_map"]


def forget_map(dim: int, hidden: Sequence[int] = ()) -> nn.Module:
    """Build an untrained map of features.

    Args:
        dim: number of features D.
        hidden: widths of hidden ReLU layers; none gives the linear map, which starts
            at the identity.  A map with hidden layers starts at random (build it inside
            `support.training.seeded_init`) and has no straight path, as published.

    Returns:
        A module (B, D) -> (B, D); the linear one is an affine `Stitcher`.

    Raises:
        ValueError: a width that is no integer, or below 1.

    Source: code of *Representation Unlearning* (2026).

    >>> forget_map(2)(torch.ones(1, 2)).detach()
    tensor([[1., 1.]])
    """
    dim = whole("dim", dim)
    if not isinstance(hidden, Sequence) or isinstance(hidden, str):
        raise ValueError(
            f"hidden: got {hidden!r}; give a tuple of widths, such as (64,)"
        )
    widths = [whole("hidden", width) for width in hidden]
    if widths:
        return mlp(dim, widths, dim, norm=False)
    return Stitcher(dim, dim, "affine")


def solve_forget_map(
    z_r: Tensor, z_f: Tensor, mean: Tensor, lam: float, *, ridge: float = 1e-8
) -> Stitcher:
    r"""The linear map with the least objective, in closed form.

    With $\tilde z=(z,1)$ and $A=[M,t]$, $\mathbb E_r\|A\tilde z-z\|^2
    +\lambda\mathbb E_f\|A\tilde z-\mu\|^2$ is least at
    $$A=\big(\mathbb E_r[z\tilde z^\top]+\lambda\mu\,\mathbb E_f[\tilde z]^\top\big)
    \big(\mathbb E_r[\tilde z\tilde z^\top]
    +\lambda\,\mathbb E_f[\tilde z\tilde z^\top]\big)^{-1}.$$

    Directions in which no sample varies keep the identity, to which a small ridge
    draws.  Features times a number, or about another point, get the same map there.

    Args:
        z_r: (n, D) features of retained samples.
        z_f: (m, D) features of samples to forget.
        mean: (D,) where forgotten features go.
        lam: $\lambda$, at least 0; 0 gives the identity, and where $\lambda$ grows
            the forgotten features approach the mean, whatever the others lose by it.
        ridge: relative to the mean diagonal of the second moments about the weighted
            mean of all features, above 0; the offset $t$ is free of it.

    Returns:
        An affine `Stitcher` on the features' device, in their type.

    Raises:
        ValueError: shapes that do not fit, numbers that are not finite, a negative
            $\lambda$ or no ridge.

    >>> z = torch.tensor([[1.0, 0.0], [2.0, 0.0], [-3.0, 0.0]])
    >>> f = solve_forget_map(z, torch.tensor([[0.0, 1.0]]), torch.zeros(2), 1e6)
    >>> f(torch.tensor([[0.0, 1.0]])).detach().abs().max() < 1e-3
    tensor(True)
    """
    z_r = real("z_r", z_r).detach()
    z_f, mean = (
        real(name, values, like=z_r).detach()
        for name, values in (("z_f", z_f), ("mean", mean))
    )
    if z_r.ndim != 2 or z_f.ndim != 2 or not len(z_r) or not len(z_f):
        raise ValueError(
            f"z_r {tuple(z_r.shape)}, z_f {tuple(z_f.shape)}: give (n, D) and (m, D), "
            "at least one row each"
        )
    dim = z_r.shape[1]
    if z_f.shape[1] != dim or mean.shape != (dim,):
        raise ValueError(
            f"z_f {tuple(z_f.shape)}, mean {tuple(mean.shape)}: give {dim} features, "
            "as z_r has"
        )
    lam, ridge = number("lam", lam, least=0), number("ridge", ridge, above=0)
    x_r, x_f, centre = z_r.double(), z_f.double(), mean.double()
    kept, share = 1 / (1 + lam), lam / (1 + lam)  # as 1 and lambda, in sum 1
    middle = kept * x_r.mean(0) + share * x_f.mean(0)
    r, f, goal = x_r - middle, x_f - middle, centre - x_f
    # About the weighted mean the offset is solved apart; squares fit in this unit.
    unit = torch.maximum(r.abs().max(), f.abs().max())
    unit = unit.where(unit > 0, 1.0)
    r, f = r / unit, f / unit
    gram = kept * r.T @ r / len(r) + share * f.T @ f / len(f)
    size = gram.diagonal().mean()
    gram.diagonal().add_(ridge * size.where(size > 0, 1.0))
    # Solved for A - [I, 0], so that the ridge draws to the identity, not to zero.
    wanted = share * (goal / unit).T @ f / len(f)
    change = torch.linalg.solve(gram, wanted.T).T
    found = Stitcher(dim, dim, "affine").to(z_r)
    with torch.no_grad():
        found.linear.weight.add_(change.to(z_r))
        found.offset.copy_((share * goal.mean(0) - change @ middle).to(z_r))
    return found


@torch.no_grad()
def fused_head(head: nn.Linear, mapping: Stitcher) -> nn.Linear:
    r"""Fold a linear map into the head behind it: $W\to WM$, $b\to Wt+b$.

    Args:
        head: (D -> C), with a bias; unchanged.
        mapping: an affine `Stitcher` of D features.

    Returns:
        A new head in the type of the old, so that ``fused(z) == head(mapping(z))``
        up to rounding.

    Raises:
        ValueError: the map is no affine `Stitcher`, the head no linear layer with a
            bias, or widths differ.

    >>> head = nn.Linear(3, 2)
    >>> bool(torch.equal(fused_head(head, forget_map(3)).weight, head.weight))
    True
    """
    if not isinstance(mapping, Stitcher):
        raise ValueError(
            f"mapping: got {type(mapping).__name__}; give an affine Stitcher (a deep "
            "map cannot be folded into a head)"
        )
    if mapping.family != "affine" or mapping.spatial is not None:
        raise ValueError(
            f"mapping: got family {mapping.family!r}; only an affine map of vectors "
            "can be folded into a head"
        )
    if not isinstance(head, nn.Linear):
        raise ValueError(f"head: got {type(head).__name__}; give a linear layer")
    if head.bias is None or mapping.d_out != head.in_features:
        raise ValueError(
            f"head: takes {head.in_features} features (bias {head.bias is not None}), "
            f"the map makes {mapping.d_out}; give a head with a bias for that many"
        )
    fused = nn.Linear(mapping.d_in, head.out_features).to(head.weight)
    matrix, offset = (
        part.to(head.weight) for part in (mapping.linear.weight, mapping.offset)
    )
    fused.weight.copy_(head.weight @ matrix)
    fused.bias.copy_(head.weight @ offset + head.bias)
    return fused
