"""Systems take rooms away; what they share, they share."""

from dataclasses import replace

import pytest
import torch

from chapters.dereverberation import systems, tuning
from chapters.dereverberation.data import DRY, Data, in_rooms, load
from chapters.dereverberation.spectra import LogSpectra
from support.data.sources import source_pool
from support.metrics.linear_prediction import log_likelihood_ratio

SHORT = replace(systems.RECIPES["quick"], updates=24)


@pytest.fixture(scope="module")
def data() -> Data:
    return load("embedded", "quick", 0)


def test_spectra_are_normalised_and_go_back(data):
    spectra = LogSpectra(data.train.wet, data.rate)
    x = spectra(data.train.wet)
    assert x.shape == (192, 129, 250)
    assert x.mean((0, 2)).abs().max() < 1e-3
    assert (x.std((0, 2)) - 1).abs().max() < 1e-3
    back = spectra.signal(x[:4], data.train.wet[:4])
    # ε is subtracted again: what is lost is rounding
    assert (back - data.train.wet[:4]).abs().max() < 1e-4
    silent = spectra.signal(spectra(torch.zeros(1, 16000)), torch.zeros(1, 16000))
    assert silent.abs().max() < 1e-6


@pytest.mark.parametrize("name", [systems.DEFAULT, systems.TUNED, systems.FILTER])
def test_what_needs_no_network_takes_some_of_the_room_away(data, name):
    clips = data.tests["tail 0.6 s"]
    found = systems.SYSTEMS[name](data, SHORT, 0)(clips.wet)
    assert found.shape == clips.wet.shape
    before, after = (
        log_likelihood_ratio(clips.dry, x, rate=8000).mean() for x in (clips.wet, found)
    )
    assert after < before


def test_a_network_learns_and_shares_weights_and_batches_with_its_rivals(data):
    one, again, other = (systems.train(data, SHORT, seed) for seed in (0, 0, 1))
    wet = data.tests["tail 0.6 s"].wet
    assert torch.equal(one(wet), again(wet))
    assert not torch.allclose(one(wet), other(wet))
    goal, heard = one.spectra(data.tests["tail 0.6 s"].dry), one.spectra(wet)
    answers = one.by_block(wet)
    assert len(answers) == 4
    error = (answers[-1] - goal).square().mean()
    assert error < 0.95 * (heard - goal).square().mean()
    assert torch.allclose(one.spectra.signal(answers[-1], wet), one(wet), atol=1e-6)


def test_no_training_is_no_change(data):
    none = systems.train(data, replace(SHORT, updates=None, epochs=0), 0)
    wet = data.tests[DRY].wet
    assert torch.allclose(none(wet), wet, atol=1e-4)


def test_names_and_shortcuts_agree(data):
    assert next(iter(systems.SYSTEMS)) == systems.HEARD
    heard = systems.SYSTEMS[systems.HEARD](data, SHORT, 0)
    assert torch.equal(heard(data.valid.wet), data.valid.wet)
    for name, both in (
        (systems.WRN, (True, True)),
        (systems.GLOBAL, (True, False)),
        (systems.LOCAL, (False, True)),
        (systems.NEITHER, (False, False)),
    ):
        make = (systems.SYSTEMS | systems.SLOW)[name]
        net = make(data, replace(SHORT, updates=None, epochs=0), 0).network
        assert (net.global_shortcut, net.blocks[0][0].shortcut) == both


def test_the_papers_width_runs(data):
    net = systems.WideResNet(257, 768, 4, units=2)
    assert 25e6 < sum(p.numel() for p in net.parameters()) < 35e6
    assert systems.RECIPES["full"].updates == 60_000


def test_every_method_tries_as_it_says(data):
    grids = tuning.grids()
    tries = {name: len(settings) for name, settings in grids.items()}
    assert tries.pop(systems.TUNED) == 28
    assert tries.pop(systems.FILTER) == 6
    assert set(tries.values()) == {5}
    tried = {"5 taps, delay 2": systems.prediction(5, 2)}
    found = tuning.choose("embedded", tried, seeds=(0,))
    assert 0 < found["5 taps, delay 2"] < 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: systems.prediction(2.5, 3), "taps: got 2.5"),
        (lambda: systems.prediction(10, True), "delay: got True"),
        (lambda: systems.prediction(10, 3, 0), "iterations: got 0"),
        (lambda: systems.context_filter("much"), "penalty: got 'much'"),
        (lambda: LogSpectra(torch.ones(2, 900), "fast"), "rate: got 'fast'"),
        (lambda: LogSpectra(torch.ones(900), 8000), "signal: got shape"),
        (lambda: tuning.choose("embedded", {}, seeds=[]), "seeds: got none"),
    ],
)
def test_settings_that_are_none_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_spectra_of_another_shape_are_refused(data):
    spectra, clip = data.spectra, data.train.wet[:1]
    with pytest.raises(ValueError, match="normalised: got shape"):
        spectra.signal(spectra(clip)[:, :5], clip)
    with pytest.raises(ValueError, match="normalised: got nan"):
        spectra.signal(spectra(clip) * torch.nan, clip)


@pytest.mark.parametrize("corpus", ["embedded", "librispeech"])
def test_what_was_chosen_lies_inside_its_grid(corpus):
    """Beyond an end something better might lie; where one was chosen, it is named."""
    chosen = systems.CHOSEN[corpus]
    inside = {
        "taps": (chosen.taps, tuning.TAPS),
        "delay": (chosen.delay, tuning.DELAYS),
        "penalty": (chosen.penalty, tuning.PENALTIES),
        **{name: (rate, tuning.RATES) for name, rate in chosen.rates.items()},
    }
    ends = {
        name for name, (value, grid) in inside.items() if value in (grid[0], grid[-1])
    }
    assert all(value in grid for value, grid in inside.values())
    assert ends == tuning.AT_THE_END[corpus]


def test_the_full_network_takes_a_step_at_16_khz(data):
    source = torch.Generator().manual_seed(0)
    speech = source_pool("speech", 2, 1.1, source, rate=16_000)
    few = in_rooms(speech, torch.tensor([[1.0, 0.0, 0.5]] * 2))
    recipe = replace(systems.RECIPES["full"], updates=1, batch_size=1)
    network = systems.train(replace(data, train=few, rate=16_000), recipe, 0)
    assert network.spectra.bins == 257
    assert sum(weight.numel() for weight in network.network.parameters()) > 25e6
    assert network(few.wet[:1]).shape == (1, 17_600)
