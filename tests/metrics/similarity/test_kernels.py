"""HSIC and CKA: known answers, other forms, sizes and refusals."""

from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.metrics.similarity import (
    MinibatchCKA,
    hsic,
    linear_cka,
    minibatch_cka,
    rbf_cka,
)


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def gram(x: torch.Tensor) -> torch.Tensor:
    return x @ x.T


def brute_force(K: torch.Tensor, L: torch.Tensor) -> float:
    """The U-statistic: a mean over all ordered quadruples of distinct rows."""
    terms = [
        K[i, j] * (L[i, j] + L[q, r] - 2 * L[i, q])
        for i, j, q, r in permutations(range(len(K)), 4)
    ]
    return float(torch.stack(terms).mean())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_biased_cka_is_a_share(seed):
    a, b = draw(seed, 40, 5), draw(seed + 1, 40, 3)
    assert 0 <= linear_cka(a, b, unbiased=False) <= 1
    assert linear_cka(a, 2 * a, unbiased=False) == pytest.approx(1)
    assert linear_cka(a, b) < linear_cka(a, b, unbiased=False)


@pytest.mark.parametrize("n", [4, 5, 7])
def test_unbiased_hsic_is_the_mean_over_quadruples(n):
    K, L = gram(draw(0, n, 3)), gram(draw(1, n, 6))
    assert hsic(K, L) == pytest.approx(brute_force(K, L), rel=1e-9)


def test_unbiased_hsic_of_four_samples_by_hand():
    # Two pairs of friends: of the 24 orders of the four, the 8 in which i and j are
    # friends score 1 * (1 + 1 - 0), the 16 others 0 * (...).
    friends = torch.tensor([0, 0, 1, 1])
    K = (friends[:, None] == friends).double()
    assert hsic(K, K) == pytest.approx(8 * 2 / 24)


def test_biased_hsic_is_the_trace_with_centring():
    K, L = gram(draw(0, 9, 3)), gram(draw(1, 9, 2))
    H = torch.eye(9, dtype=torch.float64) - 1 / 9
    expected = torch.trace(K @ H @ L @ H) / 64
    assert hsic(K, L, unbiased=False) == pytest.approx(float(expected))


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("d", [5, 80])
def test_linear_cka_equals_the_form_with_gram_matrices(d, unbiased, device):
    a, b = draw(0, 40, d).to(device) + 3, draw(1, 40, 7).to(device)
    K, L = gram(a), gram(b)
    ratio = (
        hsic(K, L, unbiased=unbiased)
        / (hsic(K, K, unbiased=unbiased) * hsic(L, L, unbiased=unbiased)) ** 0.5
    )
    assert linear_cka(a, b, unbiased=unbiased) == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("unbiased", [True, False])
def test_rbf_cka_equals_hsic_of_scipys_distances(unbiased):
    import numpy as np
    from scipy.spatial.distance import pdist, squareform

    a, b = draw(0, 30, 4), draw(1, 30, 3)
    grams = []
    for side in (a, b):
        distances = pdist(side.numpy())
        sigma = 0.4 * np.sort(distances)[(len(distances) - 1) // 2]
        kernel = np.exp(-(squareform(distances) ** 2) / (2 * sigma**2))
        grams.append(torch.from_numpy(kernel))
    K, L = grams
    ratio = (
        hsic(K, L, unbiased=unbiased)
        / (hsic(K, K, unbiased=unbiased) * hsic(L, L, unbiased=unbiased)) ** 0.5
    )
    found = rbf_cka(a, b, sigma_fraction=0.4, unbiased=unbiased)
    assert found == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize(("n", "d"), [(100, 256), (100, 2000), (1000, 256)])
def test_only_the_unbiased_form_tells_independent_gaussians_apart(n, d):
    a, b = draw(0, n, d), draw(1, n, d)
    assert abs(linear_cka(a, b)) < 0.05
    # tr(X'X)^2 / (n d) adds to every product of the biased form.
    assert linear_cka(a, b, unbiased=False) == pytest.approx(d / (d + n), abs=0.02)


def test_cka_squared_is_the_r2_of_one_scalar_between_gram_matrices():
    a, b = draw(0, 50, 6), draw(1, 50, 4)
    b[:, :2] += a[:, :2]
    H = torch.eye(50, dtype=torch.float64) - 1 / 50
    K, L = H @ gram(a) @ H, H @ gram(b) @ H
    slope = (K * L).sum() / K.square().sum()
    r2 = 1 - (L - slope * K).square().sum() / L.square().sum()
    assert linear_cka(a, b, unbiased=False) ** 2 == pytest.approx(float(r2), abs=1e-10)


def test_half_precision_is_read_in_full():
    a, b = draw(0, 60, 5), draw(1, 60, 4)
    half = linear_cka(a.half(), b.half())
    assert half == pytest.approx(linear_cka(a.half().double(), b.half().double()))


def test_one_batch_is_the_whole_and_many_average_before_the_ratio():
    a, b = draw(0, 60, 5), draw(1, 60, 4)
    b[:, 0] += a[:, 0]
    assert minibatch_cka([(a, b)]) == pytest.approx(linear_cka(a, b))
    parts = list(zip(a.split(20), b.split(20), strict=True))
    sums = torch.zeros(3, dtype=torch.float64)
    for x, y in parts:
        K, L = gram(x), gram(y)
        sums += sums.new_tensor([hsic(K, L), hsic(K, K), hsic(L, L)])
    expected = sums[0] / (sums[1] * sums[2]).sqrt()
    assert minibatch_cka(parts) == pytest.approx(float(expected), rel=1e-9)


def test_small_batches_agree_with_the_whole():
    a = draw(0, 8000, 20)
    b = a @ draw(1, 20, 20) + 2 * draw(2, 8000, 20)
    whole = linear_cka(a, b)
    for size in (16, 200):
        batches = zip(a.split(size), b.split(size), strict=True)
        assert minibatch_cka(batches) == pytest.approx(whole, abs=0.02)


def test_memory_stays_far_below_a_copy_of_the_input():
    """Peak beside the input, in a process of its own; the full case scales by 25."""
    import subprocess
    import sys

    script = """
import resource, torch
from support.metrics.similarity import linear_cka
x, y = torch.randn(100_000, 256), torch.randn(100_000, 256)
linear_cka(x[:5000], y[:5000])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
linear_cka(x, y)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    # Two float64 copies would be 410 MB; blocks of 4,096 rows are 8 MB each.
    assert float(found.stdout) < 60


def test_bad_input_is_refused_in_words():
    a = draw(0, 5, 2)
    broken = a.clone()
    broken[3, 1] = torch.nan
    with pytest.raises(ValueError, match="x: got 3 rows; give at least 4"):
        linear_cka(a[:3], a[:3])
    with pytest.raises(ValueError, match="at least 3"):
        linear_cka(a[:2], a[:2], unbiased=False)
    with pytest.raises(ValueError, match="x has 5 rows and y has 4"):
        linear_cka(a, a[:4])
    with pytest.raises(ValueError, match="y: all rows are equal"):
        linear_cka(a, torch.full((5, 1), 0.1))
    with pytest.raises(ValueError, match="x: row 3, column 1 is nan"):
        linear_cka(broken, a)
    with pytest.raises(ValueError, match="y: row 3, column 1 is nan"):
        rbf_cka(a, broken)
    with pytest.raises(ValueError, match=r"x: got shape \(5,\)"):
        linear_cka(a[:, 0], a)
    with pytest.raises(ValueError, match=r"x: got torch\.complex"):
        linear_cka(a * 1j, a)
    with pytest.raises(ValueError, match="no two samples are more alike"):
        linear_cka(torch.eye(6), torch.eye(6))
    with pytest.raises(ValueError, match="sigma_fraction: got 0"):
        rbf_cka(a, a, sigma_fraction=0)
    with pytest.raises(ValueError, match="half of the distances"):
        rbf_cka(torch.eye(9)[:, :2], draw(0, 9, 2))
    with pytest.raises(ValueError, match="no batch yet"):
        MinibatchCKA().compute()


def test_bad_gram_matrices_are_refused_in_words():
    K = gram(draw(0, 5, 2))
    with pytest.raises(ValueError, match="K: got shape"):
        hsic(K[:4], K)
    with pytest.raises(ValueError, match="L: got n = 3; give at least 4"):
        hsic(K, K[:3, :3])
    with pytest.raises(ValueError, match="give one n"):
        hsic(K, K[:4, :4])
    with pytest.raises(ValueError, match="L: not symmetric"):
        hsic(K, torch.arange(25.0).reshape(5, 5))
    with pytest.raises(ValueError, match="L: got inf"):
        hsic(K, K * torch.inf)
