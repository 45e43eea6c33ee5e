"""What is prepared once for all systems."""

from dataclasses import replace

import pytest
import torch

from support.data.trials import TrialKind
from support.verification.experiment import (
    SETTINGS,
    prepare,
    prepare_corpus,
    with_mixture,
)
from tests.verification.small import small_corpus


def test_features_have_no_mean_and_the_background_s_scale():
    prepared = small_corpus()
    mask = prepared.mask
    means = (prepared.x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    assert means.abs().max() < 1e-4
    known = prepared.background
    deviation = prepared.x[known][mask[known]].std(0)
    torch.testing.assert_close(deviation, torch.ones_like(deviation))
    assert (prepared.x[~mask] == 0).all()


def test_no_evaluation_speaker_is_learned_from():
    prepared = small_corpus()
    corpus, trials = prepared.corpus, prepared.trials
    learned = corpus.speaker[prepared.background].unique()
    tried = corpus.speaker[torch.cat([trials.model.flatten(), trials.test])].unique()
    assert not torch.isin(learned, tried).any()
    assert prepared.speakers.unique().tolist() == list(range(6))


def test_trials_name_utterances_of_the_corpus():
    prepared = small_corpus()
    corpus, trials = prepared.corpus, prepared.trials
    models = corpus.speaker[trials.model]
    assert (models == trials.model_speaker[:, None]).all()
    assert (corpus.phrase[trials.model] == trials.model_phrase[:, None]).all()
    same_voice = trials.model_speaker[trials.model_index] == corpus.speaker[trials.test]
    same_words = trials.model_phrase[trials.model_index] == corpus.phrase[trials.test]
    assert (same_voice == (trials.kind <= TrialKind.TW)).all()
    right = (trials.kind == TrialKind.TC) | (trials.kind == TrialKind.IC)
    assert (same_words == right).all()


@pytest.mark.parametrize("kind", ["viterbi", "soft", "uniform"])
def test_every_real_frame_is_aligned(kind):
    prepared = small_corpus()
    index = prepared.trials.test[:20]
    aligned = prepared.align(index, 2, kind)
    rows = aligned.sum(2)
    assert torch.allclose(rows, prepared.mask[index].float(), atol=1e-5)
    assert (aligned.sum(1) > 0).all()


def test_an_alignment_is_with_the_phrase_that_is_claimed():
    prepared = small_corpus()
    index = prepared.background[:30]
    said = prepared.corpus.phrase[index]
    assert torch.equal(prepared.align(index), prepared.align(index, said))
    wrong = prepared.align(index, prepared.corpus.partner[said])
    assert not torch.equal(prepared.align(index), wrong)


def test_differences_over_time_are_appended():
    setting = SETTINGS["embedded", "full"]
    corpus = small_corpus().corpus
    prepared = prepare_corpus(corpus, type(setting)(states=8, deltas=True, epochs=1))
    assert prepared.features == 60
    assert prepared.states == 8


def test_what_is_unknown_is_named():
    with pytest.raises(ValueError, match="'rsr2015', 'quick'; give one of"):
        prepare("rsr2015")
    with pytest.raises(ValueError, match="'uniform' or 'mixture'"):
        small_corpus().align(torch.tensor([0]), kind="best")


def test_a_mixture_aligns_without_order_or_phrase():
    prepared = small_corpus()
    index = prepared.trials.test[:20]
    with pytest.raises(ValueError, match="with_mixture"):
        prepared.align(index, kind="mixture")
    mixed = with_mixture(prepared, seed=3)
    aligned = mixed.align(index, 2, "mixture")
    assert aligned.shape[2] == prepared.states
    assert torch.allclose(aligned.sum(2), prepared.mask[index].float(), atol=1e-5)
    assert torch.equal(aligned, mixed.align(index, 0, "mixture"))
    again = with_mixture(prepared, seed=3).align(index, 2, "mixture")
    assert torch.equal(aligned, again)


def test_a_corpus_of_one_part_or_without_a_difference_is_refused():
    corpus = small_corpus().corpus
    with pytest.raises(ValueError, match="give both"):
        prepare_corpus(replace(corpus, background=torch.ones_like(corpus.background)))
    with pytest.raises(ValueError, match="same in every background frame"):
        prepare_corpus(replace(corpus, log_mel=torch.zeros_like(corpus.log_mel)))


def test_utterances_shorter_than_the_states_are_refused():
    prepared = small_corpus()
    setting = type(prepared.setting)(states=50)
    with pytest.raises(ValueError, match="shorter than the 50 states"):
        prepare_corpus(prepared.corpus, setting)
