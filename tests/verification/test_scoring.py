"""Scores of trials, and the errors made of them."""

from dataclasses import replace

import pytest
import torch

from support.data.trials import TrialKind
from support.models.backends import CosineBackend
from support.verification.scoring import (
    error_table,
    rates_of,
    scores_of,
    trial_scores,
)
from tests.verification.small import small_corpus


class Oracle:
    """Knows who says what."""

    def __init__(self, *, voice: bool = True, words: bool = True) -> None:
        self.voice, self.words = voice, words

    def embed(self, prepared, index, phrase=None):
        corpus = prepared.corpus
        parts = []
        if self.voice:
            parts.append(
                torch.eye(int(corpus.speaker.max()) + 1)[corpus.speaker[index]]
            )
        if self.words:
            parts.append(torch.eye(len(corpus.phrases))[corpus.phrase[index]])
        return torch.cat(parts, dim=1)


def table_of(system):
    prepared = small_corpus()
    return error_table(trial_scores(system, prepared), prepared.trials)


def test_a_perfect_system_errs_nowhere():
    row = table_of(Oracle())
    assert all(row[kind] == 0 for kind in ("IC", "TW", "TWa", "IW", "all", "minDCF08"))
    assert row["AUC"] == 1


def test_kinds_that_a_list_lacks_are_left_out():
    prepared = small_corpus()
    scores = trial_scores(Oracle(), prepared)
    trials = replace(prepared.trials, anagram=prepared.trials.anagram & False)
    whole = error_table(scores, prepared.trials)
    assert error_table(scores, trials) == {
        name: value for name, value in whole.items() if name != "TWa"
    }
    true = prepared.trials.kind == TrialKind.TC
    alone = replace(
        prepared.trials, kind=prepared.trials.kind[true], anagram=trials.anagram[true]
    )
    with pytest.raises(ValueError, match="no trial of kind 'all'"):
        error_table(scores[true], alone)


def test_a_system_is_not_tried_with_whom_it_has_learned_from():
    prepared = small_corpus()
    system = Oracle()
    system.learned_from = prepared.corpus.speaker[prepared.background].unique()
    trial_scores(system, prepared)
    system.learned_from = prepared.corpus.speaker[prepared.trials.test[:1]]
    with pytest.raises(ValueError, match="both learned from and tested"):
        trial_scores(system, prepared)


def test_who_knows_voices_alone_guesses_at_phrases():
    row = table_of(Oracle(words=False))
    assert row["IC"] == row["IW"] == 0
    assert row["TW"] == row["TWa"] == 0.5


def test_who_knows_phrases_alone_guesses_at_voices():
    row = table_of(Oracle(voice=False))
    assert row["TW"] == row["TWa"] == row["IW"] == 0
    assert row["IC"] == row["AUC"] == 0.5
    assert row["minDCF08"] == 1


def test_scores_are_the_definition_s_trial_by_trial():
    prepared = small_corpus()
    trials, corpus = prepared.trials, prepared.corpus
    vectors = torch.randn(
        len(corpus.speaker), 7, generator=torch.Generator().manual_seed(3)
    )

    class Table:
        def embed(self, prepared, index, phrase=None):
            # A claimed phrase moves the vector, as an alignment does.
            own = prepared.corpus.phrase[index]
            claimed = own if phrase is None else torch.full_like(own, phrase)
            return vectors[index] * (1 + claimed[:, None] * torch.arange(7))

    scores = trial_scores(Table(), prepared)
    system = Table()
    for place in range(0, len(scores), 97):
        model = int(trials.model_index[place])
        phrase = int(trials.model_phrase[model])
        unit = [
            each / each.norm() for each in system.embed(prepared, trials.model[model])
        ]
        mean = sum(unit) / len(unit)
        test = system.embed(prepared, trials.test[place : place + 1], phrase)[0]
        wanted = mean @ test / mean.norm() / test.norm()
        assert float(scores[place]) == pytest.approx(float(wanted), abs=1e-5)
    again = trial_scores(system, prepared, backend=CosineBackend())
    torch.testing.assert_close(scores, again)


def test_kinds_are_those_of_the_list():
    prepared = small_corpus()
    trials = prepared.trials
    scores = torch.arange(len(trials.kind), dtype=torch.float64)
    true, false = scores_of(scores, trials, "TWa")
    assert len(true) == int((trials.kind == TrialKind.TC).sum())
    assert len(false) == int(trials.anagram.sum()) > 0
    assert len(scores_of(scores, trials, "all")[1]) == len(scores) - len(true)


def test_bad_lists_are_refused():
    prepared = small_corpus()
    trials = prepared.trials
    scores = torch.zeros(len(trials.kind))
    with pytest.raises(ValueError, match="kind: got 'TC'; give one of"):
        rates_of(scores, trials, "TC")
    with pytest.raises(ValueError, match="the list has"):
        rates_of(scores[:-1], trials, "IC")
    bare = replace(trials, anagram=torch.zeros_like(trials.anagram))
    with pytest.raises(ValueError, match="no trial of kind 'TWa'"):
        rates_of(scores, bare, "TWa")


def test_scores_that_are_no_numbers_are_refused():
    class Broken(Oracle):
        def embed(self, prepared, index, phrase=None):
            return super().embed(prepared, index) * float("nan")

    with pytest.raises(ValueError, match="got nan"):
        trial_scores(Broken(), small_corpus())
