"""Scores in deviations of strangers' scores."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from support.metrics.score_normalisation import s_norm, t_norm, z_norm

draw = torch.Generator().manual_seed(0)
SCORES = torch.randn(3, 4, generator=draw).double()
MODELS = torch.randn(3, 20, generator=draw).double()
TESTS = torch.randn(20, 4, generator=draw).double()


@settings(deadline=None)
@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_gain_and_offset_of_a_model_vanish(gain, offset):
    """z-norm undoes what differs between models; t-norm, between tests."""
    gains = gain * torch.tensor([1.0, 2.0, 3.0]).double()[:, None]
    moved = z_norm(gains * SCORES + offset, gains * MODELS + offset)
    assert_close(moved, z_norm(SCORES, MODELS))
    column = gain * torch.tensor([1.0, 2.0, 3.0, 4.0]).double()
    moved = t_norm(column * SCORES + offset, column * TESTS + offset)
    assert_close(moved, t_norm(SCORES, TESTS))


def test_strangers_themselves_have_mean_0_and_deviation_1(device):
    z = z_norm(MODELS.to(device), MODELS.to(device))
    assert_close(z.mean(1).cpu(), torch.zeros(3).double())
    assert_close(z.std(1, correction=0).cpu(), torch.ones(3).double())


def test_s_norm_is_symmetric():
    assert_close(s_norm(SCORES, MODELS, TESTS), s_norm(SCORES.T, TESTS.T, MODELS.T).T)


@pytest.mark.parametrize(
    ("cohort", "words"),
    [
        (MODELS[:, :1], "two"),
        (MODELS[:, :0], "two"),
        (MODELS[:2], "shapes"),
        (torch.ones(3, 5), "same"),
        (MODELS * float("nan"), "cohort: got nan"),
    ],
)
def test_bad_cohorts_are_refused_in_words(cohort, words):
    with pytest.raises(ValueError, match=words):
        z_norm(SCORES, cohort)
    with pytest.raises(ValueError, match=words):
        t_norm(SCORES.T, cohort.T)


@pytest.mark.parametrize("size", [1e-160, 1e-9, 1e9, 1e160])
def test_the_unit_of_scores_does_not_matter(size):
    found = s_norm(SCORES * size, MODELS * size, TESTS * size)
    assert_close(found, s_norm(SCORES, MODELS, TESTS))


def test_equal_but_for_rounding_is_equal():
    cohort = torch.tensor([[0.1 + 0.2, 0.3, 0.3]], dtype=torch.double)
    with pytest.raises(ValueError, match="the same"):
        z_norm(torch.tensor([[0.3]]), cohort)
    with pytest.raises(ValueError, match="the same"):
        t_norm(torch.tensor([[0.3]]), cohort.T)
    assert z_norm(torch.tensor([[3.0]]), cohort + torch.tensor([0, 1, 2])).isfinite()
