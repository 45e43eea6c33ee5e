"""Gaussian mixtures: moments, counts, reproducibility, bad input."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.mixtures import draw_labels, draw_mixtures


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_centres_and_points_have_the_moments_said():
    mixtures = draw_mixtures(rng(), components=50, dimensions=400)
    assert mixtures.centres.std().item() == pytest.approx(0.7, abs=0.01)
    mixtures = draw_mixtures(rng())
    labels = torch.arange(3).repeat(20_000)
    x = mixtures.sample(labels, rng(1))
    assert x.shape == (60_000, 20)
    assert x.dtype == torch.float32
    for label in range(3):
        mine, centres = x[labels == label], mixtures.centres[label]
        assert torch.allclose(mine.mean(0), centres.mean(0), atol=0.05)
        expected = 1 + centres.var(0, unbiased=False)
        assert torch.allclose(mine.var(0), expected, atol=0.1)


def test_same_generator_same_points():
    labels = torch.tensor([0, 1, 2])
    one = draw_mixtures(rng()).sample(labels, rng(2))
    assert torch.equal(one, draw_mixtures(rng()).sample(labels, rng(2)))


@settings(max_examples=50, deadline=None)
@given(
    st.integers(6, 300),
    st.lists(st.floats(0.01, 1), min_size=2, max_size=3),
    st.integers(0, 1000),
)
def test_no_class_is_too_rare(count, priors, seed):
    labels = draw_labels(count, priors, rng(seed))
    assert len(labels) == count
    assert labels.bincount(minlength=len(priors)).min() >= 2


def test_labels_follow_the_priors_in_random_order():
    labels = draw_labels(30_000, [0.7, 0.25, 0.05], rng())
    shares = labels.bincount() / 30_000
    assert shares.tolist() == pytest.approx([0.7, 0.25, 0.05], abs=0.01)
    half = labels[:15_000].bincount() / 15_000
    assert half.tolist() == pytest.approx(shares.tolist(), abs=0.02)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="sizes"):
        draw_mixtures(rng(), classes=0)
    with pytest.raises(ValueError, match="labels"):
        draw_mixtures(rng()).sample(torch.tensor([3]), rng())
    with pytest.raises(ValueError, match="priors"):
        draw_labels(10, [0.5, -0.5], rng())
    with pytest.raises(ValueError, match="count"):
        draw_labels(3, [0.5, 0.5], rng())
