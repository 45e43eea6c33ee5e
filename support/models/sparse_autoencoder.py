"""Sparse autoencoders: a wide code with few active units that a vector is rebuilt from.

The rule that leaves k units, the autoencoder, and how units of two of them are paired.
"""

from typing import Any, NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from support.arrays import real
from support.scalars import whole

__all__ = ["Alignment", "SparseCode", "TopKSAE", "align_units", "topk_relu"]


def topk_relu(a: Any, k: int) -> Tensor:
    r"""Keep the k largest positive numbers of a row, and make all others 0.

    $$z_i=\max(a_i,0)\ \text{ where }a_i\text{ is among the }k\text{ largest, else }0$$

    Of equal numbers those of lowest index stay.  With fewer than k positive numbers
    all of them stay, and no others.  Dropped numbers get no gradient.

    Args:
        a: (..., N), N at least 1.
        k: how many stay at most, from 1 to N.

    Returns:
        (..., N) of the type of a, at least float32.

    Raises:
        ValueError: no axis, an undefined number, or k is no integer of 1 to N.

    Source: Makhzani and Frey, k-sparse autoencoders, 2013; with the ReLU as in
    Gao et al., Scaling and evaluating sparse autoencoders, 2024.

    >>> topk_relu(torch.tensor([3.0, -1.0, 2.0, 2.0]), 2)
    tensor([3., 0., 2., 0.])
    """
    values = real("a", a)
    if not values.ndim or not values.shape[-1]:
        raise ValueError(f"a: got shape {tuple(values.shape)}; give (..., N), N >= 1")
    return _largest(values.relu(), whole("k", k, most=values.shape[-1]))


def _largest(positive: Tensor, k: int) -> Tensor:
    if k == positive.shape[-1]:
        return positive
    last = positive.detach().topk(k).values[..., -1:]  # the smallest that may stay
    above, equal = positive > last, positive == last
    room = k - above.sum(-1, keepdim=True)
    kept = above | (equal & (equal.cumsum(-1) <= room))
    return positive * kept


class SparseCode(NamedTuple):
    """What an autoencoder makes of vectors (n, D).

    Args:
        recon: (n, D) the vectors rebuilt.
        code: (n, N) the sparse code, at least 0.
        pre: (n, N) what the code is chosen of.
    """

    recon: Tensor
    code: Tensor
    pre: Tensor


class TopKSAE(nn.Module):
    r"""An autoencoder whose code has at most k active units.

    $$z=\mathrm{TopK}_k(\mathrm{ReLU}(W_e(x-b_p)+b_e)),\qquad\hat x=W_dz+b_p$$

    The paper's has no $b_p$ and free columns of $W_d$.  With ``unit_decoder`` the
    columns have length 1; call `normalise` after every update.

    Args:
        dim: D, of the vectors.
        units: N, of the code.
        k: of them active at most, from 1 to N.
        pre_bias: learn $b_p$; `start_at` puts it at a mean.
        unit_decoder: columns of length 1.

    Raises:
        ValueError: a count is no integer, below 1, or k is above N.

    Source: Mariotte et al., Sparse autoencoders make audio foundation models more
    explainable, 2026; $b_p$ and unit columns as in Gao et al., 2024.

    >>> model = TopKSAE(4, 16, k=3)
    >>> model(torch.ones(2, 4)).recon.shape
    torch.Size([2, 4])
    """

    def __init__(
        self,
        dim: int,
        units: int,
        k: int,
        *,
        pre_bias: bool = False,
        unit_decoder: bool = False,
    ) -> None:
        super().__init__()
        self.dim, self.units = whole("dim", dim), whole("units", units)
        self.k = whole("k", k, most=self.units)
        self.encoder = nn.Linear(self.dim, self.units)
        self.decoder = nn.Linear(self.units, self.dim, bias=False)
        self.pre_bias = nn.Parameter(torch.zeros(self.dim)) if pre_bias else None
        self.unit_decoder = unit_decoder
        self.normalise()

    def forward(self, x: Tensor) -> SparseCode:
        """Vectors (n, D) -> `SparseCode`.

        Raises:
            ValueError: x is no matrix of D columns, or has an undefined number.
        """
        x = self._vectors(x)
        centre = 0 if self.pre_bias is None else self.pre_bias
        pre = self.encoder(x - centre)
        code = _largest(pre.relu(), self.k)
        return SparseCode(self.decoder(code) + centre, code, pre)

    def encode(self, x: Tensor) -> Tensor:
        """Vectors (n, D) -> codes (n, N)."""
        return self(x).code

    @torch.no_grad()
    def normalise(self) -> None:
        """Give the columns of the decoder length 1, where they are to have it."""
        if self.unit_decoder:
            weight = self.decoder.weight
            weight /= weight.norm(dim=0).clamp(min=torch.finfo(weight.dtype).tiny)

    @torch.no_grad()
    def start_at(self, x: Any) -> None:
        """Put the pre-bias at the mean of vectors (n, D), n at least 1.

        Raises:
            ValueError: there is no pre-bias, or x is no such matrix.
        """
        if self.pre_bias is None:
            raise ValueError("pre_bias: this autoencoder has none; make it with one")
        vectors = self._vectors(x)
        if not len(vectors):
            raise ValueError("x: got no vectors; give at least one")
        self.pre_bias.copy_(vectors.mean(0))

    def _vectors(self, x: Any) -> Tensor:
        x = real("x", x, like=self.encoder.weight).to(self.encoder.weight)
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(f"x: got shape {tuple(x.shape)}; give (n, {self.dim})")
        return x


class Alignment(NamedTuple):
    """Units of one decoder with their partners in another.

    Args:
        first: (m,) units of the first, in order.
        second: (m,) their partners in the second, each taken once.
        cosine: (m,) float64, of the angle between the two columns.
    """

    first: Tensor
    second: Tensor
    cosine: Tensor


def align_units(decoder_a: Any, decoder_b: Any) -> Alignment:
    r"""Pair the units of two decoders so that the sum of cosines is largest.

    $$\max_\pi\sum_i\frac{a_i\cdot b_{\pi(i)}}{\|a_i\|\,\|b_{\pi(i)}\|}$$ over all
    one-to-one maps of the smaller decoder into the larger.  Two trainings number their
    units differently; lengths do not matter, signs do, since a code is not negative.

    Args:
        decoder_a: (D, N) a column a unit.
        decoder_b: (D, M).

    Returns:
        `Alignment` of m = min(N, M) pairs; the cosine of a column of zeros is 0.

    Raises:
        ValueError: no matrices, empty, of differing D, or an undefined number.

    >>> align_units(torch.eye(2), torch.eye(2).flip(1)).second
    tensor([1, 0])
    """
    a, b = real("decoder_a", decoder_a), real("decoder_b", decoder_b)
    for name, matrix in (("decoder_a", a), ("decoder_b", b)):
        if matrix.ndim != 2 or not matrix.numel() or len(matrix) != len(a):
            raise ValueError(
                f"{name}: got shape {tuple(matrix.shape)}; give (D, units), D and "
                "units at least 1, D the same for both"
            )
    columns = [_unit_columns(m.detach().double().cpu()) for m in (a, b)]
    cosine = columns[0].T @ columns[1]
    rows, partners = linear_sum_assignment(cosine.numpy(), maximize=True)
    first, second = torch.from_numpy(rows), torch.from_numpy(partners)
    return Alignment(*(t.to(a.device) for t in (first, second, cosine[first, second])))


def _unit_columns(matrix: Tensor) -> Tensor:
    matrix = matrix / matrix.abs().max().clamp(min=torch.finfo(matrix.dtype).tiny)
    length = matrix.norm(dim=0)
    return matrix / length.where(length > 0, 1.0)
