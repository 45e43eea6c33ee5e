"""Canonical correlations of two representations: CCA, SVCCA, PWCCA."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from support.metrics.similarity.inputs import centred, check_pair

__all__ = ["CCA", "cca", "pwcca", "svcca"]

_TIED = 1e-9


class CCA(NamedTuple):
    """A mean of canonical correlations, the correlations, and how many are forced."""

    mean: float
    """Mean of ``rho``, plain or weighted, in [0, 1]."""
    rho: Tensor
    """(r,) canonical correlations, falling, float64 on the device of the input."""
    forced: int
    """How many of them are 1 whatever the data, for want of rows."""


def cca(x: Tensor, y: Tensor, *, rtol: float = 1e-6) -> CCA:
    r"""Canonical correlations and their mean.

    $\rho_1\ge\rho_2\ge\dots$ are the singular values of $Q_X^\top Q_Y$, with $Q$
    an orthonormal basis of the centred columns; $r=\min(\mathrm{rank}\,X,
    \mathrm{rank}\,Y)$ of them.  Symmetric; unchanged by every invertible linear
    map and shift of either side.  In [0, 1]; higher is more alike.

    Directions of next to no variance count as much as any other, which is why the
    score looks high; those below ``rtol`` of the largest singular value are left
    out, once every column has been given the same length, so that no unit decides
    who counts.  With fewer rows than directions some correlations are 1 by necessity:
    `CCA.forced` counts them.

    Args:
        x: (n, p) one row a sample.
        y: (n, q) the same samples in the same order.
        rtol: smallest singular value kept, relative to the largest, in [0, 1);
            columns have length 1.

    Returns:
        A `CCA`.

    Raises:
        ValueError: fewer than 3 rows, unequal lengths, values that are not finite,
            no variance, or ``rtol`` is out of range.

    Source: Hotelling, Biometrika 1936; Bjorck and Golub, 1973, for the numerics.

    >>> x = torch.tensor([[0.0, 1], [1, 3], [2, 0], [5, 1], [3, 3], [2, 7]])
    >>> round(cca(x, x @ torch.tensor([[1.0, 2], [3, 4]])).mean, 6)
    1.0
    """
    x, y = check_pair(x, y, 3)
    if not 0 <= rtol < 1:
        raise ValueError(f"rtol: got {rtol}; give a number in [0, 1)")
    basis_x, basis_y = _basis(x, centred(x), rtol), _basis(y, centred(y), rtol)
    rho = torch.linalg.svdvals(basis_x.T @ basis_y).clamp_(0, 1)
    return CCA(float(rho.mean()), rho, _forced(basis_x, basis_y))


def svcca(x: Tensor, y: Tensor, *, keep: float = 0.99) -> CCA:
    r"""CCA of the leading singular directions.

    Of each side the fewest directions are kept that explain at least ``keep`` of
    its variance, and with the last those of the same variance; then `cca`.
    Symmetric; unchanged by permutations, rotations, shifts and one common scale;
    changed by a general invertible map.  In [0, 1]; higher is more alike.
    Circulating code cuts at a share of the sum of singular values rather than of
    their squares, which are the variance, or skips the centring.

    Args:
        x: (n, p) one row a sample.
        y: (n, q) the same samples in the same order.
        keep: share of the variance, in (0, 1].

    Returns:
        A `CCA`.

    Raises:
        ValueError: as `cca`, or ``keep`` is out of range.

    Source: Raghu et al., SVCCA, NeurIPS 2017.

    >>> x = torch.tensor([[0.0, 1], [1, 3], [2, 0], [5, 1], [3, 3], [2, 7]])
    >>> round(svcca(x, 4 * x.flip(1) - 1).mean, 6)
    1.0
    """
    x, y = check_pair(x, y, 3)
    if not 0 < keep <= 1:
        raise ValueError(f"keep: got {keep}; give a share of the variance in (0, 1]")
    basis_x, basis_y = _leading(centred(x), keep), _leading(centred(y), keep)
    rho = torch.linalg.svdvals(basis_x.T @ basis_y).clamp_(0, 1)
    return CCA(float(rho.mean()), rho, _forced(basis_x, basis_y))


def pwcca(x: Tensor, y: Tensor, *, rtol: float = 1e-6) -> CCA:
    r"""Canonical correlations weighted by what they account for in x.

    $$\frac{\sum_i\alpha_i\rho_i}{\sum_i\alpha_i},\qquad
    \alpha_i=\sum_k|\langle h_i,x_{\cdot k}\rangle|$$

    with $h_i$ the orthonormal canonical variates of the centred $X$.  **Not
    symmetric**: swap the arguments for the weights of y.  Unchanged by permutations
    of the features, by one common scale and by shifts of x, and by every invertible
    linear map of y; changed by rotations of x, because of the absolute values.
    Where correlations tie, as all do that are 1, any rotation of their variates is as
    good, and each gets the mean weight over all of them.
    In [0, 1]; higher is more alike.  The authors' code weights by whichever side
    has the smaller rank, and does not say which.

    Args:
        x: (n, p) one row a sample; its variates give the weights.
        y: (n, q) the same samples in the same order.
        rtol: see `cca`.

    Returns:
        A `CCA`; ``mean`` is the weighted one.

    Raises:
        ValueError: as `cca`.

    Source: Morcos, Raghu and Bengio, NeurIPS 2018, section 3.

    >>> x = torch.tensor([[0.0, 1], [1, 3], [2, 0], [5, 1], [3, 3], [2, 7]])
    >>> round(pwcca(x, x @ torch.tensor([[1.0, 2], [3, 4]])).mean, 6)
    1.0
    """
    x, y = check_pair(x, y, 3)
    if not 0 <= rtol < 1:
        raise ValueError(f"rtol: got {rtol}; give a number in [0, 1)")
    data = centred(x)
    basis_x, basis_y = _basis(x, data, rtol), _basis(y, centred(y), rtol)
    rotation, rho, _ = torch.linalg.svd(basis_x.T @ basis_y, full_matrices=False)
    rho = rho.clamp_(0, 1)
    weights = _weights((basis_x @ rotation).T @ data, rho)
    mean = float((weights * rho).sum() / weights.sum())
    return CCA(mean, rho, _forced(basis_x, basis_y))


def _basis(side: Tensor, data: Tensor, rtol: float) -> Tensor:
    """Orthonormal basis (n, r) of the centred columns, tiny directions left out.

    Columns that move by the rounding of their type alone are no direction.
    """
    length = torch.linalg.vector_norm(data, dim=0)
    size = side.abs().amax(0).double() * math.sqrt(len(side))
    moves = length > 2 * torch.finfo(side.dtype).eps * size
    left, scale = _thin(data * torch.where(moves, 1 / length, 0.0))
    # Centring leaves rounding noise, which is no direction even for rtol = 0.
    floor = max(rtol, torch.finfo(torch.float64).eps * max(data.shape))
    return left[:, scale > floor * scale[0]]


def _leading(data: Tensor, keep: float) -> Tensor:
    left, scale = _thin(data)
    scale = scale[scale > torch.finfo(torch.float64).eps * max(data.shape) * scale[0]]
    explained = scale.square().cumsum(0) / scale.square().sum()
    # The last sum may fall short of 1 by rounding: then all directions are kept.
    count = min(int((explained < keep - 1e-12).sum()) + 1, len(scale))
    kept = left[:, : len(scale)]
    return kept[:, scale >= scale[count - 1] * (1 - _TIED)]


def _weights(overlaps: Tensor, rho: Tensor) -> Tensor:
    r"""Sum $|\langle h_i,x_k\rangle|$ over the features; (r, p), (r,) -> (r,).

    Tied variates span a subspace of dimension g, of which x has a part of length l:
    the mean of $|\langle h,x\rangle|$ over its unit vectors is l times
    $\Gamma(g/2)/(\sqrt\pi\,\Gamma((g+1)/2))$, which is 1 for g = 1.
    """
    group = (rho.diff() < -_TIED).long().cumsum(0)
    group = torch.cat([group.new_zeros(1), group])
    size = torch.bincount(group).double()
    squares = overlaps.new_zeros(len(size), overlaps.shape[1])
    lengths = squares.index_add_(0, group, overlaps.square()).sqrt().sum(1)
    share = torch.lgamma(size / 2) - torch.lgamma((size + 1) / 2)
    return (lengths * share.exp() / math.sqrt(math.pi))[group]


def _thin(data: Tensor) -> tuple[Tensor, Tensor]:
    """Left singular vectors and singular values; by way of QR where data is tall."""
    if len(data) > 2 * data.shape[1]:
        orthonormal, triangle = torch.linalg.qr(data)
        left, scale, _ = torch.linalg.svd(triangle, full_matrices=False)
        return orthonormal @ left, scale
    left, scale, _ = torch.linalg.svd(data, full_matrices=False)
    return left, scale


def _forced(basis_x: Tensor, basis_y: Tensor) -> int:
    """Two subspaces of the n - 1 centred dimensions meet in at least so many."""
    return max(0, basis_x.shape[1] + basis_y.shape[1] - (len(basis_x) - 1))
