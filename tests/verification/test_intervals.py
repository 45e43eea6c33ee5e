"""A comparison on the same draws of speakers."""

import pytest
import torch

from support.data.trials import TrialKind
from support.verification.intervals import reduction_interval
from support.verification.scoring import error_table
from tests.verification.small import small_corpus


def rng():
    return torch.Generator().manual_seed(7)


def test_a_better_system_is_better_and_an_equal_one_is_equal():
    trials = small_corpus().trials
    noise = torch.randn(len(trials), generator=rng())
    good = 2 * (trials.kind == TrialKind.TC).float() + noise
    bad = good + noise
    for kind in ("IC", "TWa"):
        old, new = (error_table(scores, trials)[kind] for scores in (bad, good))
        low, high = reduction_interval(bad, good, trials, kind, generator=rng())
        assert 0 < low < 1 - new / old < high < 1
        # Whoever is drawn, a system gains nothing on itself.
        same = reduction_interval(good, good, trials, kind, generator=rng())
        assert same == (0.0, 0.0)


def test_an_unknown_kind_is_refused():
    trials = small_corpus().trials
    scores = torch.zeros(len(trials))
    with pytest.raises(ValueError, match="kind: got 'ICa'"):
        reduction_interval(scores, scores, trials, "ICa", generator=rng())
