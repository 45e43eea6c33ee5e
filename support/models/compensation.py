r"""Moving an embedding back from one condition to another, learned from pairs.

Of $N$ pairs, $x_n$ is the embedding of a normal utterance and $y_n$ that of the same
speaker's shouted one; their shift is $r_n=y_n-x_n$.  A compensator estimates it from
$y$ alone, $\hat r(y)\approx\mathbb E[r\mid y]$, and gives $\hat x=y-\hat r(y)$.
"""

import math
from abc import ABC, abstractmethod
from typing import Literal, Self, get_args

import torch
from torch import Tensor

from support.arrays import real
from support.models.gaussians import floors, log_densities, moments
from support.models.gmm import DiagonalGMM
from support.scalars import number, whole

__all__ = [
    "KINDS",
    "BiasCompensator",
    "Compensator",
    "Counts",
    "fit_mixture",
    "power_of_two",
]

KINDS = ("mean", "ratz", "splice", "memlin", "memlin_cross")
"""What is clustered: nothing; normal; shouted; both; both, pairs weighed anew."""
Counts = Literal["soft", "hard"]
_STARTS = 2
_EMPTY = 1e-8  # of a pair's weight in a cluster


class Compensator(ABC):
    """Whatever estimates the shift of an embedding from the embedding alone.

    One that is written anew gives `_learn` and `_shift`; checks are made here.
    """

    _size: int | None = None
    unit = 1.0
    """A power of two by which vectors are divided before anything is learned."""

    def fit(self, normal: Tensor, shouted: Tensor, generator: torch.Generator) -> Self:
        """Learn the shift from pairs of one speaker each.

        Args:
            normal: (N, D), row n beside row n of the other.
            shouted: (N, D).
            generator: a CPU generator, of the starts of mixtures.

        Returns:
            Itself.

        Raises:
            ValueError: the shapes differ, there are fewer pairs than components, a
                number is not finite, or the generator is none.
        """
        _is_generator(generator)
        x = real("normal", normal).detach()
        y = real("shouted", shouted, like=x).detach()
        if x.ndim != 2 or x.shape != y.shape or not x.numel():
            raise ValueError(
                f"normal, shouted: got shapes {tuple(x.shape)} and {tuple(y.shape)}; "
                "give (N, D) twice, N and D at least 1"
            )
        least = getattr(self, "components", 1)
        if len(x) < least:
            raise ValueError(
                f"normal, shouted: got {len(x)} pairs for {least} components; give at "
                "least as many"
            )
        self._size = None  # a fit that fails leaves nothing half-learned
        self.unit = power_of_two(x, y)
        self._learn(x.double() / self.unit, y.double() / self.unit, generator)
        self._size = x.shape[1]
        return self

    def bias(self, y: Tensor) -> Tensor:
        r"""The estimated shift $\hat r(y)$ of embeddings (..., D), like them.

        Computed in float64; gradients pass.

        Raises:
            ValueError: it is not fitted, the size is another, or a number is not
                finite, or so far from the pairs that its square is not.
        """
        given = real("y", y)
        return (self.unit * self._checked_shift(given)).to(given)

    def transform(self, y: Tensor) -> Tensor:
        r"""$\hat x=y-\hat r(y)$; see `bias`."""
        given = real("y", y)
        return given.sub(self._checked_shift(given), alpha=self.unit).to(given)

    def _checked_shift(self, given: Tensor) -> Tensor:
        """Shifts in float64, in units of what was learned; see `bias`."""
        if self._size is None:
            raise ValueError(f"{type(self).__name__}: not fitted; call fit first")
        if not given.ndim or given.shape[-1] != self._size:
            raise ValueError(
                f"y: got shape {tuple(given.shape)}; give (..., {self._size})"
            )
        rows = given.double().reshape(-1, self._size) / self.unit
        shift = self._shift(rows)
        if not math.isfinite(float(shift.detach().sum())):
            raise ValueError(
                f"y: got numbers up to {float(given.abs().max()):g}, where pairs of "
                f"about {self.unit:g} were learned from; give embeddings of their size"
            )
        return shift.reshape(given.shape)

    @abstractmethod
    def _learn(self, x: Tensor, y: Tensor, generator: torch.Generator) -> None:
        """Learn from pairs (N, D) float64, of largest number 1 to 2."""

    @abstractmethod
    def _shift(self, y: Tensor) -> Tensor:
        """(n, D) float64 -> (n, D)."""


class BiasCompensator(Compensator):
    r"""A bias for each cluster of embeddings, weighted by the clusters' posteriors.

    $\gamma^x_{ni}$ and $\gamma^y_{nj}$ are posteriors under mixtures of diagonal
    Gaussians, of the normal and of the shouted embeddings.

    * *mean*: $\hat r=\bar r$.
    * *ratz* clusters normal embeddings,
      $r_i=\sum_n\gamma^x_{ni}r_n/\sum_n\gamma^x_{ni}$, and knows a shouted one
      by $w^x_i\,\mathcal N(y;\mu^x_i+r_i,\Sigma^y_i)$, with $\Sigma^y_i$ the variance
      of $y$ about that mean.
    * *splice* clusters shouted embeddings,
      $r_j=\sum_n\gamma^y_{nj}r_n/\sum_n\gamma^y_{nj}$.
    * *memlin* clusters both, $r_{ji}=\sum_n\gamma^y_{nj}\gamma^x_{ni}r_n/J_{ji}$ with
      $J_{ji}=\sum_n\gamma^y_{nj}\gamma^x_{ni}$, and weighs them by
      $p(j\mid y)\,c_{ij}$, where $c_{ij}$ are shares of counts.
    * *memlin_cross* has $c_{ij}\,\mathcal N(y;\mu_{ji},\Sigma_{ji})$ in the place of
      $c_{ij}$, brought to a sum of 1 over $i$: moments of $y$ under the weights of the
      pair, drawn towards those of $j$ (and the variance towards that of all) by
      $t=J_{ji}/(J_{ji}+1)$, as is the bias.

    With soft counts, $c_{ij}=J_{ji}/\sum_iJ_{ji}$, *memlin* is *splice* exactly.

    Args:
        kind: one of `KINDS`.
        components: K, of each mixture.
        counts: of $c_{ij}$: ``soft``, or ``hard``, where each pair counts for its most
            probable clusters alone.
        variance_floor: as in `support.models.gmm.DiagonalGMM`.

    Raises:
        ValueError: a word is unknown or a number out of range.

    Source: Moreno, 1996 (RATZ); Deng, Acero et al., 2000 (SPLICE); Buera et al., 2007
    (MEMLIN); for embeddings of speakers Prieto et al., arXiv 2008.02487.

    >>> x = torch.tensor([[0.0], [1.0], [50.0], [51.0]])
    >>> y = x + torch.tensor([[2.0], [2.0], [-3.0], [-3.0]])
    >>> draw = torch.Generator().manual_seed(0)
    >>> BiasCompensator("splice", 2).fit(x, y, draw).transform(y).flatten()
    tensor([ 0.,  1., 50., 51.])
    """

    def __init__(
        self,
        kind: str,
        components: int,
        *,
        counts: Counts = "soft",
        variance_floor: float = 0.01,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind: got {kind!r}; give one of {', '.join(KINDS)}")
        if counts not in get_args(Counts):
            raise ValueError(f"counts: got {counts!r}; give 'soft' or 'hard'")
        self.kind, self.counts = kind, counts
        self.components = whole("components", components)
        self.variance_floor = number("variance_floor", variance_floor, least=0)

    def _learn(self, x: Tensor, y: Tensor, generator: torch.Generator) -> None:
        """Set the clusters ``mixture`` and their ``biases``, (K, D) or (K K, D)."""
        shift = y - x
        whole_bias = shift.mean(0, keepdim=True)
        self.biases, self.mixture = whole_bias, None
        self.cross: tuple[Tensor, Tensor, Tensor] | None = None
        if self.kind == "mean":
            return
        # the same draw gives SPLICE and MEMLIN the same clusters of shouted embeddings
        first = x if self.kind == "ratz" else y
        self.mixture = fit_mixture(
            first, self.components, generator, variance_floor=self.variance_floor
        )
        share = self.mixture.log_responsibilities(first).exp()
        self.biases = _means(share, shift, whole_bias)
        if self.kind == "ratz":
            self._carry_over(share, y)
        elif self.kind != "splice":
            normal = fit_mixture(
                x, self.components, generator, variance_floor=self.variance_floor
            )
            self._pair_up(share, normal.log_responsibilities(x).exp(), shift, y)

    def _carry_over(self, share: Tensor, y: Tensor) -> None:
        """RATZ: where clusters of normal embeddings lie among the shouted ones."""
        assert self.mixture is not None
        mean = self.mixture.mean + self.biases
        spread = _spreads(share, y, mean, self.mixture.variance)
        self.mixture.mean = mean
        self.mixture.variance = torch.maximum(spread, self._floor(y))

    def _pair_up(self, of_y: Tensor, of_x: Tensor, shift: Tensor, y: Tensor) -> None:
        """MEMLIN: a bias for each pair of clusters, and the weight of each."""
        K = self.components
        pairs = (of_y[:, :, None] * of_x[:, None]).flatten(1)  # (N, K K), x innermost
        weight = pairs.sum(0)
        counts = weight.reshape(K, K)
        if self.counts == "hard":
            best = of_y.argmax(1) * K + of_x.argmax(1)
            hard = torch.bincount(best, minlength=K * K).reshape(K, K).to(counts)
            # a cluster that is nobody's most probable one keeps its soft counts
            counts = torch.where(hard.sum(1, keepdim=True) > 0, hard, counts)
        chance = counts / counts.sum(1, keepdim=True).clamp_min(_EMPTY)
        single = self.biases.repeat_interleave(K, 0)
        biases = _means(pairs, shift, single)
        if self.kind == "memlin":  # weights do not look at y: one bias for each j
            self.biases = (chance[..., None] * biases.unflatten(0, (K, K))).sum(1)
            return
        trust = (weight / (weight + 1))[:, None]
        own = _means(of_y, y, y.mean(0)).repeat_interleave(K, 0)
        mean = own + trust * (_means(pairs, y, own) - own)
        overall = y.var(0, correction=0)
        spread = _spreads(pairs, y, mean, overall)
        variance = overall + trust * (spread - overall)
        self.biases = single + trust * (biases - single)
        self.cross = chance.log(), mean, torch.maximum(variance, self._floor(y))

    def _floor(self, y: Tensor) -> Tensor:
        return floors(y.mean(0), y.var(0, correction=0), self.variance_floor)[1]

    def _shift(self, y: Tensor) -> Tensor:
        if self.mixture is None:
            return self.biases.expand(len(y), -1)
        share = self.mixture.log_responsibilities(y)
        if self.cross is not None:
            chance, mean, variance = self.cross
            inner = log_densities(y, mean, variance).unflatten(1, chance.shape) + chance
            share = (share[..., None] + inner.log_softmax(2)).flatten(1)
        return share.exp() @ self.biases


def power_of_two(*values: Tensor) -> float:
    """The largest power of two that is not above the largest number; 1 for zeros.

    To divide by it rounds nothing, and afterwards squares neither vanish nor overflow.

    Raises:
        ValueError: a number is not finite.

    >>> power_of_two(torch.tensor([3.0, -5.0]))
    4.0
    """
    parts = [real("values", part, finite=False).detach() for part in values]
    ends = [float(end) for part in parts if part.numel() for end in part.aminmax()]
    if not all(map(math.isfinite, ends)):
        for part in parts:
            real("values", part)  # says which number
    largest = max(map(abs, ends), default=0.0)
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest else 1.0


def fit_mixture(
    x: Tensor,
    components: int,
    generator: torch.Generator,
    *,
    variance_floor: float = 0.01,
) -> DiagonalGMM:
    """The better of two fits of a mixture, by the density of what it was fitted to.

    Args:
        x: (N, D).
        components: K, at most N.
        generator: a CPU generator, of the starts.
        variance_floor: as in `support.models.gmm.DiagonalGMM`.

    Raises:
        ValueError: as in `support.models.gmm.DiagonalGMM.fit`, or an option is none.
    """
    x = real("x", x)
    whole("components", components)
    number("variance_floor", variance_floor, least=0)
    _is_generator(generator)
    best, height = None, -torch.inf
    for _ in range(_STARTS):
        mixture = DiagonalGMM(components, x.shape[-1], variance_floor=variance_floor)
        reached = mixture.fit(x, generator=generator)[-1]
        if best is None or reached > height:
            best, height = mixture, reached
    assert best is not None
    return best


def _is_generator(generator: torch.Generator) -> None:
    if not isinstance(generator, torch.Generator):
        raise ValueError(
            f"generator: got {type(generator).__name__}; give a torch.Generator"
        )


def _means(share: Tensor, values: Tensor, fallback: Tensor) -> Tensor:
    """Means of (N, D) under weights (N, C); an empty cluster has the fallback."""
    total = share.sum(0)[:, None]
    mean = share.T @ values / total.clamp_min(_EMPTY)
    return torch.where(total > _EMPTY, mean, fallback)


def _spreads(share: Tensor, y: Tensor, about: Tensor, fallback: Tensor) -> Tensor:
    """Mean squares of (N, D) values about a point of each cluster; see `_means`."""
    total = share.sum(0)[:, None]
    mean = moments(y, share, about)[1] / total.clamp_min(_EMPTY)
    return torch.where(total > _EMPTY, mean, fallback)
