"""Random erasing: noise in the place of some frames of an utterance."""

from typing import Any

import torch
from torch import Tensor

from support.arrays import classes, real
from support.generators import random_source
from support.scalars import number, whole

__all__ = ["random_erase"]

_NOISE = 0.5


def random_erase(
    x: Any,
    frames: Any,
    p: float = 0.3,
    shortest: int = 2,
    longest: int = 8,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""Replace one span of frames by $.5\,\mathcal N(0,1)$ in some utterances.

    An utterance is chosen with probability ``p``; the length of its span is uniform
    in [``shortest``, ``longest``], cut so that a frame is left, and its begin uniform
    among those that keep the span inside the utterance: padding is never touched.

    Args:
        x: (N, T, F) features of variance about 1.
        frames: (N,) integers in [1, T], real frames.
        p: in [0, 1].
        shortest: frames, at least 1.
        longest: frames, at least ``shortest`` and at most T.
        generator: of all draws; None takes torch's own stream, which
            `support.training.fit` seeds.

    Returns:
        (N, T, F), a new tensor; gradients pass where nothing was erased.

    Raises:
        ValueError: shapes disagree, a number is out of range, or the generator is
            none.

    Source: Zhong et al. 2020 for images; Mingote et al., ICASSP 2020, for speech;
    the sizes are ours.

    >>> x = random_erase(torch.ones(1, 9, 1), [9], p=1, shortest=3, longest=3)
    >>> int((x != 1).sum())
    3
    """
    x = real("x", x)
    if x.ndim != 3:
        raise ValueError(f"x: got shape {tuple(x.shape)}; give (N, T, F)")
    count, time = x.shape[:2]
    frames = classes("frames", frames, time + 1, like=x).to(x.device)
    if frames.shape != (count,) or bool((frames < 1).any()):
        raise ValueError(
            f"frames: got shape {tuple(frames.shape)} and values from "
            f"{int(frames.amin()) if frames.numel() else 0}; give ({count},) integers "
            f"from 1 to {time}"
        )
    if generator is not None:
        random_source("generator", generator)
    p = number("p", p, least=0, most=1)
    shortest = whole("shortest", shortest, most=time)
    longest = whole("longest", longest, least=shortest, most=time)
    at = generator.device if generator is not None else x.device
    draw = torch.rand(3, count, 1, generator=generator, device=at).to(x.device)
    length = shortest + (draw[0] * (longest - shortest + 1)).long()
    length = length.minimum(frames[:, None] - 1)
    start = (draw[1] * (frames[:, None] - length + 1)).long()
    place = torch.arange(time, device=x.device)
    gone = (place >= start) & (place < start + length) & (draw[2] < p)
    noise = torch.randn(x.shape, generator=generator, device=at, dtype=x.dtype)
    return torch.where(gone[..., None], _NOISE * noise.to(x.device), x)
