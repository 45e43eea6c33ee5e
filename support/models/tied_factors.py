r"""A network whose hidden layers see a factor of the speaker and one of the recording.

A frame in state $q$ of recording $h$ of speaker $s$ comes from

$$h^1=\tanh(e_q+V_1^\top y_s+U_1^\top x_h),\quad
h^2=\tanh(W_2h^1+b_2+V_2^\top y_s+U_2^\top x_h),\quad
\phi=[h^2;1],\quad\mathbf o\sim\mathcal N(B^\top\phi,\Sigma)$$

with $y_s,x_h\sim\mathcal N(0,I)$, tied over all frames of a speaker and of a recording.
"""

import math
from copy import deepcopy

import torch
from torch import Tensor, nn

from support.arrays import classes, real
from support.models.frame_statistics import Statistics
from support.models.tied_inference import check_factors, check_states, symmetric
from support.scalars import number, whole

__all__ = ["TiedFactorNetwork", "centre", "map_last_layer"]

_RIDGE = 1e-3
_APART = 1e-6  # of its deviation, that a factor must keep beside the others


def map_last_layer(
    phi: Tensor, statistics: Statistics, last: Tensor, prior: Tensor, model: Tensor
) -> Tensor:
    r"""Adapt a layer of linear regression to what was seen, in closed form (MAP).

    With the prior $B\sim\mathcal{MN}(B_0,\Lambda_0^{-1},\Sigma)$,

    $$\hat B=(\Lambda_0+\Phi^\top\Phi)^{-1}(\Lambda_0B_0+\Phi^\top O),\qquad
    \Phi^\top\Phi=\sum_{h,q}N_{hq}\phi_{hq}\phi_{hq}^\top,\quad
    \Phi^\top O=\sum_{h,q}\phi_{hq}F_{hq}^\top$$

    Args:
        phi: (n, Q, K) inputs of the layer in each state of n recordings.
        statistics: of the recordings.
        last: $B_0$, (K, D).
        prior: $\Lambda_0$, (K, K) positive definite, in frames.
        model: (n,) integers from 0, whose recording it is.

    Returns:
        (G, K, D) float64, one layer a model.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or the prior is not
            symmetric and positive definite.

    Source: Miguel et al., arXiv 1812.11946 (the idea); Minka, Bayesian linear
    regression, 2000.

    >>> one = Statistics(*(torch.full(s, v).double() for s, v in
    ...                    (((1, 1), 4.0), ((1, 1, 1), 10.0), ((1, 1, 1), 30.0))))
    >>> unit = torch.ones(1, 1)  # (10 + 4) / (4 + 4)
    >>> found = map_last_layer(unit[None], one, unit, 4 * unit, torch.tensor([0]))
    >>> round(found.item(), 6)
    1.75
    """
    phi = real("phi", phi).double()
    last = real("last", last, like=phi).double()
    prior = real("prior", prior, like=phi).double()
    model = classes("model", model, like=phi)
    N, F = (real(name, getattr(statistics, name)).to(phi) for name in "NF")
    K, D = last.shape if last.ndim == 2 else (-1, -1)
    if phi.shape != (*N.shape, K) or F.shape[2] != D or model.shape != N.shape[:1]:
        raise ValueError(
            f"phi, statistics, last, model: got shapes {tuple(phi.shape)}, "
            f"{tuple(F.shape)}, {tuple(last.shape)}, {tuple(model.shape)}; give "
            "(n, Q, K), (n, Q, D), (K, D), (n,)"
        )
    if (
        prior.shape != (K, K)
        or not symmetric(prior)
        or int(torch.linalg.cholesky_ex(prior).info)
    ):
        raise ValueError(
            f"prior: got shape {tuple(prior.shape)}; give a symmetric, positive "
            f"definite ({K}, {K}), such as a multiple of the unit matrix"
        )
    count = int(model.max()) + 1 if len(model) else 0
    squares = (N[..., None] * phi).mT @ phi
    products = phi.mT @ F
    left = prior.expand(count, K, K).clone().index_add_(0, model, squares)
    right = (prior @ last).expand(count, K, D).clone().index_add_(0, model, products)
    return torch.cholesky_solve(right, torch.linalg.cholesky(left))


class TiedFactorNetwork(nn.Module):
    """Means of states as a network of two hidden layers that factors enter.

    Args:
        states: S, of all phrases together.
        features: D of a frame.
        speaker_factors: $R_y$, at least 0.
        session_factors: $R_x$, at least 0.
        hidden: H units of each layer.

    Raises:
        ValueError: a size is out of range.

    First weights come from torch's global generator, as those of torch's own layers;
    see `support.training.seeded_init`.

    >>> network = TiedFactorNetwork(4, 3, 2, 1, 8)
    >>> network.mean(torch.tensor([[0, 1]]), torch.zeros(1, 2), torch.zeros(1, 1)).shape
    torch.Size([1, 2, 3])
    """

    spread: Tensor

    def __init__(
        self,
        states: int,
        features: int,
        speaker_factors: int,
        session_factors: int,
        hidden: int,
    ) -> None:
        super().__init__()
        states, features = whole("states", states), whole("features", features)
        self.speaker_factors = whole("speaker_factors", speaker_factors, 0)
        self.session_factors = whole("session_factors", session_factors, 0)
        H, R = whole("hidden", hidden), self.speaker_factors + self.session_factors

        def drawn(size: float, *shape: int) -> nn.Parameter:
            return nn.Parameter(size * torch.randn(shape))

        self.embedding = drawn(0.8, states, H)
        self.enter_first = drawn(0.3, R, H)  # V_1 above U_1
        self.weight = drawn(1 / math.sqrt(H), H, H)
        self.bias = nn.Parameter(torch.zeros(H))
        self.enter_second = drawn(0.1, R, H)
        self.last = drawn(1 / math.sqrt(H), H + 1, features)
        self.log_noise = nn.Parameter(torch.zeros(features))
        self.register_buffer("spread", torch.full((H + 1, H + 1), math.nan))

    @property
    def noise(self) -> Tensor:
        """(D,) variances of a frame about its state's mean."""
        return self.log_noise.exp()

    @property
    def states(self) -> int:
        """S, of all phrases together."""
        return len(self.embedding)

    def features(self, state: Tensor, y: Tensor, x: Tensor) -> Tensor:
        r"""Inputs $\phi$ of the last layer, (n, Q, H + 1).

        Args:
            state: (n, Q) integers in [0, S).
            y: (n, Ry) factors of the recordings' speakers.
            x: (n, Rx) factors of the recordings.

        Raises:
            ValueError: shapes do not fit, or a state is out of range.
        """
        state = self._checked(state, y, x)
        second = self._layers(state, y, x)[1]
        return nn.functional.pad(second, (0, 1), value=1.0)

    def mean(
        self, state: Tensor, y: Tensor, x: Tensor, adapted: Tensor | None = None
    ) -> Tensor:
        r"""$B^\top\phi$, (n, Q, D), with (n, H + 1, D) of `adapt` in place of B.

        Factors of another float type are taken in that of the weights.
        """
        return self.features(state, y, x) @ (self.last if adapted is None else adapted)

    def jacobian(
        self,
        state: Tensor,
        y: Tensor,
        x: Tensor,
        adapted: Tensor | None = None,
        held: int = 0,
    ) -> Tensor:
        r"""Derivatives of `mean` by $[y;x]$ but the first ``held``, (n, Q, D, R)."""
        first, second = self._layers(self._checked(state, y, x), y, x)
        # h^1 moves by (1 - h^1^2) V_1, and h^2 by what comes through it and besides
        inner = (1 - first.square())[:, :, None] * self.enter_first[held:]
        outer = inner @ self.weight + self.enter_second[held:]  # (n, Q, R, H)
        outer = (1 - second.square())[:, :, None] * outer
        last = self.last[:-1] if adapted is None else adapted[:, None, :-1]
        return (outer @ last).mT

    def adapt(
        self,
        statistics: Statistics,
        state: Tensor,
        model: Tensor,
        y: Tensor,
        x: Tensor,
        strength: float,
    ) -> Tensor:
        r"""MAP of the last layer for each model, $\Lambda_0=rSC$; see `map_last_layer`.

        $C$ is the mean of $\phi\phi^\top$ over the background's frames (see
        `measure_spread`).  Were $\phi$ the one-hot code of S equally long states, this
        would be $rI$, and $r$ the relevance of `relevance_map`.

        Args:
            statistics: of the n recordings of G models.
            state: (n, Q).
            model: (n,) integers from 0.
            y: (G, Ry).
            x: (n, Rx).
            strength: $r>0$, frames of each state that the prior is worth.

        Returns:
            (G, H + 1, D), in place of the last layer.

        Raises:
            ValueError: as `map_last_layer`, the strength is not above 0, or the
                background's spread was never measured.
        """
        if self.spread.isnan().any():
            raise ValueError("spread: not known; call measure_spread first")
        frames = number("strength", strength, above=0) * len(self.embedding)
        prior = frames * self.spread
        phi = self.features(check_states(statistics, state), y[model], x)
        last = self.last.detach()
        return map_last_layer(phi.detach(), statistics, last, prior, model).to(last)

    @torch.no_grad()
    def measure_spread(
        self, statistics: Statistics, state: Tensor, y: Tensor, x: Tensor
    ) -> None:
        r"""Set $C$, the mean of $\phi\phi^\top$ over all frames, plus $10^{-3}I$.

        Args:
            statistics: of the n recordings of the background.
            state: (n, Q).
            y: (n, Ry) factors of their speakers.
            x: (n, Rx).
        """
        phi = self.features(check_states(statistics, state), y, x)
        N = statistics.N.to(phi)
        total = ((N[..., None] * phi).mT @ phi).sum(0) / N.sum()
        self.spread = total + _RIDGE * torch.eye(len(total)).to(total)

    def _checked(self, state: Tensor, y: Tensor, x: Tensor) -> Tensor:
        sizes = self.speaker_factors, self.session_factors
        return check_factors(state, y, x, self.states, sizes)

    def _layers(self, state: Tensor, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        z = torch.cat([y, x], dim=1).to(self.bias)
        first = (self.embedding[state] + (z @ self.enter_first)[:, None]).tanh()
        inside = first @ self.weight + self.bias
        return first, (inside + (z @ self.enter_second)[:, None]).tanh()


@torch.no_grad()
def centre(
    network: TiedFactorNetwork, y: Tensor, x: Tensor, *, scale: bool = True
) -> tuple[TiedFactorNetwork, Tensor, Tensor]:
    r"""Bring found factors to mean 0 and covariance I; the network changes along.

    The means are folded into $e_q$ and $b_2$; then $y\leftarrow L^{-1}(y-\bar y)$ and
    $V_i\leftarrow L^\top V_i$ with $LL^\top$ the covariance of $y$, and likewise for
    $x$.  No mean of any recording changes; what a factor of 0 stands for does.

    Args:
        network: whose factors they are; it stays as it is.
        y: (speakers, Ry).
        x: (n, Rx).
        scale: False leaves out $L$, so that the factors keep their covariance.

    Returns:
        A new network, and the new factors.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or a factor does not
            vary or is a combination of the others.
    """
    sizes = network.speaker_factors, network.session_factors
    made, found, begin = deepcopy(network), [], 0
    for name, values, size in (("y", y, sizes[0]), ("x", x, sizes[1])):
        values = real(name, values)
        if values.ndim != 2 or values.shape[1] != size or not len(values):
            raise ValueError(
                f"{name}: got shape {tuple(values.shape)}; give (n, {size}), n at "
                "least 1"
            )
        rows = slice(begin, begin + size)
        begin += size
        exact = values.double()
        mean = exact.mean(0)
        away = exact - mean
        unit = away.abs().amax(0)  # each factor's own, so that all squares fit
        parts = away / unit.where(unit > 0, 1.0)
        covariance = parts.T @ parts / len(parts)
        L, failed = torch.linalg.cholesky_ex(covariance)
        rounding = 8 * torch.finfo(values.dtype).eps * exact.abs().amax(0)
        apart = L.diagonal() > _APART * covariance.diagonal().sqrt()
        if int(failed) or not bool((apart & (unit > rounding)).all()):
            raise ValueError(
                f"{name}: the covariance of {len(values)} factors of size {size} has "
                "no inverse; give more of them, or a network with fewer factors"
            )
        L = unit[:, None] * L if scale else torch.eye(size).to(away)
        own = mean.to(network.bias)
        made.embedding.add_(own @ network.enter_first[rows])
        made.bias.add_(own @ network.enter_second[rows])
        for enter in (made.enter_first, made.enter_second):
            enter[rows] = L.T.to(enter) @ enter[rows]
        new = torch.linalg.solve_triangular(L, away.T, upper=False).T
        found.append(new.to(network.bias))
    return made, found[0], found[1]
