"""Systems with and without a network."""

from dataclasses import replace

import pytest
import torch

from chapters.supervectors.own_method import state_statistics
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.models.pooling import alignment_pool
from support.verification.experiment import SETTINGS, prepare_corpus
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import (
    NETWORK,
    aligned_with_said,
    raw_statistics,
    raw_supervector,
    train_network,
)
from tests.verification.small import small_corpus

ONCE = replace(NETWORK, epochs=1)


def errors(system):
    prepared = small_corpus()
    return error_table(trial_scores(system, prepared), prepared.trials)


def test_an_average_hardly_sees_an_anagram_and_a_supervector_does():
    average = errors(raw_statistics(small_corpus()))
    states = errors(raw_supervector(small_corpus()))
    assert average["TWa"] > 0.3 > 0.2 > states["TWa"]


def test_the_mean_may_be_left_out():
    prepared = small_corpus()
    both = raw_statistics(prepared).embed(prepared, prepared.background)
    alone = raw_statistics(prepared, mean=False).embed(prepared, prepared.background)
    torch.testing.assert_close(both[:, prepared.features :], alone)
    torch.testing.assert_close(alone.mean(0), torch.zeros(20), atol=1e-4, rtol=0)
    torch.testing.assert_close(alone.std(0), torch.ones(20))


@pytest.mark.parametrize(
    ("choice", "size"),
    [
        ({"pooling": "mean", "target": "speaker"}, 24),
        ({"pooling": "statistics", "target": "two_heads", "dimension": 8}, 16),
        ({"pooling": "alignment", "alignment": "uniform", "dimension": 8}, 80),
    ],
)
def test_networks_train_in_every_form(choice, size):
    prepared = small_corpus()
    system = train_network(prepared, **choice, recipe=ONCE, seed=1)
    found = system.embed(prepared, prepared.trials.test[:5], 1)
    assert found.shape == (5, size)
    assert not system.network.training
    again = train_network(prepared, **choice, recipe=ONCE, seed=1)
    assert torch.equal(found, again.embed(prepared, prepared.trials.test[:5], 1))


def test_training_helps():
    prepared = small_corpus()
    fresh = train_network(prepared, recipe=replace(ONCE, epochs=0), seed=2)
    taught = train_network(prepared, recipe=replace(ONCE, epochs=8), seed=2)
    # Without a pass the statistics of the centring are those of no data at all.
    assert errors(taught)["all"] < errors(fresh)["all"]


def test_a_pooling_of_the_reader_s_own_is_trained_through():
    prepared = small_corpus()
    own = train_network(prepared, lambda y, A, mask: alignment_pool(y, A), ONCE, seed=5)
    named = train_network(prepared, recipe=ONCE, seed=5)
    index = prepared.trials.test[:4]
    assert torch.equal(own.embed(prepared, index, 0), named.embed(prepared, index, 0))
    example = train_network(prepared, state_statistics, ONCE, seed=5)
    assert example.embed(prepared, index, 0).shape == (4, 264)


def test_a_pooling_that_returns_nonsense_is_refused():
    with pytest.raises(ValueError, match="pooling"):
        train_network(small_corpus(), lambda y, A, mask: y.sum(), ONCE)


def test_the_claim_decides_the_alignment_unless_it_leaks():
    prepared = small_corpus()
    system = train_network(prepared, recipe=ONCE, seed=3)
    index = prepared.trials.test[:6]
    claims = [system.embed(prepared, index, phrase) for phrase in (0, 1)]
    assert not torch.equal(*claims)
    leaks = [aligned_with_said(system).embed(prepared, index, p) for p in (0, 1)]
    assert torch.equal(*leaks)
    assert errors(aligned_with_said(system))["IC"] == errors(system)["IC"]


def test_the_full_profile_runs_on_a_few_long_phrases():
    sizes = VoiceConfig(4, 6, sessions=7, phrases=2, length=16, hop=80)
    setting = replace(SETTINGS["embedded", "full"], epochs=1, most_trials=40)
    prepared = prepare_corpus(make_corpus(sizes, 3), setting, seed=3)
    assert len(prepared.trials.kind) == 4 * 40
    system = train_network(prepared, seed=3)
    assert system.embed(prepared, prepared.trials.test[:3], 1).shape == (3, 40 * 24)
    row = error_table(trial_scores(system, prepared), prepared.trials)
    assert 0 <= row["TW"] <= 1
