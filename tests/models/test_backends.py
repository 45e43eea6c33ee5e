"""Back-ends against brute force on joint Gaussians."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from support.models.backends import (
    CosineBackend,
    TwoCovariancePLDA,
    em_step,
    plda_scores,
)
from support.models.whitening import wccn


def covariance(draw, size):
    a = torch.randn(size, size, generator=draw, dtype=torch.float64)
    return a @ a.T / size + 0.2 * torch.eye(size)


def classes_of(count, each=6, size=4, seed=0):
    """Vectors drawn from a two-covariance model, and the model."""
    draw = torch.Generator().manual_seed(seed)
    between, within = covariance(draw, size), covariance(draw, size)
    label = torch.arange(count * each) // each

    def normal(rows, spread):
        z = torch.randn(rows, size, generator=draw, dtype=torch.float64)
        return z @ torch.linalg.cholesky(spread).T

    x = normal(count, between)[label] + normal(len(label), within)
    return x, label, between, within


def log_density(rows, between, within):
    """Of vectors that share a class, jointly."""
    rows = np.asarray(rows)
    count = len(rows)
    joint = np.kron(np.ones((count, count)), between) + np.kron(np.eye(count), within)
    return multivariate_normal.logpdf(rows.ravel(), cov=joint)


@pytest.mark.parametrize("enrolments", [1, 3])
def test_plda_is_the_ratio_of_joint_densities(enrolments):
    draw = torch.Generator().manual_seed(0)
    between, within = covariance(draw, 3), covariance(draw, 3)
    e = torch.randn(4, enrolments, 3, generator=draw, dtype=torch.float64)
    t = torch.randn(5, 3, generator=draw, dtype=torch.float64)
    found = plda_scores(e, t, between, within)
    for model in range(4):
        for test in range(5):
            both = log_density([*e[model].numpy(), t[test].numpy()], between, within)
            apart = log_density(e[model].numpy(), between, within)
            apart += log_density(t[test][None].numpy(), between, within)
            assert float(found[model, test]) == pytest.approx(both - apart, abs=1e-9)


def test_enrolling_at_once_is_enrolling_one_after_the_other():
    draw = torch.Generator().manual_seed(1)
    between, within = covariance(draw, 3), covariance(draw, 3)
    e = torch.randn(3, 3, generator=draw, dtype=torch.float64)
    t = torch.randn(4, 3, generator=draw, dtype=torch.float64)
    mean, spread = torch.zeros(3).double(), between
    for x in e:  # Bayes, a vector at a time
        gain = spread @ torch.linalg.inv(spread + within)
        mean, spread = mean + gain @ (x - mean), spread - gain @ spread
    known = multivariate_normal.logpdf(t, mean, spread + within)
    unknown = multivariate_normal.logpdf(t, cov=between + within)
    found = plda_scores(e[None], t, between, within)[0]
    assert torch.allclose(found, torch.tensor(known - unknown))


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_one_enrolment_and_one_test_may_change_places(seed):
    draw = torch.Generator().manual_seed(seed)
    between, within = covariance(draw, 3), covariance(draw, 3)
    x = torch.randn(5, 3, generator=draw, dtype=torch.float64)
    table = plda_scores(x[:, None], x, between, within)
    assert torch.allclose(table, table.T, atol=1e-9)


def test_where_voices_do_not_differ_nothing_is_said(device):
    draw = torch.Generator().manual_seed(1)
    e, t = torch.randn(3, 2, 4, generator=draw), torch.randn(5, 4, generator=draw)
    within = covariance(draw, 4)
    nothing = plda_scores(e.to(device), t.to(device), 1e-12 * torch.eye(4), within)
    assert float(nothing.abs().max()) < 1e-6


def test_em_never_lowers_the_likelihood():
    x, label, *_ = classes_of(30)
    kept = torch.arange(len(x)) % 11 != 0  # classes of unequal size
    x, label = x[kept] - x[kept].mean(0), label[kept]
    between = within = torch.eye(4).double()
    trace = []
    for _ in range(8):
        each = (x[label == c].numpy() for c in label.unique())
        trace.append(sum(log_density(rows, between, within) for rows in each))
        between, within = em_step(x, label, between, within)
    assert (np.diff(trace) > -1e-8).all()
    assert trace[-1] > trace[0]


@pytest.mark.parametrize("method", ["moments", "em"])
def test_it_finds_the_model_that_made_the_data(method):
    x, label, between, within = classes_of(2000)
    plda = TwoCovariancePLDA(method=method, normalise_length=False).fit(x, label)
    # In the whitened space: bring the truth there by the same map.
    matrix = plda._whitening.matrix
    for found, truth in ((plda.between, between), (plda.within, within)):
        assert torch.allclose(found, matrix.T @ truth @ matrix, atol=0.08)


@pytest.mark.parametrize("method", ["moments", "em"])
def test_it_separates_classes_it_has_not_seen(method):
    x, label, *_ = classes_of(120)
    seen = label < 60
    plda = TwoCovariancePLDA(method=method).fit(x[seen].float(), label[seen])
    first = x[~seen].reshape(60, 6, 4)
    table = plda.score(first[:, :3], first[:, 3])
    own = table.diagonal()
    assert table.dtype == torch.float64
    assert float(own.mean()) > 0 > float(table.mean())


def test_the_cosine_is_that_of_the_mean_direction():
    e = torch.tensor([[[1.0, 0.0], [0.0, 5.0]]])
    t = torch.tensor([[1.0, 1.0], [1.0, 0.0], [-2.0, -2.0]])
    found = CosineBackend().score(e, t)
    assert torch.allclose(found, torch.tensor([[1.0, 0.5**0.5, -1.0]]))
    shifted = CosineBackend().fit(torch.tensor([[0.0, 3.0], [2.0, 1.0]]))
    centred = CosineBackend().score(
        e - torch.tensor([1.0, 2.0]), t - torch.tensor([1.0, 2.0])
    )
    assert torch.allclose(shifted.score(e, t), centred)
    x, label, *_ = classes_of(40)
    map_ = wccn(x, label)
    inside = CosineBackend(map_).score(x[:3, None], x[3:6])
    assert torch.allclose(
        inside, CosineBackend().score(map_.apply(x[:3])[:, None], map_.apply(x[3:6]))
    )


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda x, y: TwoCovariancePLDA().fit(x, torch.arange(30)), "one sample"),
        (lambda x, y: TwoCovariancePLDA().fit(x, y * 0), "two"),
        (lambda x, y: TwoCovariancePLDA().fit(torch.randn(30, 40), y), "n_components"),
        (lambda x, y: TwoCovariancePLDA(99).fit(x, y), "n_components"),
        (lambda x, y: TwoCovariancePLDA().fit(x * float("nan"), y), "got nan"),
        (lambda x, y: TwoCovariancePLDA().score(x[:2, None], x), "not fitted"),
        (lambda x, y: TwoCovariancePLDA(method="vb"), "method"),
        (lambda x, y: CosineBackend().score(x[:2], x), "enrolment"),
        (lambda x, y: CosineBackend().fit(x[:0]), "embedding"),
    ],
)
def test_bad_input_is_refused_in_words(act, words):
    x, label, *_ = classes_of(5)
    with pytest.raises(ValueError, match=words):
        act(x, label)


def test_a_cosine_with_a_map_of_its_own_is_not_fitted():
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    plain = CosineBackend().fit(x)
    plain.fit(x + 1)  # fitting anew is no contradiction
    with pytest.raises(ValueError, match="leave out one of them"):
        CosineBackend(before=plain.before).fit(x)


@pytest.mark.parametrize("size", [1e-25, 1e25])
def test_cosines_of_float32_do_not_see_lengths(size):
    draw = torch.Generator().manual_seed(0)
    enrolment, test = (torch.randn(*s, generator=draw) for s in ((2, 3, 4), (2, 4)))
    found = CosineBackend().score(enrolment * size, test / size)
    torch.testing.assert_close(found, CosineBackend().score(enrolment, test))
