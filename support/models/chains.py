r"""Left-to-right chains: the best path through one, and all paths at once.

All utterances are worked on at once; the only loop is over time.  Everything is in
logarithms and float64.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import real, tensor
from support.models.pooling import check_frames

__all__ = ["Posteriors", "best_path", "every_path", "forward_backward", "viterbi"]

NEVER = -1e30
"""Logarithm of an impossible event; differences of infinities would be NaN."""


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
    return best_path(*_check(log_emission, frames, log_stay, log_next))


def best_path(
    emission: Tensor, frames: Tensor, mask: Tensor, stay: Tensor, go_on: Tensor
) -> Tensor:
    """`viterbi` of what was checked before.

    Args:
        emission: (T, N, Q) float64, finite.
        frames: (N,) int64.
        mask: (T, N) real frames.
        stay: (N, Q) or (Q,) float64.
        go_on: as ``stay``.
    """
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
    gamma, total = every_path(*_check(log_emission, frames, log_stay, log_next))
    return Posteriors(gamma.to(kind), total)


def every_path(
    emission: Tensor, frames: Tensor, mask: Tensor, stay: Tensor, go_on: Tensor
) -> Posteriors:
    """`forward_backward` of what was checked before; see `best_path`; gamma float64."""
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
    return Posteriors(gamma.transpose(0, 1).contiguous(), total)


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
