"""The probing sets: what is known of each, and that nothing is on both sides."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from torch.nn.functional import normalize

from chapters.nmf_segmentation.probing import (
    FACTORS,
    KNOWN,
    events,
    order,
    recordings,
    voices,
)
from support.data.acquisition.registry import locate
from support.data.layers import layer_pools
from support.metrics.classification import balanced_accuracy
from support.metrics.probes import fit_probe
from support.signal.stft import power_spectrogram
from support.training import generator

RECORDED = pytest.mark.skipif(
    locate("broadcast") is None, reason="recordings are not here"
)


def view(waves):
    return power_spectrogram(waves, win=256, hop=160)


@pytest.fixture(scope="module")
def spoken():
    return voices(view, 0)


def check(factor):
    """What every factor promises."""
    assert factor.name in FACTORS
    for side in factor.sides:
        count, _, frames = side.spectra.shape
        assert side.real.shape == (count, frames)
        assert side.real.any(1).all()
        assert len(side.groups) == len(side.labels) == count
        known = side.labels[side.labels >= 0]
        assert known.unique().tolist() == list(range(len(factor.classes)))
        assert side.spectra.isfinite().all()
    assert not set(factor.train.groups.tolist()) & set(factor.test.groups.tolist())


def test_voices_are_of_other_speakers(spoken):
    for factor in spoken.values():
        check(factor)
        assert len(factor.train.groups.unique()) == 24
        assert len(factor.test.groups.unique()) == 12
    assert not spoken["gender"].by_frame
    assert spoken["phone"].by_frame


def test_phones_are_judged_in_other_phrases(spoken):
    def phrases(side):
        runs = [row[row >= 0].unique_consecutive().tolist() for row in side.labels]
        return set(map(tuple, runs))

    train, test = (phrases(side) for side in spoken["phone"].sides)
    assert not train & test
    assert phrases(spoken[KNOWN].test) & train
    # but for a sound that a fast voice swallows they are anagrams
    assert {len(phrase) for phrase in train | test} <= {7, 8}
    assert {tuple(sorted(phrase)) for phrase in test} & {
        tuple(sorted(phrase)) for phrase in train
    }


def test_only_frames_of_a_sound_have_a_phone(spoken):
    for side in spoken["phone"].sides:
        assert (side.labels[~side.real] == -1).all()
        assert 0.3 < (side.labels >= 0).double().mean() < 0.95


def test_events_are_the_kinds_that_they_are_said_to_be():
    factor = events(view, 0)
    check(factor)
    for side in factor.sides:
        mean = side.spectra.mean(2)
        low = mean[:, :10].sum(1) / mean.sum(1)  # up to about 300 Hz
        power = side.spectra.sum(1)
        burst = power.amax(1) / power.mean(1)
        rumble, clatter = side.labels == 0, side.labels == 2
        assert low[rumble].min() > low[~rumble].max()
        assert burst[clatter].min() > burst[~clatter].max()


def test_two_orders_have_one_mean_spectrum():
    factor = order(view, "embedded", 0)
    check(factor)
    for side in factor.sides:
        first, second = side.spectra.mean(2).chunk(2)
        assert ((first - second).norm() / first.norm()) < 0.05
        halves = side.spectra[:, :, 5:55].sum(1).log().unflatten(1, (2, 25))
        assert abs(float(halves.mean(2).diff(dim=1).mean())) < 0.5  # equal power


def test_a_probe_of_the_mean_spectrum_cannot_tell_the_order():
    factor = order(lambda waves: (1 + view(waves).sqrt()).log(), "embedded", 0)
    means = [side.spectra.mean(2) for side in factor.sides]
    probe = fit_probe(means[0], factor.train.labels, 2)
    said = probe.logits(means[1]).argmax(1)
    assert abs(float(balanced_accuracy(factor.test.labels, said, 2)) - 0.5) < 0.15


@pytest.mark.parametrize(
    "make", [events, lambda view, seed: order(view, "embedded", seed)]
)
def test_the_seed_draws_everything(make):
    one, same, other = (make(view, seed).train.spectra for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@RECORDED
def test_recordings_are_split_by_speaker_and_by_fold():
    found = recordings(view, 0)
    for factor in found.values():
        check(factor)
    assert [len(side.labels) for side in found["gender"].sides] == [160, 101]
    assert len(found["event"].classes) == 10
    assert [len(side.groups.unique()) for side in found["event"].sides] == [3, 2]
    again = recordings(view, 1)["gender"].train.groups
    assert not torch.equal(again, found["gender"].train.groups)
    check(order(view, "broadcast", 0))


@RECORDED
@pytest.mark.parametrize("seed", [0, 3])
def test_no_recording_of_a_test_is_one_that_the_segmenter_learns_from(seed):
    pools = layer_pools("broadcast", "train", 2.0, partial(generator, seed))
    found = recordings(view, seed)
    for pool, name in ((pools.speech, "gender"), (pools.noise, "event")):
        train, test = (
            normalize(side.waves[:, : pool.shape[1]]) @ normalize(pool).T
            for side in found[name].sides
        )
        assert test.abs().max() < 0.9
        assert train.abs().max() > 0.9  # so it would be seen


def test_a_speaker_on_both_sides_is_refused(spoken):
    gender = spoken["gender"]
    leak = gender.test._replace(groups=gender.test.groups - 1)
    with pytest.raises(ValueError, match=r"gender: \[23\] are in training and in test"):
        replace(gender, test=leak)


def test_both_sides_move_to_a_device_together(spoken):
    moved = spoken["gender"].to("cpu")
    for side, same in zip(moved.sides, spoken["gender"].sides, strict=True):
        assert all(map(torch.equal, side, same))
