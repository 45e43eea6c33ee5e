r"""From frames to one vector an utterance: over all of them, or state by state."""

import torch
from torch import Tensor

from support.arrays import classes, flags, real, tensor

__all__ = ["alignment_pool", "mean_pool", "statistics_pool", "uniform_alignment"]


def mean_pool(y: Tensor, mask: Tensor) -> Tensor:
    r"""Average the frames: $\frac1T\sum_t\mathbf y_t$ over real frames.

    Args:
        y: (N, T, D) features.
        mask: (N, T) true on real frames, at least one a row.

    Returns:
        (N, D), of the type and device of ``y``; like the other poolings summed in at
        least float32, and float64 for integers.

    Raises:
        ValueError: shapes disagree, an utterance has no real frame, or a real frame is
            not finite.

    >>> mean_pool(torch.tensor([[[1.0], [3.0]]]), torch.ones(1, 2).bool())
    tensor([[2.]])
    """
    frames, mask, count = _real_frames(y, mask)
    return _returned(frames.sum(1) / count, y)


def statistics_pool(y: Tensor, mask: Tensor) -> Tensor:
    r"""Mean and standard deviation of the frames, side by side: the x-vector layer.

    Args:
        y: (N, T, D) features.
        mask: (N, T) true on real frames, at least one a row.

    Returns:
        (N, 2 D): D means, then D standard deviations (divided by T).

    Raises:
        ValueError: as `mean_pool`.

    Source: Snyder et al., X-vectors, ICASSP 2018.

    >>> statistics_pool(torch.tensor([[[1.0], [3.0]]]), torch.ones(1, 2).bool())
    tensor([[2., 1.]])
    """
    frames, mask, count = _real_frames(y, mask)
    mean = frames.sum(1) / count
    away = torch.where(mask[..., None], frames - mean[:, None], 0)
    variance = away.square().sum(1) / count
    # The root has an infinite slope at 0, where a feature does not vary.
    varies = variance > 0
    deviation = torch.where(varies, torch.where(varies, variance, 1).sqrt(), 0)
    return _returned(torch.cat([mean, deviation], dim=1), y)


def alignment_pool(y: Tensor, A: Tensor, shrinkage: float = 0.0) -> Tensor:
    r"""Average the frames of each state by itself, and stack: the supervector.

    $$n_q=\sum_tA_{tq},\qquad
    \mathbf s_q=\frac1{n_q+\rho}\sum_tA_{tq}\,\mathbf y_t,\qquad
    \mathbf s=[\mathbf s_1;\dots;\mathbf s_Q]$$

    The alignment is a constant: gradients reach ``y`` alone.

    Args:
        y: (N, T, D) features.
        A: (N, T, Q) alignment of at least 0; rows of padding are 0, and whatever
            ``y`` holds there counts for nothing.
        shrinkage: $\rho\ge0$, pulls states with few frames towards 0; needed
            where a state may have none.

    Returns:
        (N, Q D), of the type and device of ``y``.

    Raises:
        ValueError: shapes disagree, a weight is negative, a weight or a frame that
            counts is not finite, the shrinkage is negative, or it is 0 and a state has
            no frame.

    Source: Mingote et al., arXiv 1812.09484; the shrinkage is ours.

    >>> y = torch.tensor([[[1.0], [3.0], [7.0]]])
    >>> alignment_pool(y, torch.tensor([[[1.0, 0], [1, 0], [0, 1]]]))
    tensor([[2., 7.]])
    """
    frames = real("y", y, finite=False)  # padding may be NaN
    A = real("A", A, like=frames).detach()
    _check_alignment(frames, A, shrinkage)
    A = A.to(frames)
    count = A.sum(1) + shrinkage
    if shrinkage == 0 and (count == 0).any():
        row, state = (count == 0).nonzero()[0].tolist()
        raise ValueError(
            f"A: utterance {row} has no frame in state {state}; give shrinkage > 0, "
            "or an alignment in which every state has a frame"
        )
    # What stands on padding is nobody's, be it NaN: 0 times NaN is NaN.
    frames = real("y", torch.where((A > 0).any(2, keepdim=True), frames, 0))
    with torch.autocast(frames.device.type, enabled=False):
        return _returned((A.mT @ frames / count[..., None]).flatten(1), y)


def uniform_alignment(frames: Tensor, states: int, length: int) -> Tensor:
    r"""Cut every utterance into equal parts: frame t is in state $\lfloor tQ/T\rfloor$.

    Args:
        frames: (N,) integers, the real frames T of each utterance.
        states: Q.
        length: frames of the padded batch.

    Returns:
        (N, length, Q) float32 of zeros and ones, on the device of ``frames``.

    Raises:
        ValueError: an utterance has fewer frames than states or more than
            ``length``.

    >>> uniform_alignment(torch.tensor([4]), 2, 5)[0].argmax(1)
    tensor([0, 0, 1, 1, 0])
    """
    frames = check_frames(frames, states, length)
    time = torch.arange(length, device=frames.device)
    state = time * states // frames[:, None]
    return (state[..., None] == torch.arange(states, device=frames.device)).float()


def check_frames(frames: Tensor, states: int, length: int) -> Tensor:
    """Lengths as (N,) int64.

    Raises:
        ValueError: they are no integers, shorter than the states or longer than the
            batch.
    """
    frames = classes("frames", frames)
    if frames.ndim != 1:
        raise ValueError(f"frames: got shape {tuple(frames.shape)}; give (N,) integers")
    short = (frames < states).nonzero()[:, 0]
    if len(short):
        row = int(short[0])
        raise ValueError(
            f"frames: {len(short)} of {len(frames)} utterances are shorter than the "
            f"{states} states, the first being number {row} with {int(frames[row])} "
            "frames; leave them out or take fewer states"
        )
    if len(frames) and int(frames.max()) > length:
        raise ValueError(
            f"frames: got up to {int(frames.max())}; the batch has {length} frames"
        )
    return frames


def _real_frames(y: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Frames, 0 on padding, in a type that holds their sum; mask; counts (N, 1)."""
    y = real("y", y, finite=False)  # padding may be NaN
    mask = flags("mask", mask, like=y)
    if y.ndim != 3 or mask.shape != y.shape[:2]:
        raise ValueError(
            f"y, mask: got shapes {tuple(y.shape)} and {tuple(mask.shape)}; give "
            "(N, T, D) and (N, T)"
        )
    count = mask.sum(1, keepdim=True)
    if (count == 0).any():
        row = int((count[:, 0] == 0).nonzero()[0, 0])
        raise ValueError(f"mask: utterance {row} has no real frame; leave it out")
    return real("y", torch.where(mask[..., None], y, 0)), mask, count


def _returned(pooled: Tensor, y: Tensor) -> Tensor:
    """In the type of the features, where that is one of fractions."""
    given = tensor("y", y)
    return pooled.to(given.dtype) if given.is_floating_point() else pooled


def _check_alignment(y: Tensor, A: Tensor, shrinkage: float) -> None:
    if y.ndim != 3 or A.ndim != 3 or A.shape[:2] != y.shape[:2]:
        raise ValueError(
            f"y, A: got shapes {tuple(y.shape)} and {tuple(A.shape)}; give (N, T, D) "
            "and (N, T, Q), the same utterances and frames"
        )
    if not (A >= 0).all():
        raise ValueError(
            f"A: got weights from {float(A.min())} to {float(A.max())}; give finite "
            "weights of at least 0"
        )
    if not shrinkage >= 0:
        raise ValueError(f"shrinkage: got {shrinkage}; give at least 0")
