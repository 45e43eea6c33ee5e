r"""A linear filter of neighbouring frames and bins: the mapping without a network."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import real
from support.scalars import number, whole

__all__ = ["ContextFilter", "fit_context_filter"]

_BLOCK = 2**23  # numbers of neighbourhoods that are held at once: 64 MB


class ContextFilter(NamedTuple):
    r"""$\hat y_{f,t}=x_{f,t}+b_f+\sum_{i,j}w_{f,i,j}\,x_{f+i,t+j}$.

    Args:
        weight: (F, (2·bins+1)·(2·frames+1) + 1) float64, the constant last.
        frames: neighbours on either side in time.
        bins: neighbours on either side in frequency.
    """

    weight: Tensor
    frames: int
    bins: int

    def apply(self, x: Any) -> Tensor:
        """Spectra (N, F, T) -> (N, F, T), in float64, in the type of x.

        Raises:
            ValueError: another number of bins, or a number that is not finite.
        """
        given = _spectra("x", x)
        if given.shape[1] != len(self.weight):
            raise ValueError(
                f"x: got shape {tuple(given.shape)}; give (N, {len(self.weight)}, T)"
            )
        count, width = len(self.weight), 2 * self.frames + 1
        weight = self.weight.to(given.device)
        taps = weight[:, :-1].unflatten(1, (2 * self.bins + 1, width))
        corrected = []
        for part in _parts(given, self.frames, self.bins):
            around = _lagged(part, self.frames, self.bins)
            change = weight[:, -1:].clone()
            for i in range(2 * self.bins + 1):
                change = change + (taps[:, i, None] @ around[i : i + count])[:, 0]
            change = change.unflatten(1, (len(part), part.shape[2]))
            corrected.append(part.double() + change.transpose(0, 1))
        return torch.cat(corrected).to(given.dtype)


def fit_context_filter(
    x: Any, y: Any, *, frames: int = 10, bins: int = 1, penalty: float = 100.0
) -> ContextFilter:
    r"""Ridge regression of the correction y - x, for each bin on what lies around it.

    $$w_f=\Big(\sum_tz_{f,t}z_{f,t}^\top+\rho I\Big)^{-1}
    \sum_tz_{f,t}\,(y_{f,t}-x_{f,t})$$

    $z_{f,t}$ are the values of x in a window around (f, t), what lies outside repeated
    from the edge, and a 1.  A large penalty leaves the spectrum as it is.

    Args:
        x: (N, F, T) spectra of roughly unit variance.
        y: (N, F, T) what they should be.
        frames: neighbours on either side in time, at least 0.
        bins: neighbours on either side in frequency, at least 0.
        penalty: ρ, above 0.

    Returns:
        The filter, fitted in float64.

    Raises:
        ValueError: shapes that differ or are not (N, F, T), nothing, a count or a
            penalty out of range, a number that is not finite.

    >>> x = torch.randn(2, 5, 40)
    >>> found = fit_context_filter(x, 2 * x, frames=1, bins=0, penalty=1e-6)
    >>> torch.allclose(found.apply(x), 2 * x, atol=1e-4)
    True
    """
    frames, bins = whole("frames", frames, 0), whole("bins", bins, 0)
    penalty = number("penalty", penalty, above=0)
    given = _spectra("x", x)
    wanted = _spectra("y", y, like=given)
    if given.shape != wanted.shape or not given.numel():
        raise ValueError(
            f"x, y: got shapes {tuple(given.shape)}, {tuple(wanted.shape)}; give "
            "(N, F, T) twice, not empty"
        )
    squares, products = _equations(given, wanted, frames, bins)
    squares.diagonal(dim1=1, dim2=2).add_(penalty)
    weight = torch.linalg.solve(squares, products[:, :, None])[:, :, 0]
    return ContextFilter(weight, frames, bins)


def _equations(x: Tensor, y: Tensor, frames: int, bins: int) -> tuple[Tensor, Tensor]:
    """Sums of z z' and of z (y - x) for each bin; neighbours share their products."""
    count, rows, width = x.shape[1], 2 * bins + 1, 2 * frames + 1
    own = torch.zeros(count, rows, width, rows, width).to(x.device, torch.double)
    first, right = own[..., 0, 0].clone(), own[..., 0, 0].clone()
    total = own[:, 0, 0, 0, 0].clone()
    kept = _parts(x, frames, bins), _parts(y, frames, bins)
    for part, goal in zip(*kept, strict=True):
        around = _lagged(part, frames, bins)
        change = (goal.double() - part.double()).transpose(0, 1).flatten(1)
        for apart in range(rows):
            pairs = around[: len(around) - apart] @ around[apart:].mT
            for i in range(rows - apart):
                these = pairs[i : i + count]
                own[:, i, :, i + apart] += these
                if apart:
                    own[:, i + apart, :, i] += these.mT
        for i in range(rows):
            at = around[i : i + count]
            first[:, i] += at.sum(2)
            right[:, i] += (at @ change[:, :, None])[:, :, 0]
        total += change.sum(1)
    ones = torch.full_like(total, x.shape[0] * x.shape[2])[:, None]
    first, right = first.flatten(1), right.flatten(1)
    squares = torch.cat([own.flatten(3).flatten(1, 2), first[:, None]], 1)
    last = torch.cat([first, ones], 1)[:, :, None]
    return torch.cat([squares, last], 2), torch.cat([right, total[:, None]], 1)


def _spectra(name: str, values: Any, like: Tensor | None = None) -> Tensor:
    given = real(name, values, like=like)
    if given.ndim != 3 or not given.shape[1] or not given.shape[2]:
        raise ValueError(f"{name}: got shape {tuple(given.shape)}; give (N, F, T)")
    return given


def _parts(x: Tensor, frames: int, bins: int) -> tuple[Tensor, ...]:
    """Cut a batch so that the neighbourhoods of a part fit into a block."""
    size = (x.shape[1] + 2 * bins) * x.shape[2] * (2 * frames + 1)
    return x.split(max(1, _BLOCK // size))


def _lagged(x: Tensor, frames: int, bins: int) -> Tensor:
    """(N, F, T) -> (F + 2 bins, 2 frames + 1, N T): each bin, earlier and later."""
    edge = (frames, frames, bins, bins)
    padded = functional.pad(x.double()[:, None], edge, mode="replicate")[:, 0]
    return padded.unfold(2, 2 * frames + 1, 1).permute(1, 3, 0, 2).flatten(2)
