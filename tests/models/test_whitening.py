"""Maps learned from classes."""

import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch.testing import assert_close

from support.models.whitening import class_covariances, lda, wccn, whitening

draw = torch.Generator().manual_seed(0)
LABEL = torch.arange(120) % 8
X = torch.randn(8, 5, generator=draw).double()[LABEL] * 2
X = X + torch.randn(120, 5, generator=draw).double() * torch.arange(1, 6)


def test_whitened_data_have_unit_covariance():
    z = whitening(X).apply(X)
    assert_close(z.T @ z / len(z), torch.eye(5).double())


def test_whitening_keeps_the_largest_components():
    found = whitening(X, 3).apply(X)
    wanted = PCA(3, whiten=True).fit_transform(X.numpy()) * (120 / 119) ** 0.5
    assert_close(found.abs(), torch.from_numpy(wanted).abs())


def test_classes_get_the_identity_as_spread():
    z = wccn(X, LABEL).apply(X)
    assert_close(class_covariances(z, LABEL)[1], torch.eye(5).double())


def test_discriminants_are_scikit_learns():
    found = lda(X, LABEL, 2).apply(X)
    peer = LinearDiscriminantAnalysis(solver="eigen", n_components=2)
    wanted = torch.from_numpy(peer.fit_transform(X.numpy(), LABEL.numpy()))
    wanted = wanted - wanted.mean(0)
    assert_close((found - found.mean(0)).abs(), wanted.abs())


def test_covariances_of_equal_classes_are_moments():
    groups = X[LABEL.argsort(stable=True)].reshape(8, 15, 5)
    within = sum(torch.cov(rows.T) for rows in groups) / 8
    between, found = class_covariances(X - X.mean(0), LABEL)
    assert_close(found, within)
    means = groups.mean(1) - X.mean(0)
    raw = means.T @ means / 8 - within / 15
    values, vectors = torch.linalg.eigh(raw)
    assert_close(between, (vectors * values.clamp_min(1e-6)) @ vectors.T)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: whitening(X[:3]), "span"),
        (lambda: whitening(X, 6), "n_components"),
        (lambda: wccn(X[:, [0, 0]], LABEL), "singular"),
        (lambda: lda(X, LABEL, 8), "n_components"),
        (lambda: class_covariances(X, LABEL[:3]), "shapes"),
        (lambda: wccn(X * float("inf"), LABEL), "embedding: got"),
    ],
)
def test_bad_input_is_refused_in_words(act, words):
    with pytest.raises(ValueError, match=words):
        act()
