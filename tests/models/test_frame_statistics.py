"""Counts, sums and squares of frames; adapted means."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from support.models.frame_statistics import Statistics, baum_welch, relevance_map
from support.models.tied_inference import log_likelihood

draw = torch.Generator().manual_seed(0)
X = torch.randn(5, 7, 3, generator=draw)
A = torch.rand(5, 7, 4, generator=draw)


def test_they_are_sums_over_frames(device):
    found = baum_welch(X.to(device), A.to(device))
    x, a = X.double(), A.double()
    assert_close(found.N.cpu(), torch.einsum("ntq->nq", a))
    assert_close(found.F.cpu(), torch.einsum("ntq,ntd->nqd", a, x))
    assert_close(found.S.cpu(), torch.einsum("ntq,ntd->nqd", a, x * x))
    assert found.N.dtype == torch.float64


def test_what_is_cut_in_two_adds_up():
    whole = baum_welch(X, A)
    parts = [baum_welch(X[:, :3], A[:, :3]), baum_welch(X[:, 3:], A[:, 3:])]
    both = Statistics(*(torch.cat([getattr(p, k) for p in parts]) for k in "NFS"))
    joined = both.sum_by(torch.arange(10) % 5)
    for name in "NFS":
        assert_close(getattr(joined, name), getattr(whole, name))


def test_groups_are_added_and_an_empty_one_is_zero():
    found = baum_welch(X, A).sum_by(torch.tensor([0, 2, 2, 0, 0]))
    assert found.N.shape == (3, 4)
    assert (found.F[1] == 0).all()
    assert_close(found.N[2], A[1:3].double().sum((0, 1)))


def test_scaling_counts_frames_as_fewer():
    whole, less = baum_welch(X, A), baum_welch(X, A).scale(0.2)
    assert_close(less.S, 0.2 * whole.S)
    assert_close(less.F / less.N[..., None], whole.F / whole.N[..., None])


@settings(deadline=None)
@given(st.floats(0.01, 100))
def test_an_adapted_mean_lies_between_prior_and_frames(relevance):
    seen = baum_welch(X, A)
    own, prior = seen.F / seen.N[..., None], torch.zeros(4, 3)
    found = relevance_map(seen, prior, relevance)
    assert (found.abs() <= own.abs() + 1e-12).all()
    assert (found * own >= 0).all()


def test_limits_of_adaptation():
    seen = baum_welch(X, A)
    prior = torch.randn(4, 3, generator=draw).double()
    assert_close(relevance_map(seen, prior, 1e-12), seen.F / seen.N[..., None])
    far = relevance_map(seen, prior, 1e12)
    assert_close(far, prior.expand_as(far))
    nothing = baum_welch(X, A * 0)
    assert_close(relevance_map(nothing, prior), prior.expand(5, -1, -1))


def test_whole_numbers_and_bytes_are_summed_without_a_wrap():
    ones = (torch.tensor(v) for v in ([[4]], [[[10]]], [[[30]]]))
    assert relevance_map(Statistics(*ones), torch.tensor([[0.5]]), 4.0).item() == 1.5
    parts = ([[200], [100]], [[[9]], [[9]]], [[[9]], [[9]]])
    counted = Statistics(*(torch.tensor(v, dtype=torch.uint8) for v in parts))
    assert counted.sum_by(torch.tensor([0, 0])).N.item() == 300
    small = (
        torch.full(s, 100, dtype=torch.int8) for s in ((1, 1), (1, 1, 1), (1, 1, 1))
    )
    told = log_likelihood(Statistics(*small), torch.tensor([[2.0]]), torch.ones(1))
    assert told.item() == pytest.approx(-141.893853)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s: baum_welch(X, A[:, :3]), "same utterances and frames"),
        (lambda s: baum_welch(X, -A), "at least 0"),
        (lambda s: baum_welch(X, A * float("nan")), "A: got nan"),
        (lambda s: s.scale(0), "kappa"),
        (lambda s: s.sum_by(torch.tensor([0.5] * 5)), "group: got 0.5"),
        (lambda s: s.sum_by(torch.tensor([0, 1])), "integers"),
        (lambda s: relevance_map(s, torch.zeros(4, 3), 0), "relevance"),
        (lambda s: relevance_map(s, torch.zeros(3, 4)), "mean"),
        (lambda s: Statistics(-s.N, s.F, s.S), "at least 0"),
        (lambda s: Statistics(s.N, s.F / 0, s.S), "F: got"),
        (lambda s: Statistics(s.N, s.F, s.S * float("nan")), "S: got nan"),
        (lambda s: Statistics(s.N, s.F[:, :2], s.S[:, :2]), "N, F"),
    ],
)
def test_bad_input_is_refused_in_words(act, words):
    with pytest.raises(ValueError, match=words):
        act(baum_welch(X, A))
