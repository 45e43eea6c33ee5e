r"""Entropy and mutual information of discrete variables, from samples or tables.

Samples and exact joint tables enter by the same door.  A table is a set of
rows, one a cell, with its probability as the row's weight (`table_rows`); with
``weights`` every number of this module is exact, without them it is the
plug-in estimate of the sample.  Everything is in bits unless ``base`` says
otherwise, and is computed in float64 on the device of the input.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real, tensor
from support.metrics.discrete import (
    Discretised,
    TableRows,
    compact,
    discretise,
    table_rows,
)

__all__ = [
    "Discretised",
    "PairwiseInformation",
    "TableRows",
    "conditional_mutual_information",
    "discretise",
    "entropy",
    "mutual_information",
    "mutual_information_matrix",
    "pairwise_information",
    "table_rows",
]

_PAIRS_AT_ONCE = 2**16  # on a CPU: what a core's cache holds
_PAIRS_AT_ONCE_ACCELERATOR = 2**24


class PairwiseInformation(NamedTuple):
    """What the histogram scores need of two sets of variables.

    ``mutual`` (n, m) is the information of every pair, ``row_entropy`` (n,) and
    ``column_entropy`` (m,) the entropies of the two sides, and ``column_values``
    (m,) int64 how many cells each variable of the second side may take.
    """

    mutual: Tensor
    row_entropy: Tensor
    column_entropy: Tensor
    column_values: Tensor

    @property
    def joint_entropy(self) -> Tensor:
        """(n, m) entropies of the pairs, by H(a, b) = H(a) + H(b) - I(a; b)."""
        return self.row_entropy[:, None] + self.column_entropy - self.mutual


def entropy(
    *variables: Tensor,
    correction: str | None = None,
    base: float = 2.0,
    weights: Tensor | None = None,
) -> float:
    r"""Entropy of a discrete variable, joint entropy of several.

    $$H(a)=-\sum_vp(v)\log p(v)$$
    The plug-in estimate is too small on average; *miller-madow* adds
    $(K-1)/2N$ nats, $K$ the number of values that occur.

    Args:
        variables: each (N,) integers from 0, or (N, k): k columns taken jointly.
        correction: None or ``"miller-madow"``.
        base: of the logarithm; 2 gives bits, ``math.e`` nats.
        weights: (N,) probabilities of the rows; by default all alike.

    Returns:
        At least 0.

    Raises:
        ValueError: no variable, unequal lengths, floats, negative values, a
            correction that is unknown or meets weights.

    Source: Miller, Note on the bias of information estimates, 1955.

    >>> entropy(torch.tensor([0, 1, 0, 1]))
    1.0
    >>> entropy(torch.tensor([0, 1, 0, 1]), torch.tensor([0, 0, 1, 1]))
    2.0
    """
    if not variables:
        raise ValueError("entropy: got no variable; give at least one")
    joint = _joint(*(_variable("variables", part) for part in variables))
    weights = _check_weights(weights, correction, joint)
    return _entropy(joint, correction, weights) / _log(base)


def mutual_information(
    a: Tensor,
    b: Tensor,
    *,
    correction: str | None = None,
    base: float = 2.0,
    weights: Tensor | None = None,
) -> float:
    r"""How much one discrete variable tells about another.

    $$I(a;b)=H(a)+H(b)-H(a,b)$$
    Symmetric; unchanged when the values of either side are renamed.  The
    plug-in estimate is too large by about $(K_a-1)(K_b-1)/2N$ nats when the two
    are independent; the corrected one may fall below 0.

    Args:
        a: (N,) integers from 0, or (N, k): k columns taken jointly.
        b: as ``a``.
        correction: see `entropy`.
        base: of the logarithm.
        weights: see `entropy`.

    Returns:
        At most the smaller of the two entropies; at least 0 without correction.

    Raises:
        ValueError: see `entropy`.

    >>> mutual_information(torch.tensor([0, 1, 0, 1]), torch.tensor([1, 0, 1, 0]))
    1.0
    """
    a = _variable("a", a)
    nothing = torch.empty(len(a), 0, dtype=torch.long, device=a.device)
    return conditional_mutual_information(
        a, b, nothing, correction=correction, base=base, weights=weights
    )


def conditional_mutual_information(
    a: Tensor,
    b: Tensor,
    given: Tensor,
    *,
    correction: str | None = None,
    base: float = 2.0,
    weights: Tensor | None = None,
) -> float:
    r"""What two discrete variables share beyond a third.

    $$I(a;b\mid c)=H(a,c)+H(b,c)-H(a,b,c)-H(c)$$
    0 exactly when $a - c - b$ is a Markov chain.

    Args:
        a: (N,) integers from 0, or (N, k): k columns taken jointly; k may be 0.
        b: as ``a``.
        given: as ``a``.
        correction: see `entropy`.
        base: of the logarithm.
        weights: see `entropy`.

    Returns:
        At least 0 without correction.

    Raises:
        ValueError: see `entropy`.

    >>> a, b = torch.tensor([0, 1, 0, 1]), torch.tensor([0, 0, 1, 1])
    >>> conditional_mutual_information(a, b, a ^ b)
    1.0
    """
    a, b, given = _variable("a", a), _variable("b", b), _variable("given", given)
    weights = _check_weights(weights, correction, a)
    joint = [_joint(a, given), _joint(b, given), _joint(a, b, given), _joint(given)]
    left, right, all_three, known = (
        _entropy(part, correction, weights) for part in joint
    )
    shared = left + right - all_three - known
    if correction is None:
        shared = max(shared, 0.0)  # rounding alone can bring it below
    return shared / _log(base)


def mutual_information_matrix(
    a: Tensor,
    b: Tensor,
    *,
    correction: str | None = None,
    base: float = 2.0,
    weights: Tensor | None = None,
) -> Tensor:
    r"""Information of every column of ``a`` about every column of ``b``, in one pass.

    Args:
        a: (N, n) integers from 0.
        b: (N, m) integers from 0.
        correction: see `entropy`.
        base: of the logarithm.
        weights: see `entropy`.

    Returns:
        (n, m) float64 on the device of ``a``; see `pairwise_information` for
        the memory it takes.

    Raises:
        ValueError: see `entropy`.

    >>> a = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> mutual_information_matrix(a, a)
    tensor([[1., 0.],
            [0., 1.]], dtype=torch.float64)
    """
    return pairwise_information(
        a, b, correction=correction, base=base, weights=weights
    ).mutual


def pairwise_information(
    a: Tensor,
    b: Tensor,
    *,
    correction: str | None = None,
    base: float = 2.0,
    weights: Tensor | None = None,
    values: int | None = None,
) -> PairwiseInformation:
    r"""Entropies of all columns and information of all pairs of columns.

    The joint histograms of all n m pairs lie one after the other in one vector,
    and one scatter over $o_{ij}+a_iB_j+b_j$ fills them; no loop over samples,
    columns or pairs.

    Memory: 8 bytes for each cell, $\sum_{ij}K_iB_j$ of them, and about 40 bytes
    for each of the pairs counted at once (2^16 on a CPU, 2^24 elsewhere),
    whatever N is.

    Args:
        a: (N, n) integers from 0.
        b: (N, m) integers from 0.
        correction: see `entropy`.
        base: of the logarithm.
        weights: see `entropy`.
        values: number of values a column of ``b`` may take; by default one more
            than the largest that occurs.

    Returns:
        `PairwiseInformation`, float64 on the device of ``a``.

    Raises:
        ValueError: see `entropy`.

    >>> a = torch.tensor([[0], [0], [1], [1]])
    >>> pairwise_information(a, a).joint_entropy
    tensor([[1.]], dtype=torch.float64)
    """
    a, b = _variable("a", a), _variable("b", b)
    for name, side in (("a", a), ("b", b)):
        if side.ndim != 2 or not side.shape[1]:
            raise ValueError(
                f"{name}: got shape {tuple(side.shape)}; give (N, columns), at least "
                "one column"
            )
    if len(a) != len(b):
        raise ValueError(f"a has {len(a)} rows and b has {len(b)}; give as many")
    weights = _check_weights(weights, correction, a)
    (a, a_sizes), (b, b_sizes) = compact(a), compact(b)
    cells = a_sizes[:, None] * b_sizes
    joint = _pair_counts(a, b, b_sizes, cells, weights)
    total = len(a) if weights is None else 1.0

    def entropies(counts: Tensor, sizes: Tensor) -> Tensor:
        owner = torch.repeat_interleave(sizes.flatten())
        parts = torch.special.entr(counts.double() / total)
        if correction:
            parts = parts + (counts > 0).double() / (2 * total)
        sums = parts.new_zeros(sizes.numel()).index_add_(0, owner, parts)
        if correction:
            sums = sums - 1 / (2 * total)
        return (sums / _log(base)).reshape(sizes.shape)

    rows = entropies(_column_counts(a, a_sizes, weights), a_sizes)
    columns = entropies(_column_counts(b, b_sizes, weights), b_sizes)
    mutual = rows[:, None] + columns - entropies(joint, cells)
    if correction is None:
        mutual = mutual.clamp(min=0)
    if values is not None:
        b_sizes = torch.full_like(b_sizes, values)
    return PairwiseInformation(mutual, rows, columns, b_sizes)


def _pair_counts(
    a: Tensor, b: Tensor, b_sizes: Tensor, cells: Tensor, weights: Tensor | None
) -> Tensor:
    """The joint histograms of all pairs of columns, one after the other."""
    count = int(cells.sum())
    offsets = (cells.flatten().cumsum(0) - cells.flatten()).reshape(cells.shape)
    at_once = _PAIRS_AT_ONCE if a.device.type == "cpu" else _PAIRS_AT_ONCE_ACCELERATOR
    step = max(1, max(at_once, count) // cells.numel())
    kind = torch.long if weights is None else torch.double
    counts = torch.zeros(count, dtype=kind, device=a.device)
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        index = a[part, :, None] * b_sizes + (b[part, None, :] + offsets)
        share = None
        if weights is not None:
            share = weights[part, None, None].expand(index.shape).flatten()
        counts += torch.bincount(index.flatten(), share, count)
    return counts


def _column_counts(values: Tensor, sizes: Tensor, weights: Tensor | None) -> Tensor:
    index = values + (sizes.cumsum(0) - sizes)
    share = None
    if weights is not None:
        share = weights[:, None].expand(index.shape).flatten()
    return torch.bincount(index.flatten(), share, int(sizes.sum()))


def _joint(*variables: Tensor) -> Tensor:
    """Number the combinations of values that occur: (N,) int64."""
    rows = len(variables[0])
    joint = torch.zeros(rows, dtype=torch.long, device=variables[0].device)
    for variable in variables:
        if len(variable) != rows:
            raise ValueError(
                f"variables of {rows} and {len(variable)} rows; give equal lengths"
            )
        # compact, so that no product of sizes leaves int64
        columns, sizes = compact(variable.reshape(rows, -1))
        for column, size in zip(columns.unbind(1), sizes, strict=True):
            joint = joint * size + column
            joint = joint.unique(return_inverse=True)[1]
    return joint


def _entropy(joint: Tensor, correction: str | None, weights: Tensor | None) -> float:
    """Entropy of a compact variable, in nats."""
    counts = torch.bincount(joint, weights)
    total = len(joint) if weights is None else 1.0
    value = float(torch.special.entr(counts.double() / total).sum())
    if correction:
        value += (int((counts > 0).sum()) - 1) / (2 * total)
    return max(value, 0.0)


def _log(base: float) -> float:
    if not base > 1:
        raise ValueError(f"base: got {base}; give a number above 1, 2 for bits")
    return math.log(base)


def _variable(name: str, values: Tensor) -> Tensor:
    """Integers from 0 as int64, (N,) or (N, columns); floats are codes, not classes."""
    values = tensor(name, values).detach()
    if values.ndim not in (1, 2) or not len(values):
        raise ValueError(
            f"{name}: got shape {tuple(values.shape)}; give (N,) or (N, columns), N at "
            "least 1"
        )
    if values.is_floating_point():
        raise ValueError(
            f"{name}: got {values.dtype}; give integers, `discretise` makes them"
        )
    return classes(name, values)


def _check_weights(
    weights: Tensor | None, correction: str | None, rows: Tensor
) -> Tensor | None:
    if correction not in (None, "miller-madow"):
        raise ValueError(f"correction: got {correction!r}; give None or 'miller-madow'")
    if weights is None:
        return None
    if correction:
        raise ValueError("correction: probabilities given as weights have no bias")
    weights = real("weights", weights, like=rows).detach().double()
    if weights.shape != (len(rows),):
        raise ValueError(f"weights: got {tuple(weights.shape)}; give ({len(rows)},)")
    total = float(weights.sum())
    if not bool((weights >= 0).all()) or not 0 < total < math.inf:
        raise ValueError(
            f"weights: the smallest is {float(weights.min())}, the sum {total}; give "
            "finite numbers of at least 0, not all 0"
        )
    return weights / total
