"""A corpus of synthetic voices, with the truth about each."""

from dataclasses import dataclass

import torch
from torch import Tensor

from support.data.voices.configuration import VoiceConfig, voice_config
from support.data.voices.factors import draw_factors, draw_utterances
from support.data.voices.synthesis import RATE, TICK, synthesise, time_phrases
from support.signal.mel import mel_filterbank
from support.signal.stft import power_spectrogram

__all__ = ["BANDS", "Voices", "log_mel_frames", "make_corpus", "render"]

BANDS = 24
_WINDOW = 200  # 25 ms
_FLOOR = 1e-8
_AT_ONCE = 128


@dataclass(frozen=True)
class Voices:
    """Utterances of fixed phrases, by many speakers on several days.

    Args:
        log_mel: (N, T, 24) float32, natural logarithms; padding is what silence is.
        frames: (N,) real frames of each utterance.
        speaker: (N,) integers from 0.
        session: (N,) integers from 0.
        phrase: (N,) integers from 0.
        sex: (S,) integers; -1 where it is not known.
        background: (S,) bool, speakers to learn from; the others are verified.
        phone_position: (N, T) place of the sound in its phrase, -1 in silence and
            padding, and wherever it is not known.
        phrases: (P, L) what is said: sounds, or digits.
        partner: (P,) the phrase with the same parts in another order.
        factors: the truth by name; empty for recordings.
        rate: samples a second.
        hop: samples between frames.
        wave: (N, samples) float32, or None where they were not kept.
        config: sizes of a synthetic corpus, None for recordings.
        seed: of a synthetic corpus.
    """

    log_mel: Tensor
    frames: Tensor
    speaker: Tensor
    session: Tensor
    phrase: Tensor
    sex: Tensor
    background: Tensor
    phone_position: Tensor
    phrases: Tensor
    partner: Tensor
    factors: dict[str, Tensor]
    rate: int
    hop: int
    wave: Tensor | None = None
    config: VoiceConfig | None = None
    seed: int = 0

    def __len__(self) -> int:
        return len(self.speaker)


def make_corpus(
    profile: str | VoiceConfig = "quick",
    seed: int = 0,
    device: torch.device | str = "cpu",
    *,
    waves: bool = False,
    at_once: int = _AT_ONCE,
) -> Voices:
    """Synthesise a corpus: every speaker says every phrase in every session.

    Args:
        profile: ``quick`` (48 speakers, 3,456 utterances), ``standard``, ``wide``,
            ``full``, or sizes of one's own.
        seed: of all draws; nothing else decides them.
        device: where to work and where the result lies; numbers are drawn on the
            CPU, so that every device has the same voices.
        waves: keep the waves, 33 kB an utterance of the quick profile.
        at_once: utterances worked on at one time; the result is the same.

    Returns:
        See `Voices`; utterances by speaker, then session, then phrase.

    Raises:
        ValueError: the profile is unknown, or ``at_once`` below 1.

    >>> corpus = make_corpus(VoiceConfig(2, 2, sessions=1, phrases=2), seed=0)
    >>> corpus.log_mel.shape, corpus.phrases.shape
    (torch.Size([8, 52, 24]), torch.Size([2, 8]))
    """
    config = voice_config(profile)
    if at_once < 1:
        raise ValueError(f"at_once: got {at_once}; give at least 1")
    factors = draw_factors(config, seed)
    speaker, session, phrase = torch.cartesian_prod(
        *(torch.arange(k) for k in (config.speakers, config.sessions, config.phrases))
    ).T.contiguous()
    mels, frames, positions, sounds = [], [], [], []
    for rows in torch.arange(len(speaker)).split(at_once):
        who = speaker[rows], session[rows], phrase[rows]
        drawn = draw_utterances(config, seed, *who)
        wave = synthesise(config, factors, drawn, *who, device)
        mels.append(log_mel_frames(wave, hop=config.hop))
        timing = time_phrases(config, factors, drawn, *who)
        count = -(-timing.ticks * TICK // config.hop)
        frames.append(count)
        positions.append(_positions(timing.ends, count, mels[-1].shape[1], config.hop))
        if waves:
            sounds.append(wave)
    truth = {
        name: value.to(device)
        for name, value in vars(factors).items()
        if name not in ("phrases", "partner", "sex")
    }
    return Voices(
        torch.cat(mels),
        torch.cat(frames).to(device),
        speaker.to(device),
        session.to(device),
        phrase.to(device),
        factors.sex.to(device),
        (torch.arange(config.speakers) < config.background).to(device),
        torch.cat(positions).to(device),
        factors.phrases.to(device),
        factors.partner.to(device),
        truth,
        RATE,
        config.hop,
        torch.cat(sounds) if waves else None,
        config,
        seed,
    )


def render(corpus: Voices, index: Tensor) -> Tensor:
    """Make the waves of a few utterances of a synthetic corpus again, to be heard.

    Args:
        corpus: of `make_corpus`.
        index: (n,) utterances.

    Returns:
        (n, samples) on the CPU, at the corpus's rate.

    Raises:
        ValueError: the corpus holds recordings, or an index is out of range.
    """
    if corpus.config is None:
        raise ValueError("corpus: these are recordings; their waves are in .wave")
    if len(index) and not 0 <= int(index.min()) <= int(index.max()) < len(corpus):
        raise ValueError(f"index: give utterances from 0 to {len(corpus) - 1}")
    index = index.to(corpus.speaker.device)
    speaker, session, phrase = (
        part[index].cpu() for part in (corpus.speaker, corpus.session, corpus.phrase)
    )
    factors = draw_factors(corpus.config, corpus.seed)
    drawn = draw_utterances(corpus.config, corpus.seed, speaker, session, phrase)
    return synthesise(corpus.config, factors, drawn, speaker, session, phrase)


def log_mel_frames(wave: Tensor, *, hop: int, rate: int = RATE) -> Tensor:
    """Log-mel features of speech at 8 kHz: 25 ms windows, 24 bands, 100 to 3,800 Hz.

    Pre-emphasis .97, Hamming window.

    Args:
        wave: (n, samples).
        hop: samples between frames.
        rate: must be 8000.

    Returns:
        (n, samples / hop rounded up, 24) natural logarithms.

    Raises:
        ValueError: the rate is another, or the waves are no (n, samples) floats.
    """
    if wave.ndim != 2 or not wave.is_floating_point():
        raise ValueError(
            f"wave: got {wave.dtype} of shape {tuple(wave.shape)}; give (n, samples) "
            "floats, integers divided by their largest value"
        )
    if rate != RATE:
        raise ValueError(
            f"rate: got {rate} Hz; the features are defined at {RATE} Hz, so resample "
            "the waves first (support.data.audio.resample)"
        )
    emphasised = wave.clone()
    emphasised[:, 1:] -= 0.97 * wave[:, :-1]
    power = power_spectrogram(
        emphasised, win=_WINDOW, hop=hop, fft=256, kind="hamming", padding="same"
    )
    bank = mel_filterbank(BANDS, 256, rate, low=100.0, high=3800.0).to(power)
    return (bank @ power + _FLOOR).log().mT.contiguous()


def _positions(ends: Tensor, frames: Tensor, length: int, hop: int) -> Tensor:
    """Which sound is heard in the middle of each frame, -1 for none, (n, T)."""
    middle = (torch.arange(length) + 0.5) * hop / TICK
    middle = middle.expand(len(ends), -1).contiguous()
    place = torch.searchsorted(ends, middle, right=True) - 1
    place = torch.where(place >= ends.shape[1] - 1, -1, place)
    return torch.where(torch.arange(length) < frames[:, None], place, -1)
