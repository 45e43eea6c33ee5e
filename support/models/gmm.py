r"""Gaussian mixtures with diagonal covariances: an alignment without order."""

import math

import torch
from torch import Tensor, nn

__all__ = ["DiagonalGMM"]

# Entries (frames x components) of one block: 64 MB of float64.
_BLOCK = 2**23
# Where frames do not differ at all, a density still has to be finite.
_LEAST_VARIANCE = 1e-12


class DiagonalGMM(nn.Module):
    r"""A sum of K Gaussians: $p(\mathbf x)=\sum_kw_k\,\mathcal N(\mu_k,\sigma_k^2)$.

    Args:
        components: K.
        features: D of a frame.
        variance_floor: least variance, as a share of the whole data's.

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
            ValueError: shape, NaN, or fewer frames than components.
        """
        self._check(x)
        if len(x) < self.components:
            raise ValueError(
                f"x: got {len(x)} frames for {self.components} components; give at "
                "least as many"
            )
        self.to(x.device)
        whole = x.double().var(0, correction=0)
        self.mean = self._apart(x, whole, generator)
        self.variance = (
            whole.clamp_min(_LEAST_VARIANCE).expand(self.components, -1).clone()
        )
        self.log_weight = torch.full_like(self.log_weight, -math.log(self.components))
        trace = [self.update(x) for _ in range(iterations)]
        return [*trace, float(self.log_density(x).mean())]

    def update(self, x: Tensor) -> float:
        """Do one iteration of EM from the present parameters.

        Args:
            x: (n, D) frames.

        Returns:
            Mean log-likelihood a frame before it.

        Raises:
            ValueError: shape or NaN.
        """
        self._check(x)
        self.to(x.device)
        floor = self.variance_floor * x.double().var(0, correction=0)
        floor = floor.clamp_min(_LEAST_VARIANCE)
        count = self.log_weight.new_zeros(self.components)
        first, second = torch.zeros_like(self.mean), torch.zeros_like(self.mean)
        total = 0.0
        for part in x.split(max(1, _BLOCK // self.components)):
            joint, part = self._joint(part), part.double()
            density = joint.logsumexp(1)
            share = (joint - density[:, None]).exp()
            count += share.sum(0)
            first += share.T @ part
            second += share.T @ part.square()
            total += float(density.sum())
        # A component that has lost its frames keeps its place.
        alive = count > 1e-8
        safe = torch.where(alive, count, 1)[:, None]
        mean = torch.where(alive[:, None], first / safe, self.mean)
        spread = torch.maximum(second / safe - mean.square(), floor)
        self.variance = torch.where(alive[:, None], spread, self.variance)
        self.mean = mean
        self.log_weight = (count / len(x)).clamp_min(1e-300).log()
        return total / len(x)

    def log_density(self, x: Tensor) -> Tensor:
        r"""$\log p(\mathbf x)$ of frames (..., D), as (...) float64."""
        return self._joint(x).logsumexp(-1)

    def log_responsibilities(self, x: Tensor) -> Tensor:
        r"""Logarithm of $\gamma_k=w_kb_k/\sum_jw_jb_j$ of frames (..., D), (..., K)."""
        return self._joint(x).log_softmax(-1)

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
        real = torch.arange(x.shape[1], device=x.device) < frames[:, None]
        self._check(x[real])
        shares = x.new_zeros(*x.shape[:2], self.components)
        total = self.log_weight.new_zeros(len(x))
        step = max(1, _BLOCK // (self.components * max(1, x.shape[1])))
        for rows in torch.arange(len(x), device=x.device).split(step):
            mask = real[rows]
            joint = self._joint(torch.where(mask[..., None], x[rows], 0))
            density = joint.logsumexp(2)
            share = (joint - density[..., None]).exp() * mask[..., None]
            shares[rows] = share.to(x)
            total[rows] = (density * mask).sum(1)
        return shares, total

    def _joint(self, x: Tensor) -> Tensor:
        """Log of weight times density, (..., K) float64."""
        x, precision = x.double(), 1 / self.variance
        constant = self.mean.square() * precision + (2 * math.pi / precision).log()
        linear = x @ (self.mean * precision).T
        return (
            linear - (x.square() @ precision.T + constant.sum(1)) / 2 + self.log_weight
        )

    def _apart(self, x: Tensor, scale: Tensor, draw: torch.Generator) -> Tensor:
        """Draw frames far from each other in units of the data's deviation."""
        x = x.double()
        unit = x / scale.clamp_min(_LEAST_VARIANCE).sqrt()
        chosen = [int(torch.randint(len(x), (), generator=draw))]
        away = (unit - unit[chosen[0]]).square().sum(1)
        for _ in range(self.components - 1):
            odds = away.cumsum(0)
            if float(odds[-1]) > 0:
                at = float(torch.rand((), generator=draw)) * odds[-1]
                row = min(int(torch.searchsorted(odds, at)), len(x) - 1)
            else:  # all frames are alike
                row = int(torch.randint(len(x), (), generator=draw))
            chosen.append(row)
            away = torch.minimum(away, (unit - unit[row]).square().sum(1))
        return x[chosen].clone()

    def _check(self, x: Tensor) -> None:
        if x.ndim != 2 or x.shape[1] != self.features:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give (n, {self.features}) frames"
            )
        if not torch.isfinite(x).all():
            raise ValueError("x: holds NaN or infinite features; leave them out")
