r"""From factors to sound: a source of pulses and noise through a filter that moves.

A phrase is cut into thirds of sounds, each with a spectral envelope of its own; the
envelope of a frame is their mixture, so that formants glide.  The source's short-time
spectrum is multiplied by it and added up again (zero phase, overlap-add).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv1d, one_hot, pad

from support.data.voices.configuration import VoiceConfig
from support.data.voices.factors import Drawn, Factors
from support.data.voices.phones import SILENCE, table
from support.signal.stft import window

__all__ = ["RATE", "TICK", "Timing", "synthesise", "time_phrases"]

RATE = 8000
TICK = 80
"""Samples between frames of synthesis: 10 ms."""

_WINDOW, _FFT = 240, 256
# Squares of the root-Hann window, shifted by a third of its length, add up to this.
_OVERLAP = 1.5
_BANDWIDTHS = (60.0, 90.0, 130.0, 200.0)
_TRAILING = 4.0
_LOUDNESS = 0.1


@dataclass(frozen=True)
class Timing:
    """When each sound is heard.

    Args:
        ends: (n, L + 1) in ticks of 10 ms, of the leading silence and of each sound.
        ticks: (n,) length of the utterance, its trailing silence included.
    """

    ends: Tensor
    ticks: Tensor


def time_phrases(
    config: VoiceConfig,
    factors: Factors,
    drawn: Drawn,
    speaker: Tensor,
    session: Tensor,
    phrase: Tensor,
) -> Timing:
    """Give every sound its time: by its kind, the speaker's and the day's rate.

    Args:
        config: sizes.
        factors: of the corpus.
        drawn: of these utterances.
        speaker: (n,) integers.
        session: (n,) integers.
        phrase: (n,) integers.
    """
    sounds = factors.phrases[phrase]
    effort = factors.effort[session][:, None]
    rate = (factors.rate[speaker] * factors.day_rate[speaker, session])[:, None]
    longer = 1 + 0.35 * effort * table("vowel")[sounds]
    length = table("frames")[sounds] * rate * longer * (0.15 * drawn.duration).exp()
    lead = 4 + 8 * drawn.lead[:, None]
    ends = torch.cat([lead, length], dim=1).cumsum(1)
    whole = (ends[:, -1] + _TRAILING).ceil().long()
    return Timing(ends, whole.clamp(max=config.ticks))


def synthesise(
    config: VoiceConfig,
    factors: Factors,
    drawn: Drawn,
    speaker: Tensor,
    session: Tensor,
    phrase: Tensor,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Make the sound of utterances.

    Args:
        config: sizes.
        factors: of the corpus.
        drawn: of these utterances.
        speaker: (n,) integers.
        session: (n,) integers.
        phrase: (n,) integers.
        device: where to work.

    Returns:
        (n, 80 ticks) float32 at 8 kHz, root mean square .1 up to the utterance's
        end, 0 behind it.  Meanwhile about 1 MB an utterance is needed.
    """
    timing = time_phrases(config, factors, drawn, speaker, session, phrase)
    member = _membership(config, timing).to(device)
    envelope = _envelopes(factors, drawn, speaker, session, phrase, device)
    sounds = _with_silence(factors.phrases[phrase])
    voiced = table("voiced")[sounds].to(device)
    pitch = factors.pitch[speaker] * factors.day_pitch[speaker, session]
    pitch = pitch * (1 + 0.6 * factors.effort[session])
    source = _source(
        pitch.to(device),
        (member @ voiced[..., None])[..., 0],
        factors.breath[speaker].to(device),
        drawn.phase.to(device),
        drawn.breath.to(device),
    )
    channel = _channel(factors.channel[speaker, session].to(device))
    speech = _filtered(source, member @ envelope + channel[:, None])
    spoken = _per_sample((sounds.to(device) != SILENCE).float()[:, None] @ member.mT)[
        :, 0
    ]
    real = torch.arange(speech.shape[1], device=device) // TICK
    real = (real < timing.ticks.to(device)[:, None]).float()
    power = _power(speech, spoken > 0.5)
    noise = _coloured(drawn.room.to(device), factors.slope[speaker, session].to(device))
    wanted = power * 10 ** (-factors.snr[speaker, session].to(device)[:, None] / 10)
    noise = noise * (wanted / noise.square().mean(1, keepdim=True)).sqrt()
    wave = (speech + noise) * real
    return wave * (_LOUDNESS / _power(wave, real > 0).sqrt())


def _power(wave: Tensor, chosen: Tensor) -> Tensor:
    count = chosen.sum(1, keepdim=True).clamp_min(1)
    return torch.where(chosen, wave.square(), 0).sum(1, keepdim=True) / count


def _with_silence(sounds: Tensor) -> Tensor:
    """(n, L) sounds -> (n, 3 L + 2) thirds, with the silence before and behind."""
    return pad(sounds.repeat_interleave(3, dim=1), (1, 1), value=SILENCE)


def _membership(config: VoiceConfig, timing: Timing) -> Tensor:
    """How much of each third of a sound is in each tick, (n, ticks, 3 L + 2)."""
    starts, ends = timing.ends[:, :-1], timing.ends[:, 1:]
    thirds = torch.arange(1, 4) / 3
    inner = starts[..., None] + (ends - starts)[..., None] * thirds
    borders = torch.cat([timing.ends[:, :1], inner.flatten(1)], dim=1)
    ticks = (torch.arange(config.ticks) + 0.5).expand(len(borders), -1).contiguous()
    place = torch.searchsorted(borders, ticks, right=True)
    member = one_hot(place, borders.shape[1] + 1).float()
    hann = torch.hann_window(8)[1:]
    count = member.shape[2]
    around = pad(member.mT, (3, 3), mode="replicate")
    kernel = (hann / hann.sum()).expand(count, 1, -1)
    return conv1d(around, kernel, groups=count).mT


def _envelopes(
    factors: Factors,
    drawn: Drawn,
    speaker: Tensor,
    session: Tensor,
    phrase: Tensor,
    device: torch.device | str,
) -> Tensor:
    """Log spectra of all thirds of sounds and the silences, (n, 3 L + 2, 129) dB."""
    sounds = factors.phrases[phrase]
    own = table("formants").log()[sounds]
    voiced = table("voiced")[sounds].bool()[..., None]
    before, behind = own.roll(1, 1), own.roll(-1, 1)
    before[:, 0], behind[:, -1] = own[:, 0], own[:, -1]
    heard_before, heard_behind = voiced.roll(1, 1), voiced.roll(-1, 1)
    before = torch.where(heard_before, before, own)
    behind = torch.where(heard_behind, behind, own)
    glides = [0.7 * own + 0.3 * before, own, 0.7 * own + 0.3 * behind]
    habit = factors.habit[speaker[:, None], sounds]
    effort = factors.effort[session][:, None]
    raised = effort * torch.tensor([math.log(1.25), math.log(1.04), 0.0, 0.0])
    moved = (
        habit
        + (factors.tract[speaker, None].log() + 0.015 * drawn.formant + raised)[:, None]
    )
    logs = torch.stack(glides, 2) + moved[:, :, None]
    logs = logs.flatten(1, 2) + 0.02 * drawn.part
    formants = logs.exp().clamp(120, 3900).to(device)
    width = torch.tensor(_BANDWIDTHS) * (1 + 0.1 * drawn.bandwidth)
    f = torch.linspace(0, RATE / 2, _FFT // 2 + 1, device=device)
    f[0] = 20
    tilt = factors.tilt[speaker] + 3 * factors.effort[session]
    level = table("level")[sounds] + factors.level[speaker[:, None], sounds]
    resonant = _resonances(f, formants, width.to(device))
    resonant += (tilt.to(device) - 6)[:, None, None] * ((f + 100) / 600).log2()
    zero = table("zero")[sounds] * factors.tract[speaker, None]
    third = _thirds(zero).to(device)
    resonant += torch.where(third > 0, _antiresonance(f, third.clamp_min(1)), 0)
    scale = factors.tract[speaker, None] ** 0.7 * habit[..., 0].exp()
    centre = _thirds(table("centre")[sounds] * scale).to(device)
    band = -2.17 * ((f - centre) / _thirds(table("width")[sounds]).to(device)).square()
    voiced = voiced.repeat_interleave(3, dim=1).to(device)
    made = torch.where(voiced, resonant, band) + _thirds(level).to(device)
    quiet, c, w = (table(name)[SILENCE].item() for name in ("level", "centre", "width"))
    silence = (quiet - 2.17 * ((f - c) / w).square()).expand(len(made), 1, -1)
    return torch.cat([silence, made, silence], dim=1)


def _thirds(values: Tensor) -> Tensor:
    return values.repeat_interleave(3, dim=1)[..., None]


def _resonances(f: Tensor, formants: Tensor, width: Tensor) -> Tensor:
    r"""$-10\log_{10}\prod_k[(1-f^2/F_k^2)^2+f^2B_k^2/F_k^4]$, one formant at a time."""
    total = torch.zeros_like(f)
    for k in range(formants.shape[2]):
        inverse = formants[..., k, None] ** -2
        x = f.square() * inverse
        spread = width[:, k, None, None].square() * inverse
        total = total - 10 * torch.log10((1 - x).square() + x * spread)
    return total


def _antiresonance(f: Tensor, zero: Tensor) -> Tensor:
    x = (f / zero).square()
    return 10 * torch.log10((1 - x).square() + x * (200 / zero).square() + 1e-3)


def _channel(cosines: Tensor) -> Tensor:
    """(n, 6) -> (n, 129) dB."""
    f = torch.linspace(0, 1, _FFT // 2 + 1, device=cosines.device)
    order = torch.arange(1, cosines.shape[1] + 1, device=cosines.device)
    return cosines @ torch.cos(math.pi * order[:, None] * f)


def _source(
    pitch: Tensor, voicing: Tensor, breath: Tensor, phase: Tensor, noise: Tensor
) -> Tensor:
    """Pulses at the pitch where there is voice, noise elsewhere and a little in it."""
    samples = noise.shape[1]
    time = torch.linspace(0, 1, samples, device=noise.device)
    melody = 0.08 * torch.sin(2 * math.pi * (1.3 * time + phase[:, None]))
    f0 = pitch[:, None] * (melody - 0.12 * (time - 0.5)).exp()
    wraps = (f0.double() / RATE).cumsum(1).floor()
    pulses = wraps.diff(dim=1, prepend=torch.zeros_like(wraps[:, :1])).float()
    voiced = _per_sample(voicing)
    return pulses * (RATE / f0).sqrt() * voiced + noise * (
        breath.sqrt()[:, None] * voiced + 1 - voiced
    )


def _per_sample(values: Tensor) -> Tensor:
    return values.repeat_interleave(TICK, dim=-1)


def _filtered(source: Tensor, envelope: Tensor) -> Tensor:
    """Multiply the short-time spectrum by an envelope, (n, ticks, 129) dB."""
    taper = window(_WINDOW, "sqrt_hann", device=source.device)
    margin = (_WINDOW - TICK) // 2
    frames = pad(source, (margin, margin)).unfold(1, _WINDOW, TICK) * taper
    gain = 10 ** (envelope / 20)
    shaped = torch.fft.irfft(torch.fft.rfft(frames, _FFT) * gain, _FFT)
    shaped = shaped[..., :_WINDOW] * (taper / _OVERLAP)
    # A window is three steps long: of every frame, one part falls on each of three.
    parts = shaped.unflatten(2, (3, TICK))
    added = parts[:, :, 1].clone()
    added[:, :-1] += parts[:, 1:, 0]
    added[:, 1:] += parts[:, :-1, 2]
    return added.flatten(1)


def _coloured(noise: Tensor, slope: Tensor) -> Tensor:
    """White noise with its spectrum tilted by so many dB an octave."""
    spectrum = torch.fft.rfft(noise)
    f = torch.linspace(0, RATE / 2, spectrum.shape[1], device=noise.device)
    octaves = (f.clamp_min(20) / 1000).log2()
    return torch.fft.irfft(
        spectrum * 10 ** (slope[:, None] * octaves / 20), noise.shape[1]
    )
