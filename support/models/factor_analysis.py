r"""Joint factor analysis: means of states that move linearly with hidden factors.

$$\mathbf o_t\sim\mathcal N(\mathbf m_q+V_q\mathbf y_s+U_q\mathbf x_h,\ \Sigma),\qquad
\mathbf y_s,\mathbf x_h\sim\mathcal N(0,I)$$

for a frame in state $q$ of recording $h$ of speaker $s$.  Without speaker factors it is
the model of i-vectors; without any factor, of adapted means.
"""

import torch
from torch import Tensor

from support.arrays import classes, real
from support.models.frame_statistics import Statistics
from support.models.tied_inference import (
    TiedPosterior,
    check_factors,
    check_offset,
    check_states,
    log_likelihood,
    tied_posterior,
)
from support.scalars import number, whole

__all__ = ["JointFactorAnalysis", "state_means"]

_START = 0.1  # deviation of the first loadings, in deviations of the frames
_LEAST_VARIANCE = 1e-6  # of a feature's variance about the means of the states
_AT_ONCE = 512


def state_means(statistics: Statistics, state: Tensor, states: int) -> Tensor:
    r"""Mean frame of each state over all recordings, $\sum_hF_{hq}/\sum_hN_{hq}$.

    Args:
        statistics: of n recordings.
        state: (n, Q) integers in [0, states).
        states: S, how many there are.

    Returns:
        (S, D) float64.

    Raises:
        ValueError: a state has no frame, or shapes do not fit.
    """
    state = check_states(statistics, state, whole("states", states)).flatten()
    count = statistics.N.new_zeros(states).index_add(0, state, statistics.N.flatten())
    if not (count > 0).all():
        empty = (count <= 0).nonzero()[:, 0].tolist()
        raise ValueError(f"state: {empty[:5]} have no frame; give recordings of them")
    F = statistics.F.flatten(0, 1)
    total = F.new_zeros(states, F.shape[1]).index_add(0, state, F)
    return total / count[:, None]


class JointFactorAnalysis:
    r"""Joint factor analysis with fixed alignments, fitted by EM in float64.

    Args:
        mean: (S, D) means of the states, which stay.
        speaker_factors: $R_y$, at least 0.
        session_factors: $R_x$, at least 0.

    Raises:
        ValueError: no means, or a number of factors below 0.

    After `fit`: ``loadings`` $[V_q\,U_q]$, (S, D, Ry + Rx), and ``noise``, (D,).

    Source: Kenny, Joint factor analysis of speaker and session variability, 2005.

    >>> jfa = JointFactorAnalysis(torch.zeros(1, 1), 1, 0)
    >>> jfa.loadings, jfa.noise = torch.ones(1, 1, 1).double(), torch.ones(1).double()
    >>> one = Statistics(*(torch.full(s, v).double() for s, v in
    ...                    (((1, 1), 4.0), ((1, 1, 1), 6.0), ((1, 1, 1), 30.0))))
    >>> first = torch.zeros(1, 1, dtype=torch.long)
    >>> jfa.posterior(one, first, first[0]).speaker.item()  # 6 / (1 + 4)
    1.2
    """

    def __init__(
        self, mean: Tensor, speaker_factors: int, session_factors: int
    ) -> None:
        mean = real("mean", mean).detach().double()
        if mean.ndim != 2 or not mean.numel():
            raise ValueError(f"mean: got shape {tuple(mean.shape)}; give (S, D)")
        self.speaker_factors = whole("speaker_factors", speaker_factors, 0)
        self.session_factors = whole("session_factors", session_factors, 0)
        self.centre = mean
        factors = self.speaker_factors + self.session_factors
        self.loadings = mean.new_zeros(*mean.shape, factors)
        self.noise = torch.ones_like(mean[0])

    @property
    def states(self) -> int:
        """S, of all phrases together."""
        return len(self.centre)

    def fit(
        self,
        statistics: Statistics,
        state: Tensor,
        speaker: Tensor,
        *,
        iterations: int = 20,
        generator: torch.Generator,
    ) -> list[float]:
        r"""Fit loadings and noise by EM; the likelihood never falls but for rounding.

        With $\tilde F_q=F_q-N_qm_q$ and the moments of $z=[y;x]$ under the posterior,

        $$L_q=\Big(\sum_h\tilde F_{hq}\mathbb E[z_h]^\top\Big)
        \Big(\sum_hN_{hq}\mathbb E[z_hz_h^\top]\Big)^{-1}$$

        and $\Sigma$ is what is left over, $\sum(\tilde S_q-\mathrm{diag}\,L_q
        \mathbb E[z]\tilde F_q^\top)/\sum N_q$, at least a millionth of what it is
        without factors.  Both lose their digits where features have a large offset:
        take it off before `baum_welch`.

        Args:
            statistics: of n recordings.
            state: (n, Q) integers in [0, S).
            speaker: (n,) integers from 0.
            iterations: of EM, at least 1.
            generator: draws the first loadings, on the CPU.

        Returns:
            Log-likelihood a frame with the factors integrated out, before each
            iteration and after the last.

        Raises:
            ValueError: shapes do not fit, a number is not finite, a state has no
                frame, a feature is constant or its offset too large (see
                `check_offset`), or there is no generator.
        """
        state, speaker = self._checked(statistics, state, speaker)
        if not isinstance(generator, torch.Generator):
            raise ValueError(f"generator: got {generator!r}; give a torch.Generator")
        seen = statistics.N.new_zeros(len(self.centre))
        seen.index_add_(0, state.flatten(), statistics.N.flatten())
        if not (seen > 0).all():
            empty = (seen <= 0).nonzero()[:, 0].tolist()
            raise ValueError(
                f"state: {empty[:5]} have no frame; give recordings of them"
            )
        moved = self._moved(statistics, state)
        every = statistics.N.sum()
        self.noise = moved.S.sum((0, 1)) / every
        check_offset(statistics, self.noise)
        least = _LEAST_VARIANCE * self.noise
        drawn = torch.randn(
            self.loadings.shape, generator=generator, dtype=torch.float64
        )
        self.loadings = _START * self.noise.sqrt()[:, None] * drawn.to(self.noise)
        trace = []
        for _ in range(whole("iterations", iterations)):
            found, value = self._seen(moved, state, speaker)
            trace.append(float(value / every))
            self._refit(moved, state, speaker, found, least)
        return [*trace, float(self._seen(moved, state, speaker)[1] / every)]

    def posterior(
        self, statistics: Statistics, state: Tensor, speaker: Tensor
    ) -> TiedPosterior:
        """Posterior of the factors of speakers and of recordings.

        Args:
            statistics: of n recordings.
            state: (n, Q) integers in [0, S).
            speaker: (n,) integers from 0.

        Returns:
            See `support.models.tied_inference.TiedPosterior`.

        Raises:
            ValueError: shapes do not fit, or a number is not finite.
        """
        state, speaker = self._checked(statistics, state, speaker)
        return self._seen(self._moved(statistics, state), state, speaker)[0]

    def mean(
        self, state: Tensor, y: Tensor, x: Tensor, adapted: Tensor | None = None
    ) -> Tensor:
        r"""$m_q+V_qy+U_qx$, with what `adapt` adds; (n, Q, D) float64."""
        sizes = self.speaker_factors, self.session_factors
        state = check_factors(state, y, x, self.states, sizes)
        z = torch.cat([y, x], dim=1).to(self.centre)[:, None, :, None]
        moved = self.centre[state] + (self.loadings[state] @ z)[..., 0]
        return moved if adapted is None else moved + adapted

    def jacobian(
        self,
        state: Tensor,
        y: Tensor,
        x: Tensor,
        adapted: Tensor | None = None,
        held: int = 0,
    ) -> Tensor:
        """The loadings of the states but the first ``held``, wherever y and x are."""
        return self.loadings[..., held:][state]

    def adapt(
        self,
        statistics: Statistics,
        state: Tensor,
        model: Tensor,
        y: Tensor,
        x: Tensor,
        strength: float,
    ) -> Tensor:
        r"""Relevance MAP of what the factors leave over (the term $D_qz$ of JFA).

        $$\delta_q=\frac{\sum_h\big(F_{hq}-N_{hq}\,\mu_q(y,x_h)\big)}{\sum_hN_{hq}+r}$$

        Args:
            statistics: of the n recordings of G models.
            state: (n, Q), the same row for all recordings of a model.
            model: (n,) integers from 0.
            y: (G, Ry).
            x: (n, Rx).
            strength: $r>0$, frames of a state that the prior is worth.

        Returns:
            (G, Q, D) to be added to the means.

        Raises:
            ValueError: the strength is not above 0, or shapes do not fit.
        """
        state, model = self._checked(statistics, state, model)
        strength = number("strength", strength, above=0)
        mean = self.mean(state, y[model], x)
        left = Statistics(
            statistics.N, statistics.F - statistics.N[..., None] * mean, statistics.S
        ).sum_by(model)
        return left.F / (left.N + strength)[..., None]

    def _checked(
        self, statistics: Statistics, state: Tensor, speaker: Tensor
    ) -> tuple[Tensor, Tensor]:
        state = check_states(statistics, state, len(self.centre))
        speaker = classes("speaker", speaker, like=statistics.F)
        if speaker.shape != state.shape[:1] or not len(speaker):
            raise ValueError(
                f"speaker: got shape {tuple(speaker.shape)} for {len(state)} "
                "recordings; give one each, and at least one recording"
            )
        if statistics.F.shape[2] != self.centre.shape[1]:
            raise ValueError(
                f"statistics: got {statistics.F.shape[2]} features; the means have "
                f"{self.centre.shape[1]}"
            )
        return state, speaker.to(state.device)

    def _moved(self, statistics: Statistics, state: Tensor) -> Statistics:
        """Statistics about the means of the states; squares below 0 are rounding."""
        N, F, S = (getattr(statistics, name).double() for name in "NFS")
        m = self.centre[state]
        squares = S - 2 * F * m + N[..., None] * m.square()
        return Statistics(N, F - N[..., None] * m, squares.clamp_min_(0))

    def _of_all_states(
        self, moved: Statistics, state: Tensor, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Counts (m, S) and sums (m, S D) of some recordings; 0 where not said."""
        S, D = self.centre.shape
        place, N, F = state[rows], moved.N[rows], moved.F[rows]
        N = N.new_zeros(len(rows), S).scatter_add_(1, place, N)
        place = place[..., None].expand_as(F)
        F = F.new_zeros(len(rows), S, D).scatter_add_(1, place, F)
        return N, F.flatten(1)

    def _seen(
        self, moved: Statistics, state: Tensor, speaker: Tensor
    ) -> tuple[TiedPosterior, Tensor]:
        """Posterior of all factors, and the log-likelihood without them."""
        weighed = self.loadings / self.noise[:, None]
        inside = self.loadings.mT @ weighed  # (S, R, R)
        A, b = [], []
        for rows in torch.arange(len(state), device=state.device).split(_AT_ONCE):
            N, F = self._of_all_states(moved, state, rows)
            A.append((N @ inside.flatten(1)).unflatten(1, inside.shape[1:]))
            b.append(F @ weighed.flatten(0, 1))
        found = tied_posterior(
            torch.cat(A), torch.cat(b), speaker, self.speaker_factors
        )
        alone = log_likelihood(moved, torch.zeros_like(moved.F[0]), self.noise)
        return found, alone.sum() + found.log_evidence.sum()

    def _refit(
        self,
        moved: Statistics,
        state: Tensor,
        speaker: Tensor,
        found: TiedPosterior,
        least: Tensor,
    ) -> None:
        z = torch.cat([found.speaker[speaker], found.session], dim=1)
        spread = torch.cat(
            [
                torch.cat([found.speaker_covariance[speaker], found.cross.mT], dim=2),
                torch.cat([found.cross, found.session_covariance], dim=2),
            ],
            dim=1,
        )
        square = spread.addcmul_(z[:, :, None], z[:, None])
        S, D, R = self.loadings.shape
        with_z, with_square = z.new_zeros(S, D, R), z.new_zeros(S, R, R)
        for rows in torch.arange(len(z), device=z.device).split(_AT_ONCE):
            N, F = self._of_all_states(moved, state, rows)
            with_z += (F.T @ z[rows]).view_as(with_z)
            with_square += (N.T @ square[rows].flatten(1)).view_as(with_square)
        self.loadings = torch.linalg.solve(with_square, with_z.mT).mT
        explained = (self.loadings * with_z).sum((0, 2))
        left = (moved.S.sum((0, 1)) - explained) / moved.N.sum()
        self.noise = left.clamp_min(least)
