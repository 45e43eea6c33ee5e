"""Cepstral coefficients."""

import numpy as np
import pytest
import torch
from scipy.fft import dct
from torch.testing import assert_close

from support.signal.mfcc import mean_normalise, mfcc

draw = torch.Generator().manual_seed(0)
X = torch.randn(3, 10, 24, generator=draw)
FRAMES = torch.tensor([10, 6, 1])


@pytest.mark.parametrize("count", [1, 13, 24])
def test_it_is_scipys_transform(count, device):
    found = mfcc(X.to(device), count).cpu()
    wanted = dct(X.numpy().astype(np.float64), type=2, norm="ortho")[..., :count]
    assert_close(found.double(), torch.from_numpy(wanted), atol=1e-5, rtol=1e-5)


def test_all_of_them_keep_the_length():
    assert_close(mfcc(X, 24).norm(dim=2), X.norm(dim=2))


def test_gradient():
    assert torch.autograd.gradcheck(
        lambda x: mfcc(x, 5), X[:1, :2].double().requires_grad_(), atol=1e-4
    )


@pytest.mark.parametrize("fill", [5.0, float("nan")])
def test_a_channel_disappears_and_padding_is_zero(fill):
    x = X.clone()
    real = torch.arange(10) < FRAMES[:, None]
    x[~real] = fill
    found = mean_normalise(x, FRAMES)
    assert (found[~real] == 0).all()
    assert_close(found.sum(1), torch.zeros(3, 24), atol=1e-5, rtol=0)
    assert_close(
        mean_normalise(x + torch.arange(24.0), FRAMES), found, atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: mfcc(X, 25), "1 to 24"),
        (lambda: mfcc(X, 0), "count"),
        (lambda: mean_normalise(X, torch.tensor([10, 6])), "shapes"),
        (lambda: mean_normalise(X, torch.tensor([11, 6, 1])), "1 to 10"),
        (lambda: mean_normalise(X, torch.tensor([10, 6, 0])), "1 to 10"),
        (lambda: mean_normalise(X * float("nan"), FRAMES), "x: got nan"),
    ],
)
def test_bad_input_is_refused_in_words(act, words):
    with pytest.raises(ValueError, match=words):
        act()
