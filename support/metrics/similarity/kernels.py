"""Similarity of two kernels: HSIC and centred kernel alignment (CKA)."""

import functools
import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.linalg import vector_norm

from support.arrays import real
from support.metrics.similarity.inputs import (
    BLOCK,
    centred,
    check_pair,
    column_mean,
)

__all__ = ["alignment", "hsic", "linear_cka", "linear_hsics", "rbf_cka"]

_CANCELLED = 1e-6


def hsic(K: Tensor, L: Tensor, *, unbiased: bool = True) -> float:
    r"""Hilbert-Schmidt independence criterion of two Gram matrices.

    Biased: $\mathrm{tr}(KHLH)/(n-1)^2$ with $H=I-\frac1n\mathbf 1\mathbf 1^\top$.
    Unbiased, with $\tilde K,\tilde L$ the matrices with a zero diagonal:

    $$\frac1{n(n-3)}\Big[\mathrm{tr}(\tilde K\tilde L)
    +\frac{\mathbf1^\top\tilde K\mathbf1\;\mathbf1^\top\tilde L\mathbf1}{(n-1)(n-2)}
    -\frac2{n-2}\mathbf1^\top\tilde K\tilde L\mathbf1\Big].$$

    Symmetric; higher is more dependent; 0 for independence (the unbiased form on
    average, so it may be negative).  Blind to a constant added to a row and the
    same column of either matrix.  Circulating code leaves the diagonal in
    $\mathbf1^\top\tilde K\tilde L\mathbf1$, or divides by $n^2$ in one place and
    by $(n-1)^2$ in another; neither harms a ratio of the biased form, and both
    spoil the unbiased one.

    Args:
        K: (n, n) symmetric Gram matrix of one representation.
        L: (n, n) of the other.
        unbiased: which form; the unbiased one needs n of at least 4.

    Returns:
        A number, of the units of both kernels multiplied.

    Raises:
        ValueError: not square, unequal sizes, not symmetric, not finite, n below 2
            (4 for the unbiased form).

    Source: Gretton et al., ALT 2005 (biased); Song et al., JMLR 2012, equation 4
    (unbiased).

    >>> K = torch.arange(5.0)[:, None] @ torch.arange(5.0)[None]
    >>> round(hsic(K, K, unbiased=False), 6), round(hsic(K, K), 6)
    (6.25, 5.166667)
    """
    least = 4 if unbiased else 2
    K, L = (_gram_matrix(name, gram, least) for name, gram in (("K", K), ("L", L)))
    if K.shape != L.shape:
        raise ValueError(f"K is {tuple(K.shape)} and L {tuple(L.shape)}; give one n")
    return _hsic(K, L, unbiased)


def _gram_matrix(name: str, gram: Tensor, least: int) -> Tensor:
    gram = real(name, gram, finite=False).detach().double()
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1]:
        raise ValueError(f"{name}: got shape {tuple(gram.shape)}; give (n, n)")
    if len(gram) < least:
        raise ValueError(f"{name}: got n = {len(gram)}; give at least {least}")
    # The greatest difference is minus the least one: no absolute values are needed.
    away = float((gram - gram.T).amax())
    if not away <= 1e-5 * abs(float(gram[0, 0])):  # NaN, too, or a small corner
        gram = real(name, gram)
        if away > 1e-5 * float(gram.abs().max()):
            raise ValueError(f"{name}: not symmetric; give a Gram matrix")
    return gram


def _hsic(K: Tensor, L: Tensor, unbiased: bool) -> float:
    """`hsic` of symmetric float64 matrices, as sums and without a matrix product.

    Where the sums nearly cancel, the rows' means are taken off first.
    """
    n = len(K)
    rows_k, rows_l = K.sum(0), L.sum(0)
    inner = float(K.flatten() @ L.flatten())
    if unbiased:
        k, el = K.diagonal(), L.diagonal()
        rows_k, rows_l = rows_k - k, rows_l - el
        inner -= float(k @ el)
    less = n - 2 if unbiased else n
    totals = float(rows_k.sum()) * float(rows_l.sum())
    crossed = 2 * float(rows_k @ rows_l) / less
    both = totals / ((n - 1) * less if unbiased else less * less)
    value = inner - crossed + both
    if abs(value) < _CANCELLED * (abs(inner) + abs(crossed) + abs(both)):
        K, L = (_without_rows(gram, unbiased) for gram in (K, L))
        value = float(K.flatten() @ L.flatten())
    return value / (n * (n - 3) if unbiased else (n - 1) ** 2)


def _without_rows(gram: Tensor, unbiased: bool) -> Tensor:
    """A Gram matrix whose rows sum to 0; the diagonal is 0 and counts not, if unbiased.

    The common level goes first, and the rows are centred twice, since what rounding
    leaves of large rows is no longer large.
    """
    n, gram = len(gram), gram - gram[0, 1]
    for _ in range(2):
        if unbiased:
            gram.fill_diagonal_(0)
        rows = gram.sum(0) / (n - 2 if unbiased else n)
        gram = gram - rows - rows[:, None]
        gram += rows.sum() / (n - 1 if unbiased else n)
    return gram.fill_diagonal_(0) if unbiased else gram


def linear_cka(x: Tensor, y: Tensor, *, unbiased: bool = True) -> float:
    r"""Linear centred kernel alignment of two representations.

    $$\frac{\mathrm{HSIC}(K,L)}{\sqrt{\mathrm{HSIC}(K,K)\,\mathrm{HSIC}(L,L)}},
    \qquad K=XX^\top,\ L=YY^\top;\qquad\text{biased: }
    \frac{\|\bar X^\top\bar Y\|_F^2}
    {\|\bar X^\top\bar X\|_F\,\|\bar Y^\top\bar Y\|_F}$$

    with centred columns.  Symmetric; unchanged by permutations and rotations of
    the features, by one common scale and by a shift of either side; changed by
    a general invertible map.  Higher is more alike; 1 for the same up to those.
    The biased form is in [0, 1] and far from 0 for unrelated wide features (0.95
    and more for 100 samples of 2,000 independent ones); the unbiased form is 0
    there on average, may be negative, and is not clipped.

    The features' form is used when no side has more features than samples, else
    the samples' form (Gram matrices): beside the input, memory is that of three
    matrices of features, or of two n x n ones, in float64.  Rows are brought to
    float64 a block at a time.

    Circulating code forgets to centre, or clips the unbiased form at 0.

    Args:
        x: (n, p) one row a sample.
        y: (n, q) the same samples in the same order.
        unbiased: which form; say which one wherever a number is shown.

    Returns:
        At most 1.

    Raises:
        ValueError: fewer than 3 rows (4 for the unbiased form), unequal lengths,
            values that are not finite, no variance, or (unbiased) no pair of
            samples more alike than another.

    Source: Kornblith et al., Similarity of Neural Network Representations
    Revisited, ICML 2019 (biased); Nguyen et al., ICLR 2021 (unbiased).

    >>> x = torch.arange(12.0).reshape(6, 2) ** 2
    >>> round(linear_cka(x, 2 * x.flip(1) + 1), 6)
    1.0
    """
    x, y = check_pair(x, y, 4 if unbiased else 3)
    return alignment(*linear_hsics(x, y, unbiased))


def rbf_cka(
    x: Tensor, y: Tensor, *, sigma_fraction: float = 0.5, unbiased: bool = True
) -> float:
    r"""Centred kernel alignment with Gaussian kernels.

    As `linear_cka` with $K_{ij}=\exp(-\|x_i-x_j\|^2/2\sigma^2)$, each side with
    its own $\sigma$: a fraction of its median distance over pairs $i<j$ (the lower
    of the middle two).  Circulating code takes the median over the whole matrix,
    with the n zeros of its diagonal.  Distances are sums of squared differences.

    Symmetric; unchanged by permutations, rotations, shifts and one common scale
    of either side.  Higher is more alike; at most 1; biased in [0, 1].  Memory:
    a few n x n matrices and a copy of each side in float64.

    Args:
        x: (n, p) one row a sample.
        y: (n, q) the same samples in the same order.
        sigma_fraction: of the median distance, above 0; 0.2 to 0.8 is usual.
        unbiased: which form.

    Returns:
        At most 1.

    Raises:
        ValueError: as `linear_cka`; the fraction is not above 0; or more than half
            of the distances are 0.

    Source: Kornblith et al., ICML 2019, section 3.

    >>> x = torch.arange(12.0).reshape(6, 2) ** 2
    >>> round(rbf_cka(x, 3 * x.flip(1)), 6)
    1.0
    """
    x, y = check_pair(x, y, 4 if unbiased else 3)
    if not 0 < sigma_fraction < float("inf"):
        raise ValueError(f"sigma_fraction: got {sigma_fraction}; give more than 0")
    K, L = _gaussian("x", x, sigma_fraction), _gaussian("y", y, sigma_fraction)
    return alignment(*_hsics(K, L, unbiased))


def _hsics(K: Tensor, L: Tensor, unbiased: bool) -> list[float]:
    """HSIC of (K, L), (K, K), (L, L), and the mean squares of K and of L."""
    hsics = [_hsic(*pair, unbiased) for pair in ((K, L), (K, K), (L, L))]
    return hsics + [
        float(gram.flatten() @ gram.flatten()) / len(K) ** 2 for gram in (K, L)
    ]


def linear_hsics(x: Tensor, y: Tensor, unbiased: bool) -> list[float]:
    """HSIC of (x, y), (x, x) and (y, y) with linear kernels; inputs are checked.

    Two more numbers are the mean squares of the Gram matrices, by which `alignment`
    tells a small HSIC from rounding.
    With centred features the unbiased form needs, beside the product of features,
    the squared length of each row alone: every row of the Gram matrix sums to 0.
    """
    n = len(x)
    if max(x.shape[1], y.shape[1]) > n:
        K, L = (_gram(side, column_mean(side)) for side in (x, y))
        return _hsics(K, L, unbiased)
    sides: Iterable[tuple[Tensor, Tensor]]
    if n <= BLOCK:
        sides = [(centred(x), centred(y))]
    else:
        means = column_mean(x), column_mean(y)
        blocks = zip(x.split(BLOCK), y.split(BLOCK), strict=True)
        sides = ((a.double() - means[0], b.double() - means[1]) for a, b in blocks)
    parts = [_products(a, b, unbiased) for a, b in sides]
    between, own_x, own_y, overlaps, lengths = map(_total, zip(*parts, strict=True))
    inner = [float(vector_norm(each)) ** 2 for each in (between, own_x, own_y)]
    sizes = [inside / n**2 for inside in inner[1:]]
    if not unbiased:
        return [inside / (n - 1) ** 2 for inside in inner] + sizes
    k, el = lengths.tolist()
    (of_x, crossed), (_, of_y) = overlaps.tolist()
    found = [
        (inside - overlap * n / (n - 2) + both / ((n - 1) * (n - 2))) / (n * (n - 3))
        for inside, overlap, both in zip(
            inner, (crossed, of_x, of_y), (k * el, k * k, el * el), strict=True
        )
    ]
    return found + sizes


def _products(a: Tensor, b: Tensor, unbiased: bool) -> list[Tensor]:
    """Of centred features: their products, and those of the rows' squared lengths."""
    products = [a.T @ b, a.T @ a, b.T @ b]
    if not unbiased:
        return [*products, a.new_zeros(2, 2), a.new_zeros(2)]
    squares = torch.stack([torch.linalg.vecdot(side, side) for side in (a, b)])
    return [*products, squares @ squares.T, squares.sum(1)]


def _total(parts: Sequence[Tensor]) -> Tensor:
    return functools.reduce(torch.add, parts)


def alignment(
    between: float, own_x: float, own_y: float, size_x: float, size_y: float
) -> float:
    """Form the ratio of three HSICs; refuse where a side relates no two samples.

    What is below 1e-12 of the mean square of a Gram matrix is rounding: a simplex, to
    which class means come close as a network is trained, has no unbiased HSIC.
    """
    for name, own, size in (("x", own_x, size_x), ("y", own_y, size_y)):
        if not own > 1e-12 * size:
            raise ValueError(
                f"{name}: its HSIC with itself is {own:.3g}, beside squares of "
                f"{size:.3g}: no two samples are more alike than others; give more "
                "rows or unbiased=False"
            )
    return min(1.0, between / (math.sqrt(own_x) * math.sqrt(own_y)))


def _gram(side: Tensor, mean: Tensor) -> Tensor:
    """Sum the Gram matrix of centred features over blocks of columns."""
    gram = side.new_zeros(len(side), len(side), dtype=torch.float64)
    for columns, part in zip(side.split(BLOCK, 1), mean.split(BLOCK), strict=True):
        block = columns.double() - part
        gram.addmm_(block, block.T)
    return gram


def _gaussian(name: str, side: Tensor, fraction: float) -> Tensor:
    """Gaussian kernel less 1, which no HSIC sees: large widths keep their digits."""
    n, squared = len(side), torch.pdist(side.double()).square_()
    median = squared.median()
    if not bool(median > 1e-28 * squared.max()):
        raise ValueError(
            f"{name}: at least half of the distances between rows are 0, and so is "
            "their median; leave out repeated rows"
        )
    upper = torch.triu_indices(n, n, 1, device=side.device)
    kernel = squared.new_zeros(n, n)
    kernel[upper[0], upper[1]] = squared.div_(-2 * fraction**2 * median).expm1_()
    return kernel + kernel.T
