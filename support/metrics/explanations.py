"""Do explanations by concepts keep their word?

Intervention curves (set concepts to the truth, watch the task) and the oracle
impurity score (does a concept's prediction tell of other concepts?).
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from support.arrays import classes, flags, real, tensor

__all__ = ["intervention_curve", "oracle_impurity", "uncertainty_order"]


def intervention_curve(
    intervene: Callable[[Tensor, Tensor, Tensor], Any],
    z: Tensor,
    c: Tensor,
    y: Tensor,
    order: Sequence[int],
    *,
    groups: Sequence[Sequence[int]] | None = None,
) -> Tensor:
    """Task error after setting 0, 1, 2, ... groups of concepts to the truth.

    Args:
        intervene: called with (z, c, mask (n, k) bool); returns task logits
            (n, K), alone or as the first of a tuple.
        z: (n, d) representation of the test samples.
        c: (n, k) true concepts.
        y: (n,) true labels.
        order: a permutation of the groups, first set first.
        groups: columns of ``c`` that are set together; by default each alone.

    Returns:
        (number of groups + 1,) float64 errors in [0, 1]; the first is the
        plain error.  Where logits tie for the largest, each is chosen with an
        equal share.

    Raises:
        ValueError: ``order`` is no permutation of the groups, a group names a
            column that is not there, lengths differ, a value or a logit is not
            finite, or a label has no logit.

    >>> logits = lambda z, c, mask: torch.where(mask, c, z) @ torch.tensor([[0., 1.]])
    >>> ones = torch.ones(4, 1)
    >>> y = torch.ones(4, dtype=torch.long)
    >>> intervention_curve(logits, -ones, ones, y, [0]).tolist()
    [1.0, 0.0]
    """
    z, c = tensor("z", z), tensor("c", c)
    y = classes("y", y, like=z)
    for name, side in (("z", z), ("c", c)):
        real(name, side)  # refuses; the model gets the types that it was given
    if c.ndim != 2 or not len(c):
        raise ValueError(f"c: got shape {tuple(c.shape)}; give (n, k), n at least 1")
    count, width = c.shape
    groups = [[column] for column in range(width)] if groups is None else groups
    if len(z) != count or y.shape != (count,):
        raise ValueError(
            f"z {tuple(z.shape)}, c {tuple(c.shape)} and y {tuple(y.shape)} must have "
            "one row a sample"
        )
    if sorted(order) != list(range(len(groups))):
        raise ValueError(
            f"order: got {list(order)}; give a permutation of 0 to {len(groups) - 1}"
        )
    columns = [column for group in groups for column in group]
    if columns and not 0 <= min(columns) <= max(columns) < width:
        raise ValueError(f"groups: {columns} do not fit {width} concepts")
    chosen = torch.zeros(width, dtype=torch.bool, device=c.device)
    errors = []
    with torch.no_grad():
        for index in [None, *order]:
            if index is not None:
                chosen[list(groups[index])] = True
            answer = intervene(z, c, chosen.expand(count, width))
            logits = answer[0] if isinstance(answer, tuple) else answer
            logits = real("intervene", logits)
            if len(logits) != count or int(y.max()) >= logits.shape[1]:
                raise ValueError(
                    f"y: goes up to {int(y.max())}; intervene gave logits of shape "
                    f"{tuple(logits.shape)}, a row a sample and a column a class"
                )
            largest = logits == logits.amax(1, keepdim=True)
            hits = largest.gather(1, y[:, None])[:, 0] / largest.sum(1).double()
            errors.append(1 - hits.mean())
    return torch.stack(errors).cpu()


def uncertainty_order(
    c_probs: Tensor, groups: Sequence[Sequence[int]] | None = None
) -> list[int]:
    r"""One fixed order of the groups: least certain concepts first.

    Groups are sorted by the mean of $|\frac12-\hat c|$, lowest first; groups that
    tie keep their order.

    Args:
        c_probs: (n, k) predicted probabilities on the *training* split.
        groups: columns that belong together; by default each alone.

    Returns:
        A permutation of the groups.

    Raises:
        ValueError: a probability is none, there is no sample, or a group is empty.

    Source: authors' code of *There Was Never a Bottleneck in Concept Bottleneck
    Models* (ICLR 2026).

    >>> uncertainty_order(torch.tensor([[0.9, 0.6], [0.9, 0.5]]))
    [1, 0]
    """
    c_probs = real("c_probs", c_probs).detach().double()
    if c_probs.ndim != 2 or not c_probs.numel():
        raise ValueError(
            f"c_probs: got shape {tuple(c_probs.shape)}; give (n, k), n at least 1"
        )
    low, high = (float(end) for end in c_probs.aminmax())
    if low < 0 or high > 1:
        raise ValueError(
            f"c_probs: run from {low:.3g} to {high:.3g}; give probabilities in [0, 1]"
        )
    if groups is not None and any(not len(group) for group in groups):
        raise ValueError(f"groups: got {list(groups)}; give at least a column to each")
    certainty = (c_probs - 0.5).abs().mean(0)
    if groups is not None:
        certainty = torch.stack([certainty[list(group)].mean() for group in groups])
    return torch.argsort(certainty, stable=True).tolist()


def oracle_impurity(c_soft: Tensor, c: Tensor) -> float:
    r"""Oracle impurity score: what predicted concepts say of *other* concepts.

    With the matrix $A(s)_{ij}$ of areas under the ROC curve for predicting
    concept $j$ from score $s_i$ (the better of both signs),
    $\frac2k\|A(\hat c)-A(c)\|_F$.  0 when soft concepts are exactly as
    informative about each other as the true ones; lower is better.

    Args:
        c_soft: (n, k) predicted probabilities or logits.
        c: (n, k) true concepts in {0, 1}, each with both values.

    Returns:
        A number of at least 0.

    Raises:
        ValueError: shapes differ, a score is not finite, a concept is not 0 or 1, or
            has one value.

    Source: Zarlenga et al., Towards Robust Metrics for Concept Representation
    Evaluation, AAAI 2023.  There a small network reads concept j from score i;
    a score here is one number, so its rank is read directly.

    >>> c = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> oracle_impurity(c, c)
    0.0
    """
    c_soft = real("c_soft", c_soft).detach()
    c = flags("c", c, like=c_soft).double()
    if c_soft.shape != c.shape or c.ndim != 2 or not c.numel():
        raise ValueError(
            f"c_soft {tuple(c_soft.shape)} and c {tuple(c.shape)} must both be (n, k), "
            "n and k at least 1"
        )
    positives = c.sum(0)
    once = ((positives == 0) | (positives == len(c))).nonzero().flatten().tolist()
    if once:
        raise ValueError(f"c: concepts {once} have one value; give samples of both")
    difference = _auc_matrix(c_soft, c) - _auc_matrix(c, c)
    return float(2 * torch.linalg.norm(difference) / c.shape[1])


def _auc_matrix(scores: Tensor, c: Tensor) -> Tensor:
    """AUC of score i for concept j, (k, k); ties count one half."""
    columns = scores.double().T.contiguous()
    ordered = columns.sort(dim=1).values
    below = torch.searchsorted(ordered, columns)
    up_to = torch.searchsorted(ordered, columns, right=True)
    ranks = (below + up_to + 1).double() / 2
    positives = c.sum(0)
    wins = ranks @ c - positives * (positives + 1) / 2
    auc = wins / (positives * (len(c) - positives))
    return torch.maximum(auc, 1 - auc)
