r"""What a Gaussian model needs to know of an utterance: counts, sums and squares."""

import math
from dataclasses import dataclass

from torch import Tensor

from support.arrays import classes, real

__all__ = ["Statistics", "baum_welch", "relevance_map"]


@dataclass(frozen=True)
class Statistics:
    r"""Baum-Welch statistics of n utterances, or of n groups of them.

    float32 is kept, for sums of a few frames; integers become float64, half precision
    float32.

    Args:
        N: (n, Q) float64, $N_q=\sum_tA_{tq}$, frames.
        F: (n, Q, D) float64, $\sum_tA_{tq}\mathbf x_t$.
        S: (n, Q, D) float64, $\sum_tA_{tq}\,\mathbf x_t\odot\mathbf x_t$.

    Raises:
        ValueError: shapes disagree, a number is not finite or a count is negative.
    """

    N: Tensor
    F: Tensor
    S: Tensor

    def __post_init__(self) -> None:
        for name in "NFS":
            object.__setattr__(self, name, real(name, getattr(self, name)))
        if self.N.ndim != 2 or self.F.shape != self.S.shape:
            raise ValueError(
                f"N, F, S: got shapes {tuple(self.N.shape)}, {tuple(self.F.shape)}, "
                f"{tuple(self.S.shape)}; give (n, Q), (n, Q, D), (n, Q, D)"
            )
        if self.F.ndim != 3 or self.F.shape[:2] != self.N.shape:
            raise ValueError(
                f"N, F: got shapes {tuple(self.N.shape)}, {tuple(self.F.shape)}; give "
                "(n, Q) and (n, Q, D)"
            )
        if not (self.N >= 0).all():
            raise ValueError(f"N: got {float(self.N.min())}; a count is at least 0")

    def scale(self, kappa: float) -> "Statistics":
        r"""Count every frame as $\kappa$ frames: neighbours say nearly the same.

        Args:
            kappa: above 0; 1 takes frames as independent.

        Returns:
            All three, times kappa.

        Raises:
            ValueError: kappa is not above 0.
        """
        if not 0 < kappa < math.inf:
            raise ValueError(f"kappa: got {kappa}; give a number above 0")
        return Statistics(kappa * self.N, kappa * self.F, kappa * self.S)

    def sum_by(self, group: Tensor) -> "Statistics":
        """Add up what belongs together, such as the recordings of a speaker.

        Args:
            group: (n,) integers from 0; the result has ``group.max() + 1`` rows.

        Returns:
            Statistics of the groups; an empty group has zeros.

        Raises:
            ValueError: the group is not (n,) integers of at least 0.
        """
        group = classes("group", group, like=self.N)
        if group.shape != self.N.shape[:1]:
            raise ValueError(
                f"group: got shape {tuple(group.shape)}; give ({len(self.N)},) "
                "integers of at least 0"
            )
        count = int(group.max()) + 1 if len(group) else 0

        def added(values: Tensor) -> Tensor:
            empty = values.new_zeros(count, *values.shape[1:])
            return empty.index_add(0, group.to(values.device), values)

        return Statistics(added(self.N), added(self.F), added(self.S))


def baum_welch(x: Tensor, A: Tensor) -> Statistics:
    r"""Gather the statistics of utterances under an alignment.

    $$N_q=\sum_tA_{tq},\quad\mathbf F_q=\sum_tA_{tq}\mathbf x_t,\quad
    \mathbf S_q=\sum_tA_{tq}\,\mathbf x_t\odot\mathbf x_t$$

    Args:
        x: (n, T, D) features.
        A: (n, T, Q) alignment of at least 0; rows of padding are 0.

    Returns:
        See `Statistics`; float64, and as much memory again as two copies of ``x``.
        Where features have a large offset, take it off first: a variance
        $\mathbf S_q/N_q-(\mathbf F_q/N_q)^2$ would lose its digits.

    Raises:
        ValueError: shapes disagree, a number is not finite, or the alignment holds a
            negative one.

    Source: Mingote et al., arXiv 1812.09484, and Rabiner 1989.

    >>> import torch
    >>> found = baum_welch(torch.tensor([[[1.0], [3.0]]]), torch.ones(1, 2, 1))
    >>> found.N.item(), found.F.item(), found.S.item()
    (2.0, 4.0, 10.0)
    """
    x = real("x", x)
    A = real("A", A, like=x)
    if x.ndim != 3 or A.ndim != 3 or A.shape[:2] != x.shape[:2]:
        raise ValueError(
            f"x, A: got shapes {tuple(x.shape)} and {tuple(A.shape)}; give (n, T, D) "
            "and (n, T, Q), the same utterances and frames"
        )
    if not (A >= 0).all():
        raise ValueError(f"A: got {float(A.min())}; give weights of at least 0")
    x, A = x.double(), A.transpose(1, 2).double()
    return Statistics(A.sum(2), A @ x, A @ x.square())


def relevance_map(
    statistics: Statistics, mean: Tensor, relevance: float = 16.0
) -> Tensor:
    r"""Adapt means to what was seen, as far as it was seen (relevance MAP).

    $$\hat{\boldsymbol\mu}_q=\frac{\mathbf F_q+r\,\mathbf m_q}{N_q+r}$$

    Args:
        statistics: of n utterances or speakers.
        mean: (Q, D), or (n, Q, D), the means before.
        relevance: $r>0$, the frames that the prior is worth.

    Returns:
        (n, Q, D) float64; the prior's mean where nothing was seen, the frames'
        own in the limit of many.

    Raises:
        ValueError: shapes disagree, a mean is not finite or the relevance is not above
            0.

    Source: Reynolds et al., Speaker verification using adapted Gaussian mixture
    models, 2000, eq. 11-14.

    >>> import torch
    >>> one = Statistics(*(torch.full(s, v).double() for s, v in
    ...                    (((1, 1), 4.0), ((1, 1, 1), 10.0), ((1, 1, 1), 30.0))))
    >>> relevance_map(one, torch.ones(1, 1), 4.0).item()
    1.75
    """
    mean = real("mean", mean)
    if not 0 < relevance < math.inf:
        raise ValueError(f"relevance: got {relevance}; give a number above 0")
    if mean.shape not in (statistics.F.shape, statistics.F.shape[1:]):
        raise ValueError(
            f"mean: got shape {tuple(mean.shape)}; give "
            f"{tuple(statistics.F.shape[1:])}, with or without the utterances in front"
        )
    count = statistics.N[..., None]
    return (statistics.F + relevance * mean.to(statistics.F)) / (count + relevance)
