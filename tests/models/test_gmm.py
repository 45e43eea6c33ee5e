"""Gaussian mixtures against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture
from torch.testing import assert_close

from support.models.gmm import DiagonalGMM


def frames(seed=0, count=400):
    draw = torch.Generator().manual_seed(seed)
    centre = torch.tensor([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    return centre[torch.arange(count) % 3] + torch.randn(count, 2, generator=draw)


def test_em_is_scikit_learns_from_the_same_start():
    x = frames().double()
    ours = DiagonalGMM(3, 2, variance_floor=0)
    ours.mean = x[:3].clone()
    ours.variance = x.var(0, correction=0).expand(3, -1).clone()
    peer = GaussianMixture(
        3, covariance_type="diag", reg_covar=0, max_iter=7, tol=0,
        weights_init=[1 / 3] * 3, means_init=ours.mean.numpy(),
        precisions_init=(1 / ours.variance).numpy(),
    )  # fmt: skip
    with pytest.warns(match="converge"):
        peer.fit(x.numpy())
    for _ in range(7):
        ours.update(x)
    assert_close(ours.mean, torch.tensor(peer.means_))
    assert_close(ours.variance, torch.tensor(peer.covariances_))
    assert_close(ours.log_weight.exp(), torch.tensor(peer.weights_))
    assert_close(ours.log_density(x), torch.tensor(peer.score_samples(x.numpy())))
    share = ours.log_responsibilities(x).exp()
    assert_close(share, torch.tensor(peer.predict_proba(x.numpy())))


def test_fitting_finds_the_groups_and_never_falls(device):
    x = frames().to(device)
    gmm = DiagonalGMM(3, 2)
    trace = gmm.fit(x, generator=torch.Generator().manual_seed(0), iterations=15)
    assert (np.diff(trace) > -1e-9).all()
    found = gmm.log_responsibilities(x).argmax(1).cpu()
    for group in range(3):
        votes = torch.bincount(found[group::3], minlength=3)
        assert int(votes.max()) > 0.95 * int(votes.sum())


def test_blocks_do_not_matter(monkeypatch):
    x = frames()
    traces = []
    for size in (2**23, 50):
        monkeypatch.setattr("support.models.gmm._BLOCK", size)
        gmm = DiagonalGMM(3, 2)
        trace = gmm.fit(x, generator=torch.Generator().manual_seed(0))
        A, total = gmm.align(x.reshape(40, 10, 2), torch.full((40,), 10))
        traces.append([*trace, *A.flatten().tolist(), *total.tolist()])
    assert_close(torch.tensor(traces[0]), torch.tensor(traces[1]))


def test_it_aligns_without_order_and_without_padding():
    x = frames(count=24).reshape(2, 12, 2)
    gmm = DiagonalGMM(3, 2)
    gmm.fit(x.flatten(0, 1), generator=torch.Generator().manual_seed(0))
    x[1, 8:] = float("nan")
    count = torch.tensor([12, 8])
    A, total = gmm.align(x, count)
    assert_close(A.sum(2), (torch.arange(12) < count[:, None]).float())
    turned, same = gmm.align(x[:1].flip(1), count[:1])
    assert_close(turned.flip(1), A[:1])
    assert_close(same, total[:1])


def test_equal_frames_are_no_trouble():
    gmm = DiagonalGMM(2, 1)
    trace = gmm.fit(torch.ones(10, 1), generator=torch.Generator().manual_seed(0))
    assert np.isfinite(trace).all()
    assert torch.isfinite(gmm.log_density(torch.ones(1, 1))).all()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (torch.zeros(5, 3), "shape"),
        (torch.full((5, 2), float("nan")), "x: got nan"),
        (torch.zeros(2, 2), "2 frames for 3"),
    ],
)
def test_bad_frames_are_refused_in_words(x, words):
    with pytest.raises(ValueError, match=words):
        DiagonalGMM(3, 2).fit(x, generator=torch.Generator())


def test_bad_sizes_are_refused_in_words():
    with pytest.raises(ValueError, match="components"):
        DiagonalGMM(0, 2)
    for length in (4, 0, -2):
        with pytest.raises(ValueError, match="frames: got"):
            DiagonalGMM(2, 1).align(torch.zeros(1, 3, 1), torch.tensor([length]))


@pytest.mark.parametrize("x", [torch.zeros(1, 1), torch.zeros(2, 4), torch.tensor(5.0)])
@pytest.mark.parametrize("of", ["log_density", "log_responsibilities"])
def test_frames_of_another_width_have_no_density(of, x):
    with pytest.raises(ValueError, match=r"x: got shape .* give frames \(\.\.\., 3\)"):
        getattr(DiagonalGMM(1, 3), of)(x)
