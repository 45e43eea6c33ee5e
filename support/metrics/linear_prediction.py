r"""Distances of two voices by their all-pole spectra: log-likelihood ratio, cepstra.

Linear prediction says each sample by the ones before it; its coefficients describe the
spectrum's envelope, that is the vocal tract, and not the pitch.  What a room smears
over this envelope, the two distances count.
"""

from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number, whole

__all__ = [
    "cepstral_distance",
    "levinson",
    "log_likelihood_ratio",
    "prediction_cepstra",
    "prediction_distances",
]

_ORDERS = {True: 10, False: 16}  # below 12 kHz, and above
_SPLIT = 12_000
_FRAME, _STEPS = 0.030, 4  # seconds of a frame, frames that overlap
_LOAD = 1e-9  # of the power: a pure tone foretells itself
_LOUD = 40.0  # decibels below the loudest frame to where frames count
_KEPT = 0.95  # of the frames, the nearest ones
_MOST_LLR, _MOST_CD = 2.0, 10.0
_DECIBELS = 10 / torch.tensor(10.0, dtype=torch.double).log()


def levinson(autocorrelation: Any) -> tuple[Tensor, Tensor]:
    r"""Linear predictors of many frames at once.

    $a=(1,a_1,\dots,a_p)$ minimises $E=a^\top Ra$, where R is the Toeplitz matrix of the
    autocorrelation; order after order, by Levinson's and Durbin's recursion.

    Args:
        autocorrelation: (..., p + 1), lag 0 first, of positive semi-definite type, but
            for rounding, on any scale; a frame of silence is all 0.

    Returns:
        a, (..., p + 1), and E, (...), both float64; of silence (1, 0, ...) and 0.

    Raises:
        ValueError: no lag, a negative power, lags that no signal has (a prediction
            would have a negative error), a number that is not finite.

    Source: Makhoul, Linear prediction: a tutorial review, Proc. IEEE 63, 1975.

    >>> predictor, error = levinson([1.0, 0.5])
    >>> predictor.tolist(), float(error)
    ([1.0, -0.5], 0.75)
    """
    given = real("autocorrelation", autocorrelation)
    r = given.double()
    if not r.ndim or not r.shape[-1]:
        raise ValueError(
            f"autocorrelation: got shape {tuple(r.shape)}; give (..., order + 1)"
        )
    if r.numel() and float(r[..., 0].min()) < 0:
        raise ValueError(
            f"autocorrelation: got {float(r[..., 0].min())} at lag 0; give at least 0"
        )
    most = r.shape[-1] - 1
    turned_r = r.flip(-1)  # lag p first, so that no order turns its lags again
    a = torch.ones_like(r[..., :1])
    error = r[..., :1]
    sums, errors = [error], [error]
    for order in range(1, most + 1):
        ahead = (a * turned_r[..., most - order : most]).sum(-1, keepdim=True)
        # silence, which nothing foretells, has no reflection
        reflection = ahead / torch.where(error > 0, error, torch.inf)
        reflection = reflection.clamp(-1, 1)  # beyond is rounding, as is asked below
        sums.append(ahead)
        errors.append(error)
        longer = torch.nn.functional.pad(a, (0, 1))
        a = longer.addcmul(reflection, longer.flip(-1), value=-1)
        error = error.addcmul(error, reflection.square(), value=-1)
    over = torch.cat(sums, -1).abs() - torch.cat(errors, -1)
    wrong = over > torch.finfo(given.dtype).eps ** 0.5 * r[..., :1]
    if bool(wrong.any()):
        frame = wrong.any(-1)
        lags = 1 + int(wrong[frame][0].int().argmax())
        raise ValueError(
            f"autocorrelation: got {r[frame][0, :lags].tolist()} at the first lags, "
            "which no signal has; give a positive semi-definite one, such as the "
            "inverse transform of a power spectrum"
        )
    return a, error[..., 0]


def prediction_cepstra(predictor: Any) -> Tensor:
    r"""Cepstrum of the spectrum $1/|A|^2$ that a predictor describes.

    $$c_k=-a_k-\tfrac1k\sum_{j<k}j\,c_j\,a_{k-j}$$

    Args:
        predictor: (..., p + 1), $a_0=1$.

    Returns:
        (..., p) float64, $c_1$ first.

    Raises:
        ValueError: no coefficient beside the 1, or another in its place.

    >>> prediction_cepstra([1.0, -0.5, 0.0])
    tensor([0.5000, 0.1250], dtype=torch.float64)
    """
    a = real("predictor", predictor).double()
    if not a.ndim or a.shape[-1] < 2 or bool((a[..., 0] != 1).any()):
        raise ValueError(
            f"predictor: got shape {tuple(a.shape)}; give (..., order + 1), each "
            "starting with 1"
        )
    c = torch.zeros_like(a)
    for k in range(1, a.shape[-1]):
        steps = torch.arange(1, k, device=a.device)
        earlier = (steps * c[..., 1:k] * a[..., 1:k].flip(-1)).sum(-1)
        c[..., k] = -a[..., k] - earlier / k
    return c[..., 1:]


def log_likelihood_ratio(
    reference: Any, processed: Any, *, rate: float, order: int | None = None
) -> Tensor:
    r"""How much worse the processed voice's predictor predicts the reference.

    $$LLR=\ln\frac{a_p^\top R_ca_p}{a_c^\top R_ca_c}\ge0$$

    Frames of 30 ms under a Hann window, each a quarter later; those of the reference
    that are at most 40 dB below its loudest count.  Each ratio is clipped at 2, and of
    a clip the mean of the smallest 95 % is given.

    Args:
        reference: (B, N) dry signals, as loud as you like.
        processed: (B, N) what is judged, in time with the reference.
        rate: samples a second.
        order: of the predictors; by default 10 below 12 kHz, else 16.

    Returns:
        (B,) float64 in [0, 2]; 0 where each frame is the reference's times a constant.

    Raises:
        ValueError: shapes that differ or hold not one frame, a silent reference, an
            option out of range, a number that is not finite.

    Source: Quackenbush et al., Objective measures of speech quality, 1988; the choice
    of frames is that of the REVERB challenge's evaluation.

    >>> x = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    >>> log_likelihood_ratio(x, 2 * x, rate=8000)
    tensor([0.], dtype=torch.float64)
    """
    return prediction_distances(reference, processed, rate=rate, order=order)[0]


def cepstral_distance(
    reference: Any, processed: Any, *, rate: float, order: int | None = None
) -> Tensor:
    r"""Distance of the log spectra that two predictors describe, in decibels.

    $$CD=\frac{10}{\ln10}\sqrt{2\sum_{k=1}^p(c_k-\hat c_k)^2}$$

    The level, $c_0$, is left out.  Frames and their choice as in
    :func:`log_likelihood_ratio`; each distance is clipped at 10 dB.

    Args:
        reference: (B, N) dry signals.
        processed: (B, N) what is judged.
        rate: samples a second.
        order: p; by default 10 below 12 kHz, else 16.

    Returns:
        (B,) float64 in [0, 10].

    Raises:
        ValueError: as :func:`log_likelihood_ratio`.

    Source: Kitawaki et al., Objective quality evaluation for low-bit-rate speech
    coding systems, IEEE JSAC 6, 1988.

    >>> x = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    >>> cepstral_distance(x, 2 * x, rate=8000)
    tensor([0.], dtype=torch.float64)
    """
    return prediction_distances(reference, processed, rate=rate, order=order)[1]


def prediction_distances(
    reference: Any, processed: Any, *, rate: float, order: int | None = None
) -> tuple[Tensor, Tensor]:
    """Both distances at the price of one: their frames and predictors are the same.

    Args:
        reference: (B, N) dry signals.
        processed: (B, N) what is judged.
        rate: samples a second.
        order: of the predictors; by default 10 below 12 kHz, else 16.

    Returns:
        :func:`log_likelihood_ratio` and :func:`cepstral_distance`, (B,) float64 each.

    Raises:
        ValueError: as :func:`log_likelihood_ratio`.
    """
    clean, other, loud = _frames(reference, processed, rate, order)
    a_c, a_p = levinson(clean)[0], levinson(other)[0]
    ratio = (_quadratic(a_p, clean) / _quadratic(a_c, clean)).log()
    apart = prediction_cepstra(a_c) - prediction_cepstra(a_p)
    distance = _DECIBELS.to(apart.device) * (2 * apart.square().sum(-1)).sqrt()
    return (
        _nearest(ratio.clamp(0, _MOST_LLR), loud),
        _nearest(distance.clamp_max(_MOST_CD), loud),
    )


def _frames(
    reference: Any, processed: Any, rate: float, order: int | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Autocorrelations (B, T, p + 1) of two signals, and which frames count (B, T)."""
    rate = number("rate", rate, above=0)
    lags = 1 + (_ORDERS[rate < _SPLIT] if order is None else whole("order", order))
    clean = real("reference", reference)
    other = real("processed", processed, like=clean)
    length = round(_FRAME * rate)
    if clean.ndim != 2 or clean.shape != other.shape or not len(clean):
        raise ValueError(
            f"reference, processed: got shapes {tuple(clean.shape)}, "
            f"{tuple(other.shape)}; give (B, N) twice, not empty"
        )
    if clean.shape[1] < length or length <= lags:
        raise ValueError(
            f"reference: got {clean.shape[1]} samples at {rate:g} Hz; give at least "
            f"one frame, {length}, of more than {lags} samples"
        )
    pair = torch.stack([clean.double(), other.double()])
    largest = pair.abs().amax(2, keepdim=True)
    if bool((largest[0] == 0).any()):
        raise ValueError("reference: got silence; give signals with some sound")
    # levels do not matter, so tiny ones shall not underflow
    pair = pair / torch.where(largest > 0, largest, 1)
    taper = torch.hann_window(length, dtype=pair.dtype, device=pair.device)
    cut = pair.unfold(2, length, max(1, length // _STEPS)) * taper
    size = 1 << (2 * length - 1).bit_length()
    power = torch.fft.rfft(cut, size).abs().square()
    correlation = torch.fft.irfft(power, size)[..., :lags]
    # rounding leaves silence not quite silent
    heard = cut.abs().amax(-1, keepdim=True) > 0
    correlation = torch.where(heard, correlation, 0)
    correlation[..., 0] *= 1 + _LOAD
    clean_power = correlation[0, ..., 0]
    least = clean_power.amax(1, keepdim=True) * 10 ** (-_LOUD / 10)
    return correlation[0], correlation[1], clean_power >= least


def _quadratic(a: Tensor, r: Tensor) -> Tensor:
    """a' R a, with R the Toeplitz matrix of r, by the correlation of a with itself."""
    lags = a.shape[-1]
    padded = torch.nn.functional.pad(a, (0, lags - 1))
    own = (padded.unfold(-1, lags, 1) * a[..., None, :]).sum(-1)
    return own[..., 0] * r[..., 0] + 2 * (own[..., 1:] * r[..., 1:]).sum(-1)


def _nearest(values: Tensor, counts: Tensor) -> Tensor:
    """Mean of the smallest 95 % of the values (B, T) that count."""
    ordered = torch.where(counts, values, torch.inf).sort(1).values
    kept = (counts.sum(1, keepdim=True) * _KEPT).round().clamp_min(1)
    inside = torch.arange(values.shape[1], device=values.device) < kept
    return torch.where(inside, ordered, 0).sum(1) / kept[:, 0]
