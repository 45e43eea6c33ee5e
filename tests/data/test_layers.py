"""Layers: their sum, their labels, disjoint pools, bad input."""

from functools import partial

import pytest
import torch

from support.data.layers import SOURCES, TASKS, layer_pools, mix_layers
from support.data.sources import SourcePools, generated_pools
from support.training import generator


def mixed(count=30, seconds=4.0, seed=0):
    pools = generated_pools(3, 4.0, generator(seed, "pools"))
    return mix_layers(pools, count, seconds, generator(seed, "mix"))


def test_the_sources_sum_to_the_mixture_up_to_the_floor():
    found = mixed()
    floor = found.waveforms - found.sources.sum(1)
    assert 0 < floor.abs().max() < 2 * 1e-3 * 6
    assert found.waveforms.shape == (30, 32000)
    assert found.sources.shape == (30, len(SOURCES), 32000)
    assert found.labels.shape == (30, len(TASKS), 200)


def test_a_source_sounds_where_its_label_says_so():
    found = mixed()
    power = found.sources.unflatten(2, (200, 160)).square().mean(3)
    on = found.labels[:, :3]
    assert (power[on] > 0).double().mean() > 0.85  # speech pauses, clatter rests
    inside = torch.nn.functional.max_pool1d(on.float(), 3, 1, 1) == 0
    assert power[inside].abs().max() == 0


def test_overlap_is_of_two_speakers_and_so_is_speech():
    found = mixed()
    speech, overlap = found.labels[:, 0], found.labels[:, 3]
    assert overlap.any()
    assert not (overlap & ~speech).any()


def test_shares_are_those_that_are_told():
    found = mixed(400)
    shares = found.labels.double().mean((0, 2))
    wanted = torch.tensor([0.73, 0.43, 0.47, 0.19], dtype=torch.float64)
    assert (shares - wanted).abs().max() < 0.05


def test_two_speakers_are_two():
    quiet = torch.zeros(1, 16000)
    voices = torch.stack([torch.ones(16000), -torch.ones(16000)])
    pools = SourcePools(voices, quiet, quiet, 8000)
    found = mix_layers(pools, 40, 2.0, generator(1, "mix"))
    centre = found.sources[:, 0].unflatten(1, (100, 160)).mean(2)
    both, one = found.labels[:, 3], found.labels[:, 0] & ~found.labels[:, 3]
    # what the second says against the first takes at most all of it away
    assert centre[both].abs().mean() < 0.5 * centre[one].abs().mean()


def test_stretches_last_five_frames_or_more():
    noise = mixed(100).labels[:, 1]
    turned = noise[:, 1:] != noise[:, :-1]
    gaps = [gap for row in turned for gap in row.nonzero()[:, 0].diff().tolist()]
    assert len(gaps) > 20
    assert min(gaps) >= 5


def test_the_seed_is_all_there_is():
    first, again, other = mixed(4), mixed(4), mixed(4, seed=1)
    assert torch.equal(first.waveforms, again.waveforms)
    assert not torch.equal(first.waveforms, other.waveforms)


def test_embedded_pools_have_their_sizes_and_their_own_sounds():
    train, test = (
        layer_pools("embedded", split, 1.0, partial(generator, 0))
        for split in ("train", "test")
    )
    assert [len(pool) for pool in train[:3]] == [12] * 3
    assert [len(pool) for pool in test[:3]] == [8] * 3
    assert not torch.equal(train.speech[:8], test.speech)


def test_recorded_pools_share_no_source_and_no_closed_licence(monkeypatch):
    import numpy as np
    import pandas as pd

    from support.data import audio

    frames = {
        "librispeech": pd.DataFrame({"speaker": [str(n) for n in range(130)] * 2}),
        "audio_excerpts": pd.DataFrame(
            {
                "author": [f"author {n // 2}" for n in range(32)],
                "label": ["music"] * 30 + ["noise"] * 2,
                "duration_s": [9.0] * 29 + [2.0, 9.0, 9.0],
                "license": ["CC BY-NC 3.0"] * 2 + ["CC0"] * 30,
            }
        ),
        "esc10": pd.DataFrame({"fold": [1, 2, 3, 4, 5] * 8}),
    }
    kept: dict[str, list[set]] = {name: [] for name in frames}

    def loaded(name, rate, select):
        mask = np.asarray(select(frames[name]))
        kept[name].append(set(frames[name][mask].iloc[:, 0]))
        sounds = [np.ones(8000, dtype=np.float32)] * int(mask.sum())
        return type("Audio", (), {"waveforms": sounds})

    monkeypatch.setattr(audio, "load_audio", loaded)
    for split in ("train", "test", "front"):
        pools = layer_pools("broadcast", split, 1.0, partial(generator, 3))
        assert pools.speech.shape[1] == 8000
    sizes = {name: [len(part) for part in parts] for name, parts in kept.items()}
    assert sizes == {
        "librispeech": [40, 40, 40],
        "audio_excerpts": [5, 4, 4],
        "esc10": [2, 2, 1],
    }
    for parts in kept.values():
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]
    # the licence closes both pieces of author 0; the pieces of one are never parted
    assert "author 0" not in set().union(*kept["audio_excerpts"])


def test_bad_input_is_named():
    pools = generated_pools(2, 1.0, generator(0, "pools"))
    draw = generator(0, "mix")
    for count in (0, 2.5, True, None):
        with pytest.raises(ValueError, match="count: got"):
            mix_layers(pools, count, 1.0, draw)
    for seconds in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="seconds: got"):
            mix_layers(pools, 1, seconds, draw)
    with pytest.raises(ValueError, match="hop: got 0"):
        mix_layers(pools, 1, 1.0, draw, hop=0)
    with pytest.raises(ValueError, match="pools: a source of 8000 samples"):
        mix_layers(pools, 1, 2.0, draw)
    with pytest.raises(ValueError, match="give two or more"):
        mix_layers(pools._replace(speech=pools.speech[:1]), 1, 1.0, draw)
    with pytest.raises(ValueError, match="dataset: got 'moon'"):
        layer_pools("moon", "train", 1.0, partial(generator, 0))
    with pytest.raises(ValueError, match="split: got 'valid'"):
        layer_pools("embedded", "valid", 1.0, partial(generator, 0))
    for seconds in (0, -1.0, float("nan"), "1"):
        for name in ("embedded", "broadcast"):
            with pytest.raises(ValueError, match="seconds: got"):
                layer_pools(name, "train", seconds, partial(generator, 0))


@pytest.mark.parametrize(
    "noise",
    [torch.zeros(0, 8000), torch.ones(8000), torch.full((1, 8000), float("nan"))],
)
def test_a_pool_is_a_matrix_of_finite_sounds(noise):
    pools = generated_pools(2, 1.0, generator(0, "pools"))._replace(noise=noise)
    with pytest.raises(ValueError, match=r"pools.noise: got"):
        mix_layers(pools, 1, 1.0, generator(0, "mix"))
