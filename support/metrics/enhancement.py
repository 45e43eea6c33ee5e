r"""How good dereverberated speech is, by its spectrum and by its modulation.

Spectra and bands come in as arguments; the distances by linear prediction stand in
:mod:`support.metrics.linear_prediction`.
"""

import math
from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number

__all__ = [
    "log_spectral_distance",
    "recovered_share",
    "reduced_srmr",
    "segmental_snr",
]

_SNR_RANGE = (-10.0, 35.0)
_BANDS, _LOWEST = 16, 125.0  # of the reduced SRMR, hertz
_MODULATION = (4.0, 128.0)  # hertz, centres of the first and the last of eight bands
_SPEECH = 4  # of them are speech
_SHARPNESS = 2.0


def segmental_snr(reference: Any, processed: Any, bands: Any) -> Tensor:
    r"""Frequency-weighted segmental signal-to-noise ratio, in decibels.

    $$\frac1T\sum_t\frac{\sum_jW_{jt}\,10\log_{10}\dfrac{S_{jt}^2}{(S_{jt}-P_{jt})^2}}
    {\sum_jW_{jt}},\qquad W=S^{0.2}$$

    S and P are magnitudes summed over bands; each logarithm is held in [-10, 35] dB,
    and frames where the reference is silent do not count.

    Args:
        reference: (B, F, T) magnitudes, at least 0.
        processed: (B, F, T) magnitudes, at least 0.
        bands: (J, F) weights, at least 0, such as mel triangles.

    Returns:
        (B,) float64 in [-10, 35]; 35 for the reference itself.

    Raises:
        ValueError: shapes that do not fit, nothing, a negative magnitude, a reference
            that is silent throughout, a number that is not finite.

    Source: Hu and Loizou, Evaluation of objective quality measures for speech
    enhancement, IEEE TASLP 16, 2008; the weights are magnitudes to the power 0.2.

    >>> segmental_snr([[[1.0], [2.0]]], [[[1.0], [1.0]]], [[1.0, 0.0], [0.0, 1.0]]) > 19
    tensor([True])
    """
    clean, other = _magnitudes(reference, processed)
    weights = real("bands", bands, like=clean).double()
    if weights.ndim != 2 or weights.shape[1] != clean.shape[1] or not len(weights):
        raise ValueError(
            f"bands: got shape {tuple(weights.shape)}; give (J, {clean.shape[1]})"
        )
    if float(weights.min()) < 0:
        raise ValueError(
            f"bands: got {float(weights.min())}; give weights of at least 0"
        )
    largest = clean.amax((1, 2), keepdim=True)
    s, p = weights @ (clean / largest), weights @ (other / largest)
    weight = s**0.2
    counts = weight.sum(1) > 0
    if bool((counts.sum(1) == 0).any()):
        raise ValueError("reference: got silence in all bands; give some sound in them")
    # in logarithms, since squares of the quiet are lost
    level = 20 * (s.log10() - (s - p).abs().log10())
    # 0 / 0 is a band in which both are silent
    level = torch.where((s == 0) & (p == 0), _SNR_RANGE[1], level)
    level = level.clamp(*_SNR_RANGE)
    frame = (weight * level).sum(1) / torch.where(counts, weight.sum(1), 1)
    return (frame * counts).sum(1) / counts.sum(1)


def log_spectral_distance(
    reference: Any, processed: Any, *, floor: float = 1e-3
) -> Tensor:
    r"""Root mean square difference of two natural log magnitudes.

    $$\sqrt{\frac1{FT}\sum_{f,t}\big(\ln(S_{ft}+\varepsilon)-\ln(P_{ft}+\varepsilon)
    \big)^2}$$

    Args:
        reference: (B, F, T) magnitudes, at least 0.
        processed: (B, F, T) magnitudes, at least 0.
        floor: ε, above 0, in the unit of the magnitudes.

    Returns:
        (B,) float64, at least 0.

    Raises:
        ValueError: shapes that differ, nothing, a negative magnitude, a floor that is
            not above 0, a number that is not finite.

    >>> log_spectral_distance([[[1.0]]], [[[math.e]]], floor=1e-12)
    tensor([1.0000], dtype=torch.float64)
    """
    floor = number("floor", floor, above=0)
    clean, other = _magnitudes(reference, processed, silent=True)
    apart = (clean + floor).log() - (other + floor).log()
    return apart.square().mean((1, 2)).sqrt()


def reduced_srmr(signal: Any, rate: float) -> Tensor:
    r"""Energy of slow modulations, which speech makes, over that of fast ones.

    $$\frac{\sum_{k\le4}\mathcal E_k}{\sum_{k>4}\mathcal E_k}$$

    $\mathcal E_k$ is the energy of the envelopes of 16 bands (Butterworth, an
    equivalent rectangular bandwidth wide, from 125 Hz to 0.45 of the rate), in the k-th
    of eight resonances of sharpness 2 from 4 to 128 Hz.  Reduced, because the original
    has 23 gammatone bands, frames, and drops resonances above the bandwidth of the
    voice: values are not to be compared with published ones.

    Args:
        signal: (B, N), no reference needed.
        rate: samples a second, at least 1000.

    Returns:
        (B,) float64, above 0; lower for more reverberation, and free to exceed the
        value of dry speech.

    Raises:
        ValueError: no (B, N), nothing, silence, one value throughout, less than a
            quarter of a second, a rate out of range, a number that is not finite.

    Source: Falk, Zheng, Chan, A non-intrusive quality and intelligibility measure of
    reverberant and dereverberated speech, IEEE TASLP 18, 2010.

    >>> t = torch.arange(8000) / 8000
    >>> slow, fast = ((1 + (6.28 * f * t).sin()) * (6280 * t).sin() for f in (4, 64))
    >>> values = reduced_srmr(torch.stack([slow, fast]), 8000)
    >>> bool(values[0] > 10 * values[1])
    True
    """
    rate = number("rate", rate, least=1000)
    x = real("signal", signal).double()
    if x.ndim != 2 or not len(x) or x.shape[1] < rate / 4:
        raise ValueError(
            f"signal: got shape {tuple(x.shape)} at {rate:g} Hz; give (B, N), at least "
            "a quarter of a second"
        )
    largest = x.abs().amax(1, keepdim=True)
    lowest, highest = x.aminmax(dim=1, keepdim=True)
    if bool((highest - lowest <= 1e-12 * largest).any()):  # all else is rounding
        raise ValueError("signal: got silence, or one value; give some sound")
    samples = x.shape[1]
    spectrum = torch.fft.rfft(x / largest)
    hertz = torch.arange(spectrum.shape[1], device=x.device).double() * rate / samples
    # the analytic signal of a band has no negative frequencies; its modulus is the
    # envelope
    one_sided = spectrum[:, None] * _butterworth(hertz, rate)
    envelope = 2 * _power(torch.fft.ifft(one_sided, samples)).sqrt()
    slow = hertz <= 4 * _MODULATION[1]
    energy = _power(torch.fft.rfft(envelope)[..., slow]).sum(1)
    low, high = (math.log10(end) for end in _MODULATION)
    centres = torch.logspace(low, high, 8, dtype=torch.double, device=x.device)
    found = energy @ _resonances(hertz[slow], centres).mT
    return found[:, :_SPEECH].sum(1) / found[:, _SPEECH:].sum(1)


def recovered_share(before: Any, after: Any) -> Tensor:
    r"""Share of a damage that a treatment takes away.

    $$\rho=\frac{\sum_id_i-\sum_i\hat d_i}{\sum_id_i}$$

    Args:
        before: (n,) distances to the dry speech, at least 0, not all 0.
        after: (n,) distances after the treatment, at least 0.

    Returns:
        One number, float64, at most 1: 0 for nothing done, 1 for dry speech, below
        0 for harm.

    Raises:
        ValueError: shapes that differ or are not (n,), nothing, a negative distance, no
            damage to begin with, a number that is not finite.

    >>> recovered_share([0.5, 0.3], [0.4, 0.2])
    tensor(0.2500, dtype=torch.float64)
    """
    first = real("before", before).double()
    second = real("after", after, like=first).double()
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(
            f"before, after: got shapes {tuple(first.shape)}, {tuple(second.shape)}; "
            "give (n,) twice, not empty"
        )
    for name, values in (("before", first), ("after", second)):
        if float(values.min()) < 0:
            raise ValueError(f"{name}: got {float(values.min())}; give at least 0")
    if float(first.sum()) == 0:
        raise ValueError("before: got no damage at all; give some that is above 0")
    largest = first.max()  # so that no sum overflows
    return 1 - (second / largest).sum() / (first / largest).sum()


def _magnitudes(
    reference: Any, processed: Any, *, silent: bool = False
) -> tuple[Tensor, Tensor]:
    clean = real("reference", reference)
    other = real("processed", processed, like=clean)
    if clean.ndim != 3 or clean.shape != other.shape or not clean.numel():
        raise ValueError(
            f"reference, processed: got shapes {tuple(clean.shape)}, "
            f"{tuple(other.shape)}; give (B, F, T) twice, not empty"
        )
    for name, values in (("reference", clean), ("processed", other)):
        if float(values.min()) < 0:
            raise ValueError(
                f"{name}: got {float(values.min())}; give magnitudes of at least 0"
            )
    if not silent and bool((clean.amax((1, 2)) == 0).any()):
        raise ValueError("reference: got silence; give signals with some sound")
    return clean.double(), other.double()


def _power(values: Tensor) -> Tensor:
    """Squared modulus, without the root that `abs` takes."""
    return torch.view_as_real(values).square().sum(-1)


def _butterworth(hertz: Tensor, rate: float) -> Tensor:
    """Magnitudes (16, F) of band-passes of order 2, equally spaced as the ear's."""
    ends = torch.tensor([_LOWEST, 0.45 * rate], dtype=torch.double, device=hertz.device)
    low, high = (21.4 * (1 + 0.00437 * ends).log10()).tolist()
    places = torch.linspace(low, high, _BANDS, device=hertz.device).double()
    centre = ((10 ** (places / 21.4) - 1) / 0.00437)[:, None]
    width = 24.7 * (1 + 0.00437 * centre)
    detuned = (hertz.square() - centre.square()) / (width * hertz).clamp_min(1e-9)
    return (1 + detuned**4).rsqrt()


def _resonances(hertz: Tensor, centres: Tensor) -> Tensor:
    """Squared magnitudes (8, F) of resonances of second order; a constant is none."""
    centre = centres[:, None]
    detuned = (hertz.square() - centre.square()) / (centre * hertz).clamp_min(1e-9)
    return 1 / (1 + (_SHARPNESS * detuned).square())
