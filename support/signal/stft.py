"""Short-time Fourier transform and its inverse, batched, on any device."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["frame_count", "istft", "power_spectrogram", "stft", "window"]

Padding = Literal["same", "centre", "none"]


def window(
    length: int,
    kind: Literal["hann", "hamming", "sqrt_hann", "rectangular"] = "hann",
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Tensor:
    """A periodic analysis window, shape (length,).

    Args:
        length: samples, at least 1.
        kind: its name; ``sqrt_hann`` suits analysis and synthesis at half overlap.
        dtype: of the result.
        device: of the result.

    Raises:
        ValueError: the length or the name is out of range.

    >>> window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    if length < 1:
        raise ValueError(f"length: got {length}; give at least 1")
    make = {
        "hann": lambda: torch.hann_window(length, dtype=torch.float64),
        "hamming": lambda: torch.hamming_window(length, dtype=torch.float64),
        "sqrt_hann": lambda: torch.hann_window(length, dtype=torch.float64).sqrt(),
        "rectangular": lambda: torch.ones(length, dtype=torch.float64),
    }
    if kind not in make:
        raise ValueError(f"kind: got {kind!r}; give one of {sorted(make)}")
    return make[kind]().to(dtype=dtype, device=device)


def frame_count(samples: int, win: int, hop: int, padding: Padding = "same") -> int:
    """Number of frames that :func:`stft` makes of a signal.

    ``same``: one a started hop, ⌈samples/hop⌉; ``centre``: 1 + ⌊samples/hop⌋;
    ``none``: only full frames.

    >>> frame_count(32000, win=256, hop=160)
    200
    """
    if padding == "same":
        return -(-samples // hop)
    if padding == "centre":
        return 1 + samples // hop
    return max(0, 1 + (samples - win) // hop)


def stft(
    signal: Tensor,
    *,
    win: int,
    hop: int,
    fft: int | None = None,
    kind: str = "hann",
    padding: Padding = "same",
) -> Tensor:
    r"""Short-time Fourier transform, $S_{ft}=\sum_n w_n\,x_{n+tH}\,e^{-2\pi ifn/L}$.

    Args:
        signal: real, shape (..., N).
        win: window length W in samples.
        hop: step H between frames in samples, at most W.
        fft: transform length L ≥ W; W by default.  Frames are zero-padded behind.
        kind: see :func:`window`.
        padding: zeros at the ends. ``same``: frame t is centred on the middle of
            the t-th hop, ⌈N/H⌉ frames; ``centre``: frame t is centred on sample
            tH; ``none``: frame t starts at sample tH.

    Returns:
        Complex, shape (..., L // 2 + 1, T), with T as in :func:`frame_count`.

    Raises:
        ValueError: an option is out of range, the signal is not real, is not
            finite, or is shorter than one frame.

    >>> stft(torch.zeros(2, 8000), win=256, hop=160).shape
    torch.Size([2, 129, 50])
    """
    fft = win if fft is None else fft
    _check(win, hop, fft, padding)
    if signal.is_complex() or not signal.is_floating_point() or signal.ndim < 1:
        raise ValueError(
            f"signal: got {signal.dtype} of shape {tuple(signal.shape)}; give real "
            "floats of shape (..., N)"
        )
    # one pass where all is well: a sum is finite only if every value is
    if not bool(signal.detach().sum().isfinite()) and not bool(signal.isfinite().all()):
        raise ValueError("signal: got a value that is not finite")
    samples = signal.shape[-1]
    frames = frame_count(samples, win, hop, padding)
    if frames < 1:
        raise ValueError(f"signal: {samples} samples are shorter than one frame, {win}")
    before = _before(win, hop, padding)
    after = (frames - 1) * hop + win - samples - before
    padded = functional.pad(signal, (before, max(0, after)))
    pieces = padded.unfold(-1, win, hop)[..., :frames, :]
    taper = window(win, kind, dtype=signal.dtype, device=signal.device)
    return torch.fft.rfft(pieces * taper, fft).transpose(-1, -2)


def istft(
    spectrum: Tensor,
    *,
    win: int,
    hop: int,
    samples: int,
    fft: int | None = None,
    kind: str = "hann",
    padding: Padding = "same",
) -> Tensor:
    r"""Inverse of :func:`stft` by weighted overlap-add, the least-squares signal.

    $$x_n=\frac{\sum_tw_{n-tH}\,y_{t,n-tH}}{\sum_tw_{n-tH}^2}$$

    Args:
        spectrum: complex, shape (..., L // 2 + 1, T).
        win: as in :func:`stft`.
        hop: as in :func:`stft`.
        samples: length N of the signal.
        fft: as in :func:`stft`.
        kind: as in :func:`stft`.
        padding: as in :func:`stft`.

    Returns:
        Shape (..., N); exact where some window is not zero, else 0.

    Raises:
        ValueError: an option is out of range or the shape does not fit.

    >>> signal = torch.randn(800)
    >>> back = istft(stft(signal, win=256, hop=64), win=256, hop=64, samples=800)
    >>> torch.allclose(signal, back, atol=1e-5)
    True
    """
    fft = win if fft is None else fft
    _check(win, hop, fft, padding)
    frames = frame_count(samples, win, hop, padding)
    if spectrum.ndim < 2 or spectrum.shape[-2:] != (fft // 2 + 1, frames):
        raise ValueError(
            f"spectrum: got shape {tuple(spectrum.shape)}; {samples} samples make "
            f"(..., {fft // 2 + 1}, {frames})"
        )
    pieces = torch.fft.irfft(spectrum.transpose(-1, -2), fft)[..., :win]
    taper = window(win, kind, dtype=pieces.dtype, device=pieces.device)
    lead = pieces.shape[:-2]
    length = (frames - 1) * hop + win
    total = _overlap_add((pieces * taper).reshape(-1, frames, win), hop, length)
    weight = _overlap_add(taper.square().expand(1, frames, win), hop, length)
    signal = torch.where(weight > 1e-10, total / weight.clamp_min(1e-10), 0)
    start = _before(win, hop, padding)
    signal = functional.pad(signal, (0, max(0, start + samples - length)))
    return signal[:, start : start + samples].reshape(*lead, samples)


def power_spectrogram(
    signal: Tensor,
    *,
    win: int,
    hop: int,
    fft: int | None = None,
    kind: str = "hann",
    padding: Padding = "same",
    power: float = 2.0,
) -> Tensor:
    """Magnitude to a power, shape (..., F, T), float; power 1 is the magnitude.

    Args:
        signal: as in :func:`stft`, like the other options.
        win: as in :func:`stft`.
        hop: as in :func:`stft`.
        fft: as in :func:`stft`.
        kind: as in :func:`stft`.
        padding: as in :func:`stft`.
        power: exponent of the magnitude.

    Raises:
        ValueError: as :func:`stft`.

    >>> power_spectrogram(torch.ones(512), win=256, hop=128).shape
    torch.Size([129, 4])
    """
    values = stft(signal, win=win, hop=hop, fft=fft, kind=kind, padding=padding)
    squared = values.real.square() + values.imag.square()
    return squared if power == 2 else squared.pow(power / 2)


def _check(win: int, hop: int, fft: int, padding: str) -> None:
    if not 1 <= hop <= win <= fft:
        raise ValueError(
            f"win, hop, fft: got {win}, {hop}, {fft}; give 1 ≤ hop ≤ win ≤ fft"
        )
    if padding not in ("same", "centre", "none"):
        raise ValueError(f"padding: got {padding!r}; give 'same', 'centre' or 'none'")


def _before(win: int, hop: int, padding: str) -> int:
    return {"same": (win - hop) // 2, "centre": win // 2, "none": 0}[padding]


def _overlap_add(pieces: Tensor, hop: int, length: int) -> Tensor:
    """Sum frames (B, T, W) at their places into (B, length)."""
    folded = functional.fold(
        pieces.transpose(1, 2), (1, length), (1, pieces.shape[2]), stride=(1, hop)
    )
    return folded[:, 0, 0]
