"""Waveforms and features: transforms, their inverse, mel bands."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.signal.mel import log_mel, mel_filterbank
from support.signal.stft import istft, stft
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_RATE, _WIN, _HOP, _BANDS = 16_000, 512, 256, 64
_SIZES = (_RATE, 10 * _RATE, 100 * _RATE)


def _waveform(size: int, seed: int, device: str) -> tuple[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(size, generator=generator).to(device),)


def _spectrum(size: int, seed: int, device: str) -> tuple[Tensor, int]:
    return _our_stft(*_waveform(size, seed, device)), size


def _our_stft(signal: Tensor) -> Tensor:
    return stft(signal, win=_WIN, hop=_HOP, padding="centre")


def _torch_stft(signal: Tensor) -> Tensor:
    taper = torch.hann_window(_WIN, device=signal.device)
    return torch.stft(
        signal, _WIN, _HOP, window=taper, pad_mode="constant", return_complex=True
    )


def _scipy_stft(signal: Any) -> Any:
    from scipy.signal import stft as theirs

    taper = np.hanning(_WIN + 1)[:-1].astype(np.float32)
    _, _, values = theirs(
        signal, window=taper, nperseg=_WIN, noverlap=_WIN - _HOP, padded=False
    )
    return values * taper.sum()


def _librosa_stft(signal: Any) -> Any:
    import librosa

    return librosa.stft(signal, n_fft=_WIN, hop_length=_HOP)


def _our_istft(spectrum: Tensor, samples: int) -> Tensor:
    return istft(spectrum, win=_WIN, hop=_HOP, samples=samples, padding="centre")


def _torch_istft(spectrum: Tensor, samples: int) -> Tensor:
    taper = torch.hann_window(_WIN, device=spectrum.device)
    return torch.istft(spectrum, _WIN, _HOP, window=taper, length=samples)


def _our_mel(signal: Tensor) -> Tensor:
    return log_mel(
        signal, rate=_RATE, bands=_BANDS, win=_WIN, hop=_HOP, padding="centre"
    )


def _librosa_mel(signal: Any) -> Any:
    import librosa

    mel = librosa.feature.melspectrogram(
        y=signal,
        sr=_RATE,
        n_fft=_WIN,
        hop_length=_HOP,
        n_mels=_BANDS,
        pad_mode="constant",
        htk=True,
        norm=None,
    )
    return np.log(np.maximum(mel, 1e-5))


def _plain_mel(signal: Any) -> Any:
    """SciPy's transform, a matrix of triangles, a logarithm."""
    bank = mel_filterbank(_BANDS, _WIN, _RATE).numpy()
    power = np.abs(_scipy_stft(signal)) ** 2
    return np.log(np.maximum(bank @ power, 1e-5))


_SHARED: dict[str, Any] = {"sizes": _SIZES, "tolerance": 1e-3, "unit": "samples"}

COMPARISONS = [
    Comparison(
        name="short-time Fourier transform",
        kernel="support.signal.stft.stft",
        peer="torch.stft",
        package="torch",
        make=_waveform,
        ours=_our_stft,
        theirs=_torch_stft,
        **_SHARED,
    ),
    Comparison(
        name="short-time Fourier transform",
        kernel="support.signal.stft.stft",
        peer="scipy.signal.stft",
        package="scipy",
        make=_waveform,
        ours=_our_stft,
        theirs=_scipy_stft,
        translate=to_numpy,
        **_SHARED,
    ),
    Comparison(
        name="short-time Fourier transform",
        kernel="support.signal.stft.stft",
        peer="librosa.stft",
        package="librosa",
        make=_waveform,
        ours=_our_stft,
        theirs=_librosa_stft,
        translate=to_numpy,
        **_SHARED,
    ),
    Comparison(
        name="inverse short-time Fourier transform",
        kernel="support.signal.stft.istft",
        peer="torch.istft",
        package="torch",
        make=_spectrum,
        ours=_our_istft,
        theirs=_torch_istft,
        **_SHARED,
    ),
    Comparison(
        name="logarithmic mel bands",
        kernel="support.signal.mel.log_mel",
        peer="librosa.feature.melspectrogram",
        package="librosa",
        make=_waveform,
        ours=_our_mel,
        theirs=_librosa_mel,
        translate=to_numpy,
        **_SHARED,
    ),
    Comparison(
        name="logarithmic mel bands",
        kernel="support.signal.mel.log_mel",
        peer="scipy.signal.stft and NumPy, written here",
        make=_waveform,
        ours=_our_mel,
        theirs=_plain_mel,
        translate=to_numpy,
        **_SHARED,
    ),
]
