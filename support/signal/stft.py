"""Short-time Fourier transform and its inverse, batched, on any device."""

import cmath
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import real, tensor

__all__ = ["frame_count", "istft", "power_spectrogram", "stft", "window"]

Padding = Literal["same", "centre", "none"]
Window = Literal["hann", "hamming", "sqrt_hann", "rectangular"]


def window(
    length: int,
    kind: Window = "hann",
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
    kind: Window = "hann",
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
        ValueError: an option is out of range, the signal is not float32 or float64,
            a frame is not finite, or the signal is empty or shorter than one frame.

    >>> stft(torch.zeros(2, 8000), win=256, hop=160).shape
    torch.Size([2, 129, 50])
    """
    fft = win if fft is None else fft
    _check(win, hop, fft, padding)
    signal = tensor("signal", signal)
    exact = signal.dtype in (torch.float32, torch.float64)
    if not exact or not signal.ndim or not signal.numel():
        raise ValueError(
            f"signal: got {signal.dtype} of shape {tuple(signal.shape)}; give float32 "
            "or float64 of shape (..., N), not empty"
        )
    samples = signal.shape[-1]
    frames = frame_count(samples, win, hop, padding)
    if frames < 1:
        raise ValueError(f"signal: {samples} samples are shorter than one frame, {win}")
    before = _before(win, hop, padding)
    length = (frames - 1) * hop + fft
    padded = functional.pad(signal, (before, length - samples - before))
    spectrum = torch.stft(
        padded.reshape(-1, length),
        fft,
        hop,
        window=_taper(win, fft, kind, signal.dtype, signal.device),
        center=False,
        return_complex=True,
    )
    # what is not finite in a frame is in its sum, the lowest frequency
    if not cmath.isfinite(spectrum.detach()[:, 0].sum().item()):
        real("signal", signal)  # names the value; else the sums were too large
    return spectrum.reshape(*signal.shape[:-1], *spectrum.shape[1:])


def istft(
    spectrum: Tensor,
    *,
    win: int,
    hop: int,
    samples: int,
    fft: int | None = None,
    kind: Window = "hann",
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
        ValueError: an option is out of range, or the spectrum is not complex, not
            finite, or of another shape.

    >>> signal = torch.randn(800)
    >>> back = istft(stft(signal, win=256, hop=64), win=256, hop=64, samples=800)
    >>> torch.allclose(signal, back, atol=1e-5)
    True
    """
    fft = win if fft is None else fft
    _check(win, hop, fft, padding)
    frames = frame_count(samples, win, hop, padding)
    if spectrum.dtype not in (torch.complex64, torch.complex128):
        raise ValueError(
            f"spectrum: got {spectrum.dtype}; give complex64 or complex128"
        )
    if spectrum.ndim < 2 or spectrum.shape[-2:] != (fft // 2 + 1, frames):
        raise ValueError(
            f"spectrum: got shape {tuple(spectrum.shape)}; {samples} samples make "
            f"(..., {fft // 2 + 1}, {frames})"
        )
    if not bool(torch.view_as_real(spectrum.detach()).sum().isfinite()):
        real("spectrum", torch.view_as_real(spectrum))
    pieces = torch.fft.irfft(spectrum.mT, fft)[..., :win]
    taper = _taper(win, win, kind, pieces.dtype, pieces.device)
    start = _before(win, hop, padding)
    total = _overlap_add(pieces * taper, hop)
    weight = _overlap_add(taper.square().expand(frames, win), hop)
    signal = torch.where(weight > 1e-10, total / weight.clamp_min(1e-10), 0)
    signal = functional.pad(signal, (0, max(0, start + samples - len(weight))))
    return signal[..., start : start + samples].contiguous()


def power_spectrogram(
    signal: Tensor,
    *,
    win: int,
    hop: int,
    fft: int | None = None,
    kind: Window = "hann",
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


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # a tensor that is kept must serve training too
def _taper(
    win: int, length: int, kind: Window, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """A window with zeros behind it; making it anew would cost a short transform."""
    taper = window(win, kind, dtype=dtype, device=device)
    return functional.pad(taper, (0, length - win))


def _overlap_add(pieces: Tensor, hop: int) -> Tensor:
    """Sum frames (..., T, W) at their places, a part of a hop's length at a time."""
    *lead, frames, win = pieces.shape
    parts = functional.pad(pieces, (0, -win % hop)).unflatten(-1, (-1, hop))
    count = parts.shape[-2]
    total = pieces.new_zeros(*lead, frames + count - 1, hop)
    for late in range(count):
        total[..., late : late + frames, :] += parts[..., late, :]
    return total.flatten(-2)
