r"""Weighted prediction error: what earlier frames foretell of a frame is reverberation.

Dereverberation without training, blind to the room, for every frequency by itself.
"""

from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import whole

__all__ = ["wpe"]

_FLOOR = 1e-10  # of the largest power of a frequency
_LOAD = 1e-10  # of the mean of a correlation matrix's diagonal
# Complex numbers of delayed frames that are held at once: 2 MB stay in a processor's
# cache; a card is kept busy by 256 MB.
_BLOCK, _BLOCK_OF_CARD = 2**17, 2**24


def wpe(
    spectrum: Any, *, taps: int = 30, delay: int = 4, iterations: int = 3
) -> Tensor:
    r"""Subtract from each frame what a filter of earlier frames predicts of it.

    $$\hat x_m=y_m-\sum_{k=0}^{K-1}g_k^*\,y_{m-\Delta-k},\qquad
    g=\Big(\sum_m\frac{\tilde y_m\tilde y_m^H}{\lambda_m}\Big)^{-1}
    \sum_m\frac{\tilde y_m\,y_m^*}{\lambda_m},\qquad
    \lambda_m=|\hat x_m|^2$$

    with $\tilde y_m=(y_{m-\Delta},\dots,y_{m-\Delta-K+1})$ and zeros before the first
    frame; λ starts as $|y|^2$ and is held above $10^{-10}$ of its largest value.  The
    minimum of a Gaussian likelihood whose variance changes with time, approached by
    turns.  One channel; statistics and solutions in double precision.

    Args:
        spectrum: (..., F, T) complex, of a short-time Fourier transform; each
            frequency on any scale.
        taps: K frames of the filter, at least 1.  Taps times hop is the length of the
            tail that can be removed: the libraries' 10 are short at a hop of 8 ms.
        delay: Δ frames that are left alone, at least 1: window by hop, or a little
            less, so that no frame predicts samples that it shares.
        iterations: how often variance and filter take turns, at least 1.

    Returns:
        (..., F, T) of the type of the spectrum; no gradient passes.  Costs about
        T K² a frequency and turn.

    Raises:
        ValueError: no complex tensor of two axes or more, fewer frames than taps plus
            delay, a count below 1, a number that is not finite.

    Source: Nakatani et al., Speech dereverberation based on variance-normalized
    delayed linear prediction, IEEE TASLP 18, 2010; Yoshioka and Nakatani, IEEE TASLP
    20, 2012.

    >>> wpe(torch.zeros(2, 129, 50, dtype=torch.cfloat), taps=5).shape
    torch.Size([2, 129, 50])
    """
    taps, delay = whole("taps", taps), whole("delay", delay)
    iterations = whole("iterations", iterations)
    if not isinstance(spectrum, Tensor) or not spectrum.is_complex():
        given = spectrum.dtype if isinstance(spectrum, Tensor) else type(spectrum)
        raise ValueError(f"spectrum: got {given}; give a complex tensor")
    frames = spectrum.shape[-1] if spectrum.ndim > 1 else 0
    if frames < taps + delay:
        raise ValueError(
            f"spectrum: got shape {tuple(spectrum.shape)} for {taps} taps and delay "
            f"{delay}; give (..., F, T), T at least {taps + delay}"
        )
    parts = real("spectrum", torch.view_as_real(spectrum.detach().resolve_conj()))
    parts = parts.double().reshape(-1, frames, 2)
    # squares of the quiet and the loud are lost; by a power of 2 no digit is
    largest = parts.abs().amax((1, 2), keepdim=True)
    unit = torch.where(largest > 0, largest / (2 * largest.frexp().mantissa), 1)
    rows = torch.view_as_complex(parts / unit)
    block = _BLOCK if rows.device.type == "cpu" else _BLOCK_OF_CARD
    size = max(1, block // (frames * taps))
    blocks = [_subtract(part, taps, delay, iterations) for part in rows.split(size)]
    dry = torch.view_as_real(torch.cat(blocks)).mul_(unit)
    return torch.view_as_complex(dry).to(spectrum.dtype).reshape(spectrum.shape)


def _subtract(y: Tensor, taps: int, delay: int, iterations: int) -> Tensor:
    """Frequencies (F, T) -> (F, T), each by itself."""
    frames = y.shape[1]
    padded = torch.nn.functional.pad(y, (delay + taps - 1, 0))
    # row k of frame m is y at m - delay - k
    earlier = padded.unfold(1, frames, 1)[:, :taps].flip(1)  # (F, K, T)
    floor = _FLOOR * y.abs().square().amax(1, keepdim=True)
    dry = y
    for _ in range(iterations):
        power = torch.maximum(dry.abs().square(), floor)
        # silence predicts nothing, whatever its weight
        weight = torch.where(power > 0, 1 / power, 0)
        weighed = earlier * weight[:, None]
        correlation = weighed @ earlier.mH  # (F, K, K)
        foretold = weighed @ y.conj()[:, :, None]  # (F, K, 1)
        diagonal = correlation.diagonal(dim1=1, dim2=2)
        load = _LOAD * diagonal.real.mean(1, keepdim=True)
        diagonal += torch.where(load > 0, load, 1)
        root = torch.linalg.cholesky(correlation)
        g = torch.cholesky_solve(foretold, root)
        dry = y - (g.mH @ earlier)[:, 0]
    return dry
