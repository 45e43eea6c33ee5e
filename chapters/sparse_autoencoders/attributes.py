"""Nine attributes of recorded speech, measured on the wave, none of them learnt."""

import math

import torch
from torch import Tensor

from support.arrays import classes, real
from support.scalars import number
from support.signal.pitch import pitch_track
from support.signal.stft import power_spectrogram

__all__ = ["ATTRIBUTES", "measure"]

#: Columns of `measure`, with their units.
ATTRIBUTES = {
    "pitch": "log Hz",
    "voicing": "share of frames",
    "duration": "s",
    "level": "dB",
    "centroid": "Hz",
    "bandwidth": "Hz",
    "roll-off": "Hz",
    "tilt": "dB an octave",
    "zero crossings": "of all samples",
}
_VOICED = 0.45  # degree of voicing from which a frame has a pitch
_WIN, _HOP = 256, 160
_ROLLED = 0.85  # share of the power below the roll-off
_LOWEST = 100.0  # Hz, from which the tilt is fitted
_FLOOR = 1e-10
_BATCH = 200  # clips whose correlations are in memory together


def measure(waves: Tensor, lengths: Tensor, rate: float) -> Tensor:
    r"""Measure clips that stand at the beginning of rows of zeros.

    The spectrum $P(f)$ is the mean power over frames; centroid $\sum fP/\sum P$, and
    bandwidth the deviation of the frequency about it; tilt is the slope of a line
    through $10\log_{10}P$ over $\log_2f$.  A clip without a voiced frame gets the
    median of all its frames for a pitch.

    Args:
        waves: (n, samples), zeros behind the end of a clip.
        lengths: (n,) samples of each clip, at least 1.
        rate: samples a second.

    Returns:
        (n, 9) float32, columns as in `ATTRIBUTES`.

    Raises:
        ValueError: no matrix of waves, an undefined number, or lengths that do not fit.
    """
    waves, lengths = real("waves", waves), classes("lengths", lengths)
    rate = number("rate", rate, above=0)
    if waves.ndim != 2 or waves.shape[1] < _WIN or lengths.shape != waves.shape[:1]:
        raise ValueError(
            f"waves: got shape {tuple(waves.shape)} with lengths "
            f"{tuple(lengths.shape)}; give (n, samples) with (n,), at least {_WIN} "
            "samples"
        )
    if not bool(((lengths > 0) & (lengths <= waves.shape[1])).all()):
        raise ValueError(
            f"lengths: got {int(lengths.min())} to {int(lengths.max())}; give 1 to "
            f"{waves.shape[1]}, the samples of a row"
        )
    parts = zip(waves.split(_BATCH), lengths.split(_BATCH), strict=True)
    return torch.cat([_measured(few, of, rate) for few, of in parts])


def _measured(waves: Tensor, lengths: Tensor, rate: float) -> Tensor:
    columns = {
        **_voice(waves, rate),
        **_power(waves, lengths, rate),
        **_spectrum(waves, rate),
    }
    return torch.stack([columns[name] for name in ATTRIBUTES], 1).float()


def _voice(waves: Tensor, rate: float) -> dict[str, Tensor]:
    track = pitch_track(waves, rate)
    voiced = track.voicing > _VOICED
    known = torch.where(voiced | ~voiced.any(1, keepdim=True), track.f0, torch.nan)
    return {
        "pitch": known.nanmedian(1).values.log(),
        "voicing": voiced.double().mean(1),
    }


def _power(waves: Tensor, lengths: Tensor, rate: float) -> dict[str, Tensor]:
    power = waves.double().square().sum(1) / lengths
    crossed = (waves[:, 1:] * waves[:, :-1] < 0).double().sum(1)
    return {
        "duration": lengths / rate,
        "level": 10 * (power + _FLOOR).log10(),
        "zero crossings": crossed / lengths,
    }


def _spectrum(waves: Tensor, rate: float) -> dict[str, Tensor]:
    power = power_spectrogram(waves, win=_WIN, hop=_HOP, padding="none").mean(-1)
    power = power.double() + _FLOOR
    f = torch.arange(power.shape[1]).to(power) * rate / _WIN
    share = power / power.sum(1, keepdim=True)
    centroid = share @ f
    spread = (share * (f - centroid[:, None]).square()).sum(1).sqrt()
    rolled = (share.cumsum(1) < _ROLLED).sum(1).clamp(max=len(f) - 1)
    octaves = f[f >= _LOWEST].log2()
    octaves = octaves - octaves.mean()
    decibels = 10 / math.log(10) * power[:, f >= _LOWEST].log()
    return {
        "centroid": centroid,
        "bandwidth": spread,
        "roll-off": f[rolled],
        "tilt": decibels @ octaves / octaves.square().sum(),
    }
