"""Synthetic voices: the truth that was drawn must be heard again."""

import math
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from support.data.voices.configuration import PROFILES, VoiceConfig, voice_config
from support.data.voices.corpus import log_mel_frames, make_corpus, render
from support.data.voices.factors import draw_factors, draw_utterances, make_phrases
from support.data.voices.phones import CONSONANTS, PHONES, SILENCE, VOWELS
from support.data.voices.synthesis import RATE, synthesise, time_phrases

SMALL = VoiceConfig(3, 2, sessions=2, phrases=2)


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(SMALL, seed=5, waves=True)


def test_shapes_and_splits(corpus):
    assert len(corpus) == 5 * 2 * 2
    assert corpus.log_mel.shape == (20, 52, 24)
    assert corpus.wave.shape == (20, 8320)
    assert corpus.background.tolist() == [True] * 3 + [False] * 2
    assert corpus.sex.tolist() == [0, 1, 0, 1, 0]
    assert corpus.speaker.tolist() == [s for s in range(5) for _ in range(4)]
    assert torch.isfinite(corpus.log_mel).all()
    real = torch.arange(52) < corpus.frames[:, None]
    assert (corpus.phone_position[~real] == -1).all()
    assert (corpus.phone_position.amax(1) == 7).all()


def test_sounds_come_in_order(corpus):
    for row in corpus.phone_position:
        said = row[row >= 0]
        assert (said.diff() >= 0).all()
        assert said.unique().tolist() == list(range(8))


@pytest.mark.parametrize("at_once", [1, 7, 64])
def test_neighbours_in_a_batch_do_not_matter(corpus, at_once):
    again = make_corpus(SMALL, seed=5, at_once=at_once)
    assert_close(again.log_mel, corpus.log_mel, atol=1e-4, rtol=1e-4)
    assert torch.equal(again.frames, corpus.frames)


def test_a_larger_corpus_holds_the_smaller_one(corpus):
    larger = make_corpus(replace(SMALL, background=4, evaluation=2), seed=5)
    first = larger.speaker < 3
    assert_close(
        larger.log_mel[first], corpus.log_mel[corpus.speaker < 3], atol=1e-4, rtol=1e-4
    )


def test_the_seed_decides(corpus):
    assert torch.equal(make_corpus(SMALL, seed=5).log_mel, corpus.log_mel)
    other = make_corpus(SMALL, seed=6)
    assert not torch.equal(other.log_mel, corpus.log_mel)


def test_on_any_device_the_same_voices(corpus, device):
    found = make_corpus(SMALL, seed=5, device=device)
    assert found.log_mel.device.type == device
    assert_close(found.log_mel.cpu(), corpus.log_mel, atol=1e-3, rtol=1e-3)


def test_a_few_can_be_heard_again(corpus):
    index = torch.tensor([3, 11])
    assert_close(render(corpus, index), corpus.wave[index], atol=1e-5, rtol=1e-4)
    with pytest.raises(ValueError, match="0 to 19"):
        render(corpus, torch.tensor([20]))
    with pytest.raises(ValueError, match="recordings"):
        render(replace(corpus, config=None), index)


def test_loudness_is_a_tenth_up_to_the_end(corpus):
    for wave, frames in zip(corpus.wave, corpus.frames, strict=True):
        end = int(frames) * corpus.hop
        power = wave[:end].square().mean()
        assert 0.08 < float(power.sqrt()) < 0.12
        assert (wave[end:] == 0).all()


@pytest.mark.parametrize(("phrases", "length"), [(8, 8), (30, 16), (4, 4)])
def test_partners_are_anagrams(phrases, length):
    made, partner = make_phrases(phrases, length, seed=1)
    assert torch.equal(made.sort(1).values, made[partner].sort(1).values)
    assert ((made != made[partner]).sum(1) >= length - 2).all()
    assert torch.isin(made[:, ::2], torch.tensor(CONSONANTS)).all()
    assert torch.isin(made[:, 1::2], torch.tensor(VOWELS)).all()
    assert len({tuple(row) for row in made.tolist()}) == phrases
    if length <= 14:
        assert all(len(set(row)) == length for row in made.tolist())


# A voice that says one vowel throughout, in a quiet room and through no channel.
def vowel(name, *, pitch=110.0, **changes):
    config = VoiceConfig(1, 0, sessions=1, phrases=2, snr=(30, 30), channel=0)
    factors = draw_factors(config, 0)
    sound = [phone.name for phone in PHONES].index(name)
    factors = replace(
        factors,
        phrases=torch.full_like(factors.phrases, sound),
        pitch=torch.tensor([pitch]),
        tract=torch.ones(1),
        habit=torch.zeros_like(factors.habit),
        day_pitch=torch.ones(1, 1),
        **changes,
    )
    who = (torch.tensor([0]),) * 3
    drawn = draw_utterances(config, 0, *who)
    drawn = replace(drawn, formant=0 * drawn.formant, part=0 * drawn.part)
    timing = time_phrases(config, factors, drawn, *who)
    wave = synthesise(config, factors, drawn, *who)[0]
    # The melody: a slow swing of 8 %, and a fall by 12 % over the whole.
    time = torch.linspace(0, 1, len(wave))
    swing = 0.08 * torch.sin(2 * math.pi * (1.3 * time + drawn.phase[0]))
    melody = pitch * torch.exp(swing - 0.12 * (time - 0.5))
    middle = slice(int(timing.ends[0, 1]) * 80, int(timing.ends[0, -2]) * 80)
    return wave[middle], melody[middle]


@pytest.mark.parametrize("pitch", [95.0, 130.0, 205.0, 260.0])
def test_the_pitch_that_was_drawn_is_heard(pitch):
    """By autocorrelation, the peak between lags by a parabola, frame by frame."""
    wave, melody = vowel("a", pitch=pitch)
    parts = wave.unfold(0, 480, 240) * torch.hann_window(480)
    taper = torch.fft.rfft(torch.hann_window(480), 2048).abs().square()
    power = torch.fft.rfft(parts, 2048).abs().square()
    # A window makes long lags small; its own autocorrelation says by how much.
    lags = torch.fft.irfft(power) / torch.fft.irfft(taper)
    low, high = RATE // 400, RATE // 60
    heard = lags[:, low:high]
    peak = (heard >= lags[:, low - 1 : high - 1]) & (
        heard > lags[:, low + 1 : high + 1]
    )
    # Twice the period fits as well as the period: take the shortest that does.
    fits = peak & (heard > 0.8 * heard.amax(1, keepdim=True))
    best = fits.byte().argmax(1, keepdim=True) + low
    left, top, right = (lags.gather(1, best + step) for step in (-1, 0, 1))
    period = best + (left - right) / (left - 2 * top + right) / 2
    there = melody.unfold(0, 480, 240).mean(1)
    ratio = RATE / period[:, 0] / there
    assert float(ratio.median()) == pytest.approx(1, abs=0.01)
    assert float(((ratio - 1).abs() < 0.01).float().mean()) > 0.8


@pytest.mark.parametrize("name", ["a", "e", "i", "o"])
def test_the_first_formant_is_where_it_was_put(name):
    """By linear prediction, the peak of the smooth envelope."""
    wave, _ = vowel(name, pitch=90.0)
    wave = wave[1:] - 0.9 * wave[:-1]
    spectrum = torch.fft.rfft(wave * torch.hann_window(len(wave)), 16384)
    lags = torch.fft.irfft(spectrum.abs().square())[:13].double()
    matrix = lags[(torch.arange(12)[:, None] - torch.arange(12)).abs()]
    filter_ = torch.linalg.solve(matrix, -lags[1:])
    response = torch.fft.rfft(torch.cat([torch.ones(1).double(), filter_]), 2048)
    envelope = -response.abs().log()
    peaks = (envelope[1:-1] > envelope[:-2]) & (envelope[1:-1] > envelope[2:])
    first = (int(peaks.nonzero()[0, 0]) + 1) * RATE / 2048
    formant = next(phone.formants[0] for phone in PHONES if phone.name == name)
    assert first == pytest.approx(formant, abs=75)


def test_effort_makes_vowels_longer_and_nothing_else():
    config = VoiceConfig(1, 0, sessions=2, phrases=2, effort=(0.0, 1.0))
    factors = draw_factors(config, 0)
    calm, loud = ((torch.tensor([0]), torch.tensor([day]), torch.tensor([0]))
                  for day in (0, 1))  # fmt: skip
    drawn = draw_utterances(config, 0, *calm)
    steady = replace(factors, day_rate=torch.ones(1, 2))
    lengths = [
        time_phrases(config, steady, drawn, *who).ends.diff(dim=1)[0]
        for who in (calm, loud)
    ]
    assert_close(lengths[1][1::2], 1.35 * lengths[0][1::2])
    assert_close(lengths[1][::2], lengths[0][::2])


def test_a_channel_is_the_difference_of_two_days():
    """Same speaker, same draws, two channels: log spectra differ by the channels."""
    config = VoiceConfig(1, 0, sessions=2, phrases=2, snr=(60, 60))
    factors = draw_factors(config, 3)
    same = dict.fromkeys(("day_pitch", "day_rate"), torch.ones(1, 2))
    factors = replace(factors, **same)
    days = [
        (torch.tensor([0]), torch.tensor([day]), torch.tensor([0])) for day in (0, 1)
    ]
    drawn = draw_utterances(config, 3, *days[0])
    mels = [
        log_mel_frames(synthesise(config, factors, drawn, *d), hop=160) for d in days
    ]
    heard = (
        (mels[1] - mels[0])[0, 12:36].median(0).values * 10 / torch.tensor(10.0).log()
    )
    f = torch.linspace(200, 3600, 24)
    order = torch.arange(1, 7)
    shape = torch.cos(torch.pi * order[:, None] * f / 4000)
    drawn_gap = (factors.channel[0, 1] - factors.channel[0, 0]) @ shape
    both = torch.stack([heard - heard.mean(), drawn_gap - drawn_gap.mean()])
    # bands are equally spaced in mel, the formula in hertz: compare at the bands
    mel = 2595 * torch.log10(1 + torch.tensor([100.0, 3800.0]) / 700)
    centres = 700 * (10 ** (torch.linspace(*mel.tolist(), 26)[1:-1] / 2595) - 1)
    shape = torch.cos(torch.pi * order[:, None] * centres / 4000)
    drawn_gap = (factors.channel[0, 1] - factors.channel[0, 0]) @ shape
    both[1] = drawn_gap - drawn_gap.mean()
    assert float(torch.corrcoef(both)[0, 1]) > 0.97
    assert float((both[0] - both[1]).abs().mean()) < 0.7  # dB


def test_factors_are_given_with_the_corpus(corpus):
    truth = draw_factors(SMALL, 5)
    assert_close(corpus.factors["pitch"], truth.pitch)
    assert corpus.factors["channel"].shape == (5, 2, 6)
    assert corpus.factors["habit"].shape == (5, len(PHONES), 4)
    assert PHONES[SILENCE].name == "silence"


def test_profiles():
    quick = voice_config("quick")
    assert (quick.speakers, quick.sessions, quick.phrases) == (48, 9, 8)
    assert PROFILES["full"].length == 16
    assert PROFILES["wide"].speakers == 240


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"length": 18}, "length"),
        ({"length": 7}, "length"),
        ({"phrases": 3}, "phrases"),
        ({"background": -1}, "background"),
        ({"background": 0, "evaluation": 0}, "speaker"),
        ({"sessions": 0}, "sessions"),
        ({"hop": 100}, "hop"),
        ({"snr": (30, 10)}, "snr"),
        ({"channel": -1.0}, "channel"),
        ({"effort": (0.0,)}, "effort"),
        ({"effort": (2.0,) * 9}, "effort"),
    ],
)
def test_bad_sizes_are_refused_in_words(changes, words):
    with pytest.raises(ValueError, match=words):
        VoiceConfig(**changes)


@pytest.mark.slow
def test_bad_calls_are_refused_in_words():
    with pytest.raises(ValueError, match="were found"):
        make_phrases(3000, 4, seed=0)
    with pytest.raises(ValueError, match="quick, standard"):
        make_corpus("huge")
    with pytest.raises(ValueError, match="at_once"):
        make_corpus(SMALL, at_once=0)
    with pytest.raises(ValueError, match="resample"):
        log_mel_frames(torch.zeros(1, 800), hop=160, rate=16000)
