r"""Left-to-right hidden Markov models: which frame belongs to which part of a phrase.

All utterances of all phrases are worked on at once; the only loop is over time.
Everything is in logarithms and float64.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from support.arrays import classes, real, tensor
from support.models.frame_statistics import Statistics, baum_welch
from support.models.gaussians import floors, log_densities
from support.models.pooling import check_frames, uniform_alignment

__all__ = ["PhraseHMM", "Posteriors", "forward_backward", "viterbi"]

NEVER = -1e30
"""Logarithm of an impossible event; differences of infinities would be NaN."""

VARIANCE_FLOOR = 0.05
MOST_GO_ON = 0.999
# Entries (utterances x frames x states) of one block: 64 MB of float64.
_BLOCK = 2**23


class Posteriors(NamedTuple):
    """What the forward-backward recursion finds.

    Args:
        gamma: (N, T, Q) probability of each state; rows of padding are 0.
        log_likelihood: (N,) of the utterance, paths ending in the last state.
    """

    gamma: Tensor
    log_likelihood: Tensor


def viterbi(
    log_emission: Tensor, frames: Tensor, log_stay: Tensor, log_next: Tensor
) -> Tensor:
    r"""Find the best path from the first to the last state, none skipped.

    $$\delta_t(q)=\log b_q(\mathbf x_t)+\max\{\delta_{t-1}(q)+\log a_{qq},\
    \delta_{t-1}(q-1)+\log a_{q-1,q}\}$$

    Args:
        log_emission: (N, T, Q) $\log b_q(\mathbf x_t)$; padding may hold anything.
        frames: (N,) real frames of each utterance; it ends there.
        log_stay: (N, Q) or (Q,) $\log a_{qq}$.
        log_next: (N, Q) or (Q,) $\log a_{q,q+1}$; that of the last is not used.

    Returns:
        (N, T) states, -1 on padding; a tie stays.  In float64, whatever the type of
        the emissions; memory is of order 4 N T Q numbers.

    Raises:
        ValueError: shapes disagree, an utterance has fewer frames than states or
            more than T, or an emission is not finite.

    >>> import torch
    >>> emission = torch.tensor([[[0.0, -9.0], [-1.0, -1.0], [-9.0, 0.0]]])
    >>> viterbi(emission, torch.tensor([3]), torch.zeros(2), torch.zeros(2))
    tensor([[0, 1, 1]])
    """
    emission, frames, mask, stay, go_on = _check(
        log_emission, frames, log_stay, log_next
    )
    length, count, states = emission.shape
    best, enter = _start(emission), _shifted(go_on)
    _walk(torch.maximum, best, emission, stay, enter)
    came = best[:-1, :, :-1] + enter > best[:-1, :, 1:] + stay
    came &= mask[1:, :, None]  # who has ended stands in the last state
    places = torch.arange(count * states, device=frames.device)
    before = (places - came.flatten(1).long()).unbind(0)  # whence each place is reached
    first = places[::states]
    path = frames.new_empty(length, count)
    path[-1] = first + states - 1
    rows = path.unbind(0)
    for t in range(length - 1, 0, -1):
        torch.take(before[t - 1], rows[t], out=rows[t - 1])
    return torch.where(mask, path - first, -1).T.contiguous()


def forward_backward(
    log_emission: Tensor, frames: Tensor, log_stay: Tensor, log_next: Tensor
) -> Posteriors:
    r"""Find how probable each state is at each time, over all paths to the last one.

    $$\alpha_t(q)=b_q(\mathbf x_t)[\alpha_{t-1}(q)a_{qq}+\alpha_{t-1}(q-1)a_{q-1,q}],
    \qquad\gamma_t(q)\propto\alpha_t(q)\beta_t(q)$$

    Args:
        log_emission: (N, T, Q) $\log b_q(\mathbf x_t)$.
        frames: (N,) real frames of each utterance; it ends there.
        log_stay: (N, Q) or (Q,) $\log a_{qq}$.
        log_next: (N, Q) or (Q,) $\log a_{q,q+1}$; that of the last is not used.

    Returns:
        See `Posteriors`; gamma of the type of ``log_emission``, at least float32, and
        the log-likelihood float64, in which all is computed: over thousands of frames
        float32 loses whole nats.  Memory is of order 4 N T Q numbers.

    Raises:
        ValueError: as `viterbi`.

    Source: Rabiner 1989, section III.A.

    >>> import torch
    >>> emission = torch.zeros(1, 3, 2)
    >>> half = torch.full((2,), 0.5).log()
    >>> forward_backward(emission, torch.tensor([3]), half, half).gamma[0, 1]
    tensor([0.5000, 0.5000])
    """
    kind = real("log_emission", log_emission, finite=False).dtype
    emission, frames, mask, stay, go_on = _check(
        log_emission, frames, log_stay, log_next
    )
    length, count, states = emission.shape
    alpha, enter = _start(emission), _shifted(go_on)
    _walk(torch.logaddexp, alpha, emission, stay, enter)
    alpha = alpha[:, :, 1:]
    total = alpha[frames - 1, torch.arange(count, device=frames.device), -1]
    ends = emission.new_full((states,), NEVER)
    ends[-1] = 0
    # as in `_start`, but nothing lies behind the last state
    after = emission.new_full((count, states + 1), NEVER)
    beta = ends.expand(count, states)
    ended = mask.roll(-1, 0).logical_not_()[..., None]
    for t in range(length - 2, -1, -1):
        alpha[t + 1] += beta  # alpha is not needed beyond here
        torch.add(beta, emission[t + 1], out=after[:, :-1])
        before = torch.logaddexp(after[:, :-1] + stay, after[:, 1:] + go_on)
        beta = torch.where(ended[t], ends, before)
    alpha[0] += beta
    gamma = torch.softmax(alpha, dim=2).mul_(mask[..., None])
    return Posteriors(gamma.transpose(0, 1).to(kind).contiguous(), total)


class PhraseHMM(nn.Module):
    r"""One left-to-right chain a phrase, a diagonal Gaussian a state.

    Every path begins in the first state, ends in the last at the utterance's own
    last frame, and skips none; it leaves each state but the last once.

    Args:
        phrases: P.
        states: Q of each.
        features: F of a frame.

    Raises:
        ValueError: a size is below 1.

    Source: Mingote et al., arXiv 1812.09484 (alignment by an HMM a phrase); the
    training's details are ours.

    >>> hmm = PhraseHMM(1, 2, 1)
    >>> x = torch.tensor([[[0.0], [0.1], [5.0], [5.1]]])
    >>> trace = hmm.fit(x, torch.tensor([4]), torch.tensor([0]), iterations=2)
    >>> hmm.align(x, torch.tensor([4]), torch.tensor([0]))[0][0].argmax(1)
    tensor([0, 0, 1, 1])
    """

    mean: Tensor
    variance: Tensor
    log_stay: Tensor
    log_next: Tensor

    def __init__(self, phrases: int, states: int, features: int) -> None:
        super().__init__()
        if min(phrases, states, features) < 1:
            raise ValueError(
                f"phrases, states, features: got {phrases}, {states}, {features}; "
                "give at least 1 each"
            )
        self.phrases, self.states, self.features = phrases, states, features
        shape = (phrases, states)
        self.register_buffer("mean", torch.zeros(*shape, features).double())
        self.register_buffer("variance", torch.ones(*shape, features).double())
        self.register_buffer("log_stay", torch.full(shape, math.log(0.5)).double())
        self.register_buffer("log_next", torch.full(shape, math.log(0.5)).double())

    def fit(
        self,
        x: Tensor,
        frames: Tensor,
        phrase: Tensor,
        *,
        iterations: int = 5,
        kind: str = "viterbi",
    ) -> list[float]:
        r"""Fit all chains, from utterances cut into equal parts.

        Means and variances are those of the frames of a state, variances at least
        .05 of the whole data's (1 where a feature does not vary at all: it tells
        nothing); $a_{q,q+1}$ is the utterances over the frames of
        the state, at most .999.

        Args:
            x: (N, T, F) features; padding may hold anything.
            frames: (N,) real frames of each.
            phrase: (N,) what was said, 0 to P - 1, every phrase at least once.
            iterations: how often utterances are aligned and models refitted.
            kind: ``viterbi`` (best path) or ``baum_welch`` (all paths).

        Returns:
            Log-likelihood a frame, of the best paths or of all, before each
            refit and after the last; it never falls but for rounding.

        Raises:
            ValueError: shapes disagree, a feature is not finite, a phrase is out of
                range or never said, an utterance is shorter than the states, or
                the kind is unknown.
        """
        if kind not in ("viterbi", "baum_welch"):
            raise ValueError(f"kind: got {kind!r}; give 'viterbi' or 'baum_welch'")
        x, frames, phrase, mask = self._check(x, frames, phrase)
        said = torch.bincount(phrase, minlength=self.phrases)
        if (said == 0).any():
            missing = (said == 0).nonzero()[:, 0].tolist()
            raise ValueError(
                f"phrase: no utterance of {missing}; give some, or fewer P"
            )
        self.to(x.device)
        every = x[mask].double()
        # of equal frames this is exactly their value; squares are taken about it
        self._centre = every[0] + (every - every[0]).mean(0)
        whole = (every - self._centre).square().mean(0)
        floor = floors(self._centre, whole, VARIANCE_FLOOR)[1]
        x = torch.where(mask[..., None], x, self._centre.to(x))  # padding may be NaN
        said_by = [(phrase == p).nonzero()[:, 0] for p in range(self.phrases)]
        A = uniform_alignment(frames, self.states, x.shape[1])
        self._refit([self._as_one(x[rows], A[rows]) for rows in said_by], said, floor)
        trace = []
        for done in range(iterations + 1):
            found = [
                self._seen(x, frames, phrase, rows, kind != "viterbi")
                for rows in said_by
            ]
            trace.append(sum(gained for _, gained in found) / int(frames.sum()))
            if done < iterations:
                self._refit([each for each, _ in found], said, floor)
        return trace

    @torch.no_grad()
    def align(
        self, x: Tensor, frames: Tensor, phrase: Tensor, *, soft: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Say of every frame in which state of a phrase it is.

        Args:
            x: (N, T, F) features.
            frames: (N,) real frames of each.
            phrase: (N,) whose chain; it need not be the phrase that was said.
            soft: probabilities over all paths in place of the best path.

        Returns:
            Alignment (N, T, Q) of the type of ``x``, rows of padding 0; and
            log-likelihoods (N,) float64, of the best path or of all.

        Raises:
            ValueError: shapes disagree, a feature is not finite, a phrase is out of
                range, or an utterance is shorter than the states.
        """
        x, frames, phrase, _ = self._check(x, frames, phrase)
        parts = [
            self._aligned(x[i], frames[i], phrase[i], soft)
            for i in self._blocks(torch.arange(len(x), device=x.device), x)
        ]
        if not parts:
            return x.new_zeros(0, x.shape[1], self.states), x.new_zeros(0).double()
        A, found = (torch.cat(column) for column in zip(*parts, strict=True))
        return A, found

    def log_emission(self, x: Tensor, phrase: Tensor) -> Tensor:
        r"""Log densities $\log b_q(\mathbf x_t)$, (N, T, Q) float64.

        Args:
            x: (N, T, F) features.
            phrase: (N,) whose chain.
        """
        return log_densities(x, self.mean[phrase], self.variance[phrase])

    def _aligned(
        self, x: Tensor, frames: Tensor, phrase: Tensor, soft: bool
    ) -> tuple[Tensor, Tensor]:
        real = torch.arange(x.shape[1], device=x.device) < frames[:, None]
        emission = self.log_emission(torch.where(real[..., None], x, 0), phrase)
        stay, go_on = self.log_stay[phrase], self.log_next[phrase]
        if soft:
            gamma, found = forward_backward(emission, frames, stay, go_on)
            return gamma.to(x), found
        path = viterbi(emission, frames, stay, go_on)
        chosen = path[..., None] == torch.arange(self.states, device=x.device)
        # Each state but the last is left once, and stayed in the rest of its time.
        moves = ((chosen.sum(1) - 1) * stay + go_on)[:, :-1].sum(1)
        return chosen.to(x), torch.where(chosen, emission, 0).sum((1, 2)) + moves

    def _seen(
        self, x: Tensor, frames: Tensor, phrase: Tensor, rows: Tensor, soft: bool
    ) -> tuple[Statistics, float]:
        """Statistics of all utterances of one phrase, as of one; log-likelihood."""
        parts, total = [], 0.0
        for i in self._blocks(rows, x):
            A, found = self._aligned(x[i], frames[i], phrase[i], soft)
            parts.append(self._as_one(x[i], A))
            total += float(found.sum())
        return _joined(parts).sum_by(torch.zeros_like(rows[: len(parts)])), total

    def _refit(self, each: list[Statistics], said: Tensor, floor: Tensor) -> None:
        total = _joined(each)
        count = total.N[..., None]
        shift = total.F / count
        self.mean = self._centre + shift
        self.variance = torch.maximum(total.S / count - shift.square(), floor)
        leave = (said[:, None] / total.N).clamp(max=MOST_GO_ON)
        self.log_next, self.log_stay = leave.log(), torch.log1p(-leave)
        self.log_stay[:, -1] = 0  # nowhere else to go

    def _as_one(self, x: Tensor, A: Tensor) -> Statistics:
        """Statistics about the centre of several utterances, read as one long one."""
        away = x.flatten(0, 1).double() - self._centre
        return baum_welch(away[None], A.flatten(0, 1)[None])

    def _blocks(self, rows: Tensor, x: Tensor) -> list[Tensor]:
        wide = max(1, x.shape[1] * max(self.states, self.features))
        return [part for part in rows.split(max(1, _BLOCK // wide)) if len(part)]

    def _check(
        self, x: Tensor, frames: Tensor, phrase: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Check what comes in, and add the mask of real frames, (N, T)."""
        x = real("x", x, finite=False)  # padding may be NaN
        frames = tensor("frames", frames, x)
        phrase = tensor("phrase", phrase, x)
        if x.ndim != 3 or x.shape[2] != self.features or phrase.shape != x.shape[:1]:
            raise ValueError(
                f"x, phrase: got shapes {tuple(x.shape)} and {tuple(phrase.shape)}; "
                f"give (N, T, {self.features}) and (N,)"
            )
        if frames.shape != phrase.shape:
            raise ValueError(f"frames: got {len(frames)} for {len(x)} utterances")
        frames = check_frames(frames, self.states, x.shape[1])
        phrase = classes("phrase", phrase, self.phrases)
        mask = torch.arange(x.shape[1], device=x.device) < frames[:, None]
        bad = (~torch.isfinite(x).all(2) & mask).any(1)
        if bad.any():
            raise ValueError(
                f"x: {int(bad.sum())} utterances hold NaN or infinite features, the "
                f"first being number {int(bad.nonzero()[0, 0])}"
            )
        return x, frames, phrase, mask


def _start(emission: Tensor) -> Tensor:
    """(T, N, Q + 1) to be filled in: a state before the first, where nobody is."""
    length, count, states = emission.shape
    scores = emission.new_full((length, count, states + 1), NEVER)
    scores[0, :, 1] = emission[0, :, 0]
    return scores


def _walk(
    join: Callable[..., Tensor],
    scores: Tensor,
    emission: Tensor,
    stay: Tensor,
    enter: Tensor,
) -> None:
    """Fill in the scores of `_start`, frame by frame."""
    stayed, moved = scores[:, :, 1:].unbind(0), scores[:, :, :-1].unbind(0)
    by_stay, by_move = torch.empty_like(emission[:2])  # both ways to come, kept
    for t, gained in enumerate(emission.unbind(0)[1:]):
        torch.add(stayed[t], stay, out=by_stay)
        torch.add(moved[t], enter, out=by_move)
        join(by_stay, by_move, out=stayed[t + 1]).add_(gained)


def _shifted(log_next: Tensor) -> Tensor:
    """By which move each state is entered; nothing comes into the first."""
    return torch.nn.functional.pad(log_next[..., :-1], (1, 0))


def _joined(parts: list[Statistics]) -> Statistics:
    return Statistics(*(torch.cat([getattr(p, k) for p in parts]) for k in "NFS"))


def _check(
    log_emission: Tensor, frames: Tensor, log_stay: Tensor, log_next: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Emissions (T, N, Q) float64, frames, real ones (T, N), and both transitions."""
    given = tensor("log_emission", log_emission).detach()
    if given.ndim != 3:
        raise ValueError(
            f"log_emission: got shape {tuple(given.shape)}; give (N, T, Q)"
        )
    count, length, states = given.shape
    moves = []
    for name, move in (("log_stay", log_stay), ("log_next", log_next)):
        move = real(name, move, like=given).double()
        if move.shape not in ((states,), (count, states)):
            raise ValueError(
                f"{name}: got shape {tuple(move.shape)}; give ({states},) or "
                f"({count}, {states})"
            )
        moves.append(move)
    frames = tensor("frames", frames, given)
    if frames.shape != (count,):
        raise ValueError(f"frames: got shape {tuple(frames.shape)}; give ({count},)")
    frames = check_frames(frames, states, length)
    mask = torch.arange(length, device=frames.device)[:, None] < frames
    emission = torch.where(mask[..., None], given.transpose(0, 1).double(), 0)
    if not bool(emission.sum().isfinite()) and not bool(emission.isfinite().all()):
        raise ValueError("log_emission: real frames hold NaN or infinite values")
    return emission, frames, mask, moves[0], moves[1]
