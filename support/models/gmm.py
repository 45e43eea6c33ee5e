r"""Gaussian mixtures with diagonal covariances: an alignment without order."""

import math

import torch
from torch import Tensor, nn

from support.arrays import classes, real
from support.models.gaussians import far_off, floors, log_densities, moments

__all__ = ["DiagonalGMM"]

# Entries (frames x components) of one block: what a processor keeps near at hand.
_BLOCK = 2**16


class DiagonalGMM(nn.Module):
    r"""A sum of K Gaussians: $p(\mathbf x)=\sum_kw_k\,\mathcal N(\mu_k,\sigma_k^2)$.

    Args:
        components: K.
        features: D of a frame.
        variance_floor: least variance, as a share of the whole data's.  A feature that
            does not vary at all tells nothing, and has variance 1.

    Raises:
        ValueError: a size is below 1 or the floor is negative.

    Source: Reynolds & Rose, Robust text-independent speaker identification using
    Gaussian mixture speaker models, 1995.

    >>> gmm = DiagonalGMM(2, 1)
    >>> x = torch.tensor([[0.0], [0.2], [9.0], [9.2]])
    >>> trace = gmm.fit(x, generator=torch.Generator().manual_seed(0))
    >>> (gmm.log_responsibilities(x).exp().amax(1) > 0.99).all().item()
    True
    """

    log_weight: Tensor
    mean: Tensor
    variance: Tensor

    def __init__(
        self, components: int, features: int, *, variance_floor: float = 0.01
    ) -> None:
        super().__init__()
        if min(components, features) < 1 or not variance_floor >= 0:
            raise ValueError(
                f"components, features, variance_floor: got {components}, {features}, "
                f"{variance_floor}; give at least 1, 1 and 0"
            )
        self.components, self.features = components, features
        self.variance_floor = variance_floor
        start = -math.log(components)
        self.register_buffer("log_weight", torch.full((components,), start).double())
        self.register_buffer("mean", torch.zeros(components, features).double())
        self.register_buffer("variance", torch.ones(components, features).double())

    def fit(
        self, x: Tensor, *, generator: torch.Generator, iterations: int = 20
    ) -> list[float]:
        """Fit by EM, from well separated frames as means and the data's variance.

        Args:
            x: (n, D) frames, n at least K; take padding out before.
            generator: of the draw of the first means (k-means++).
            iterations: of EM.

        Returns:
            Mean log-likelihood a frame before every iteration and after the last;
            it never falls but for rounding.

        Raises:
            ValueError: shape, a number that is not finite, or fewer frames than
                components.
        """
        x = self._frames(x).double()
        if len(x) < self.components:
            raise ValueError(
                f"x: got {len(x)} frames for {self.components} components; give at "
                "least as many"
            )
        self.to(x.device)
        mean = x[0] + (x - x[0]).mean(0)  # of equal frames exactly those
        whole = (x - mean).square().mean(0)
        start = torch.maximum(whole, floors(mean, whole, self.variance_floor)[1])
        self.mean = x[self._apart((x - mean) / start.sqrt(), generator)]
        self.variance = start.expand(self.components, -1).clone()
        self.log_weight = torch.full_like(self.log_weight, -math.log(self.components))
        trace = [self._step(x) for _ in range(iterations)]
        return [*trace, float(self.log_density(x).mean())]

    def update(self, x: Tensor) -> float:
        """Do one iteration of EM from the present parameters.

        Args:
            x: (n, D) frames.

        Returns:
            Mean log-likelihood a frame before it.

        Raises:
            ValueError: shape, no frame, or a number that is not finite.
        """
        x = self._frames(x).double()
        if not len(x):
            raise ValueError("x: got no frame; give at least one")
        self.to(x.device)
        return self._step(x)

    def _step(self, x: Tensor) -> float:
        centre = (self.log_weight.exp() @ self.mean)[None]
        total, count, first, second = self._gather(x, centre)
        # A component that has lost its frames keeps its place.
        alive = (count > 1e-8)[:, None]
        safe = torch.where(alive, count[:, None], 1)
        shift = first / safe
        mean = torch.where(alive, centre + shift, self.mean)
        spread = second / safe - shift.square()
        middle, whole = _together(count, mean, spread)
        varies, floor = floors(middle, whole, self.variance_floor)
        lost = far_off(shift, spread) | far_off(middle - centre, whole)
        if bool((lost & varies & alive).any()):  # anew, each about its own mean
            _, _, first, second = self._gather(x, mean)
            spread = second / safe - (first / safe).square()
            middle, whole = _together(count, mean, spread)
            varies, floor = floors(middle, whole, self.variance_floor)
        spread = torch.maximum(spread, floor)
        self.variance = torch.where(alive, spread, self.variance)
        self.mean = mean
        self.log_weight = (count / len(x)).clamp_min(1e-300).log()
        return total / len(x)

    def _gather(self, x: Tensor, about: Tensor) -> tuple[float, Tensor, Tensor, Tensor]:
        """Log-likelihood, and each component's count and moments about some points."""
        count = self.log_weight.new_zeros(self.components)
        first, second = torch.zeros_like(self.mean), torch.zeros_like(self.mean)
        total = 0.0
        for part in x.split(max(1, _BLOCK // self.components)):
            joint = self._joint(part)
            highest = joint.amax(1, keepdim=True)
            share = joint.sub_(highest).exp_()
            density = share.sum(1, keepdim=True)
            share /= density
            total += float(density.log_().sum() + highest.sum())
            count += share.sum(0)
            found = moments(part, share, about)
            first += found[0]
            second += found[1]
        return total, count, first, second

    def log_density(self, x: Tensor) -> Tensor:
        r"""$\log p(\mathbf x)$ of frames (..., D), as (...) float64.

        Raises:
            ValueError: another width than D, or a number that is not finite.
        """
        return self._joint(self._wide(x)).logsumexp(-1)

    def log_responsibilities(self, x: Tensor) -> Tensor:
        r"""Logarithm of $\gamma_k=w_kb_k/\sum_jw_jb_j$ of frames (..., D), (..., K).

        Raises:
            ValueError: as `log_density`.
        """
        return self._joint(self._wide(x)).log_softmax(-1)

    @torch.no_grad()
    def align(self, x: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Say to which component each frame belongs, as `PhraseHMM.align` does.

        Args:
            x: (N, T, D) features.
            frames: (N,) real frames of each.

        Returns:
            Responsibilities (N, T, K) of the type of ``x``, rows of padding 0; and
            log-likelihoods (N,) float64.

        Raises:
            ValueError: shapes disagree, a length is not 1 to T, or a real frame is
                not finite.
        """
        x = real("x", x, finite=False)  # padding may be NaN
        frames = classes("frames", frames, like=x)
        if x.ndim != 3 or frames.shape != x.shape[:1]:
            raise ValueError(
                f"x, frames: got shapes {tuple(x.shape)} and {tuple(frames.shape)}; "
                "give (N, T, D) and (N,)"
            )
        if len(x) and not 1 <= int(frames.min()) <= int(frames.max()) <= x.shape[1]:
            raise ValueError(
                f"frames: got {int(frames.min())} to {int(frames.max())}; give 1 to "
                f"{x.shape[1]}"
            )
        mask = torch.arange(x.shape[1], device=x.device) < frames[:, None]
        self._frames(x[mask])
        shares = x.new_zeros(*x.shape[:2], self.components)
        total = self.log_weight.new_zeros(len(x))
        step = max(1, _BLOCK // (self.components * max(1, x.shape[1])))
        for rows in torch.arange(len(x), device=x.device).split(step):
            kept = mask[rows]
            joint = self._joint(torch.where(kept[..., None], x[rows], 0))
            density = joint.logsumexp(2)
            share = (joint - density[..., None]).exp() * kept[..., None]
            shares[rows] = share.to(x)
            total[rows] = (density * kept).sum(1)
        return shares, total

    def _joint(self, x: Tensor) -> Tensor:
        """Log of weight times density, (..., K) float64."""
        return log_densities(x, self.mean, self.variance).add_(self.log_weight)

    def _apart(self, unit: Tensor, draw: torch.Generator) -> list[int]:
        """Draw rows far from each other."""
        chosen = [int(torch.randint(len(unit), (), generator=draw))]
        away = (unit - unit[chosen[0]]).square().sum(1)
        for _ in range(self.components - 1):
            odds = away.cumsum(0)
            if float(odds[-1]) > 0:
                at = float(torch.rand((), generator=draw)) * odds[-1]
                row = min(int(torch.searchsorted(odds, at)), len(unit) - 1)
            else:  # all frames are alike
                row = int(torch.randint(len(unit), (), generator=draw))
            chosen.append(row)
            away = torch.minimum(away, (unit - unit[row]).square().sum(1))
        return chosen

    def _frames(self, x: Tensor) -> Tensor:
        x = self._wide(x)
        if x.ndim != 2:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give (n, {self.features}) frames"
            )
        return x

    def _wide(self, x: Tensor) -> Tensor:
        x = real("x", x)
        if not x.ndim or x.shape[-1] != self.features:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give frames (..., {self.features})"
            )
        return x


def _together(count: Tensor, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of all frames, (D,), from those of the components."""
    weight = count / count.sum()
    middle = weight @ mean
    return middle, weight @ (variance + (mean - middle).square())
