r"""Mel-frequency cepstral coefficients, and the removal of what stays the same."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from support.arrays import classes, real, tensor

__all__ = ["cosine_transform", "mean_normalise", "mfcc"]


def mfcc(log_mel: Tensor, count: int = 20) -> Tensor:
    r"""Turn log-mel bands into cepstral coefficients by an orthonormal DCT-II.

    $$c_k=\sqrt{\tfrac{2-[k=0]}{M}}\sum_{m=0}^{M-1}
    \log E_m\,\cos\frac{\pi k(2m+1)}{2M}$$

    Args:
        log_mel: (..., T, M) logarithms of the energy in M bands.
        count: coefficients to keep, the zeroth included, at most M.

    Returns:
        (..., T, count), of the type and device of the input; float64 for integers.

    Raises:
        ValueError: the count is out of range, or an energy is not finite.

    Source: Davis & Mermelstein 1980.

    >>> mfcc(torch.ones(1, 3, 4), 2)[0, 0]
    tensor([2., 0.])
    """
    bands = log_mel.shape[-1]
    energy = real("log_mel", log_mel)
    if not 1 <= count <= bands:
        raise ValueError(f"count: got {count}; give 1 to {bands}, the bands there are")
    return _returned(
        energy @ _cosines(bands, count, energy.dtype, energy.device), log_mel
    )


def cosine_transform(bands: int, count: int) -> Tensor:
    """The matrix of the orthonormal DCT-II, (bands, count) float32.

    >>> matrix = cosine_transform(8, 8)
    >>> torch.allclose(matrix @ matrix.T, torch.eye(8), atol=1e-6)
    True
    """
    return _cosines(bands, count, torch.float32, torch.device("cpu")).clone()


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # a tensor that is kept must serve training too
def _cosines(
    bands: int, count: int, dtype: torch.dtype, device: torch.device
) -> Tensor:
    band = torch.arange(bands, dtype=torch.float64)[:, None]
    order = torch.arange(count, dtype=torch.float64)
    matrix = torch.cos(math.pi * order * (2 * band + 1) / (2 * bands))
    matrix *= math.sqrt(2 / bands)
    matrix[:, 0] /= math.sqrt(2)
    return matrix.to(device, dtype)


def mean_normalise(x: Tensor, frames: Tensor) -> Tensor:
    """Subtract each utterance's mean over its real frames; padding becomes 0.

    A channel that does not change adds a constant to the cepstrum: this takes it
    away, and whatever is constant in the voice with it.

    Args:
        x: (N, T, D) features; padding may hold anything.
        frames: (N,) real frames, 1 to T.

    Returns:
        (N, T, D), of the type of ``x``; float64 for integers.

    Raises:
        ValueError: shapes disagree, a length is out of range, or a real frame is not
            finite.

    >>> x = torch.tensor([[[1.0], [3.0], [9.0]]])
    >>> mean_normalise(x, torch.tensor([2]))[0, :, 0]
    tensor([-1.,  1.,  0.])
    """
    wide = real("x", x, finite=False)  # padding may be NaN
    frames = classes("frames", frames, like=wide)
    mask = _real_frames(wide, frames)[..., None]
    clean = real("x", torch.where(mask, wide, 0))
    # the first frame is taken off first: what an offset eats, no mean gives back
    away = clean - clean[:, :1]
    mean = torch.where(mask, away, 0).sum(1, keepdim=True) / frames[:, None, None]
    return _returned(torch.where(mask, away - mean, 0), x)


def _returned(found: Tensor, given: Tensor) -> Tensor:
    """In the type of what was given, where that is one of fractions."""
    kind = tensor("given", given).dtype
    return found.to(kind) if kind.is_floating_point else found


def _real_frames(x: Tensor, frames: Tensor) -> Tensor:
    """Check lengths, and give the mask of real frames, (N, T) bool."""
    if x.ndim != 3 or frames.shape != x.shape[:1]:
        raise ValueError(
            f"x, frames: got shapes {tuple(x.shape)} and {tuple(frames.shape)}; give "
            "(N, T, D) and (N,)"
        )
    if len(x) and not 1 <= int(frames.min()) <= int(frames.max()) <= x.shape[1]:
        raise ValueError(
            f"frames: got {int(frames.min())} to {int(frames.max())}; give 1 to "
            f"{x.shape[1]}"
        )
    return torch.arange(x.shape[1], device=x.device) < frames[:, None]
