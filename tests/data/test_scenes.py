"""The generated broadcast: sources, mixing, labels, reproducibility."""

import pytest
import torch

from support.data import scenes
from support.data.acquisition.registry import locate
from support.data.scenes import CLASSES, mix_scenes, recorded_pools
from support.data.sources import KINDS, SourcePools, generated_pools, source_pool
from support.signal.stft import power_spectrogram


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_sources_have_unit_power_differ_and_repeat(kind):
    pool = source_pool(kind, 6, 2.0, rng())
    assert pool.shape == (6, 16_000)
    assert pool.dtype == torch.float32
    assert pool.square().mean(1).tolist() == pytest.approx([1] * 6, abs=1e-4)
    assert torch.equal(pool, source_pool(kind, 6, 2.0, rng()))
    other = source_pool(kind, 6, 2.0, rng(1))
    both = torch.cat([pool, other])
    likeness = (both @ both.T / pool.shape[1]).fill_diagonal_(0)
    assert likeness.abs().max() < 0.6


def flatness(pool):
    """Geometric over arithmetic mean of the spectrum, frame by frame."""
    power = power_spectrogram(pool, win=512, hop=256).flatten(0, 0) + 1e-9
    return (power.log().mean(1).exp() / power.mean(1)).mean(1)


def test_music_is_tonal_and_steady_and_speech_has_pauses():
    pools = generated_pools(8, 4.0, rng(2))
    assert flatness(pools.music).max() < 0.1
    # 20 ms energies: speech falls silent, music decays from chord to chord
    energy = pools.speech.reshape(8, -1, 160).square().mean(2)
    assert ((energy < 1e-3).float().mean(1) > 0.02).all()
    energy = pools.music.reshape(8, -1, 160).square().mean(2)
    assert ((energy < 1e-3).float().mean(1) < 0.02).all()


def test_voiced_speech_repeats_with_its_pitch():
    speech = source_pool("speech", 8, 4.0, rng(3))
    frames = speech.unfold(1, 400, 200)
    loud = frames.square().mean(2) > 1
    spectrum = torch.fft.rfft(frames - frames.mean(2, keepdim=True), 1024)
    correlation = torch.fft.irfft(spectrum.abs().square())
    lags = correlation[..., 30:110] / correlation[..., :1]  # 73 to 267 Hz
    assert lags.amax(2)[loud].median() > 0.4


def test_mixing_gives_one_label_a_frame(device):
    pools = SourcePools(
        *(pool.to(device) for pool in generated_pools(3, 4.0, rng())[:3]), 8000
    )
    made = mix_scenes(pools, 5, 4.0, torch.Generator(device).manual_seed(1))
    assert made.waveforms.shape == (5, 32_000)
    assert made.waveforms.dtype == torch.float32
    assert made.labels.shape == (5, 200)
    assert made.labels.device.type == device
    assert set(made.labels.unique().tolist()) <= {0, 1, 2}
    assert made.waveforms.isfinite().all()


def test_same_generator_same_scenes_and_another_other_ones():
    pools = generated_pools(3, 2.0, rng())
    first, again = (mix_scenes(pools, 4, 2.0, rng(5)) for _ in range(2))
    assert torch.equal(first.waveforms, again.waveforms)
    assert torch.equal(first.labels, again.labels)
    other = mix_scenes(pools, 4, 2.0, rng(6))
    assert not torch.equal(first.labels, other.labels)


def test_segments_are_long_enough_and_follow_the_priors():
    silent = SourcePools(*(torch.zeros(1, 80_000) for _ in range(3)), 8000)
    made = mix_scenes(silent, 150, 10.0, rng(), priors=(0.1, 0.3, 0.6))
    change = made.labels[:, 1:] != made.labels[:, :-1]
    place = torch.nn.functional.pad(change, (1, 0), value=True)
    starts = place.nonzero()
    same = starts[1:, 0] == starts[:-1, 0]
    length = (starts[1:, 1] - starts[:-1, 1])[same]
    assert length.min().item() >= 14  # .3 s are 15 frames, rounded at both ends
    shares = made.labels.flatten().bincount(minlength=3) / made.labels.numel()
    assert shares.tolist() == pytest.approx([0.1, 0.3, 0.6], abs=0.04)


def test_a_class_alone_sounds_as_said():
    still, tone = torch.zeros(1, 32_000), torch.ones(1, 32_000)
    music = SourcePools(still, tone, still, 8000)
    speech = SourcePools(tone, still, still, 8000)

    def level(pools, priors):
        made = mix_scenes(pools, 80, 4.0, rng(3), priors=priors)
        inner = made.waveforms.reshape(80, 200, 160)[:, 5:-5]
        decibels = 10 * inner.square().mean(2).log10()
        return decibels.amin().item(), decibels.amax().item()

    assert level(music, (1, 0, 0))[1] < 5 + 6 + 0.1
    assert level(music, (1, 0, 0))[0] > -1 - 6 - 0.1
    low, high = level(music, (0, 1, 0))
    assert -26.1 < low < -20
    assert -9 < high < -2.9
    assert level(music, (0, 0, 1))[1] < -50  # the floor alone
    low, high = level(speech, (0, 1, 1))
    assert -6.1 < low < high < 6.1
    assert level(speech, (1, 0, 0))[0] < -40  # off in places


def test_levels_change_without_a_click():
    tone = SourcePools(
        torch.zeros(1, 32_000), torch.ones(1, 32_000), torch.zeros(1, 32_000), 8000
    )
    made = mix_scenes(tone, 20, 4.0, rng(1), priors=(0.5, 0.0, 0.5))
    step = made.waveforms.diff(dim=1).abs().max()
    assert step < 0.1  # a jump would be as high as the tone


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="kind"):
        source_pool("birds", 1, 1.0, rng())
    with pytest.raises(ValueError, match="count, seconds, rate"):
        source_pool("music", 0, 1.0, rng())
    pools = generated_pools(1, 1.0, rng())
    with pytest.raises(ValueError, match="shorter than"):
        mix_scenes(pools, 1, 2.0, rng())
    with pytest.raises(ValueError, match="priors"):
        mix_scenes(pools, 1, 1.0, rng(), priors=(1.0, 2.0))
    with pytest.raises(ValueError, match="count, seconds"):
        mix_scenes(pools, 0, 1.0, rng())
    with pytest.raises(ValueError, match="split"):
        recorded_pools("dev", 5.0, lambda _: rng())


def test_rows_are_cut_and_repeated():
    import numpy as np

    rows = scenes._rows([np.arange(1, 8.0), np.ones(2)], 3)
    assert rows.shape == (3, 3)  # two pieces of the first, the second repeated
    assert rows.square().mean(1).tolist() == pytest.approx([1, 1, 1])
    assert (rows[0, 1] / rows[0, 0]).item() == pytest.approx(2)


@pytest.mark.slow
@pytest.mark.skipif(locate("broadcast") is None, reason="recordings are not here")
def test_recorded_pools_share_nothing():
    def streams(seed):
        return lambda name: torch.Generator().manual_seed(seed + len(name))

    train, test = (
        recorded_pools(split, 6.0, streams(3)) for split in ("train", "test")
    )
    assert len(train.speech) >= 40
    assert len(test.speech) >= 40
    assert len(train.noise) + len(test.noise) <= 200
    assert len(CLASSES) == 3
    for one, other in zip(train[:3], test[:3], strict=True):
        assert one.shape[1] == other.shape[1] == 48_000
        # rows of unit power; a recording in both would agree with itself
        likeness = one @ other.T / 48_000
        assert likeness.abs().max() < 0.9
    again = recorded_pools("train", 6.0, streams(4))
    assert not any(
        one.shape == other.shape and torch.equal(one, other)
        for one, other in zip(train[:3], again[:3], strict=True)
    )
