"""The exact area under the ROC curve, for two classes and for any number.

By ranks: once sorted, a sample's place says how many others it beats, ties counted
one half, so sorting replaces the comparison of all pairs.  Counts are integers and the
results exact; they have no gradient (train with ``support.losses.auc``).
"""

from typing import Literal

import torch
from torch import Tensor

from support.arrays import classes, flags, real, tensor

__all__ = ["auc_binary", "auc_multiclass", "auc_pairs"]


def auc_binary(scores: Tensor, labels: Tensor) -> Tensor:
    r"""Area under the ROC curve, the Mann-Whitney statistic.

    $$\mathrm{AUC}=\frac{\sum_{n\in\mathcal I_+}\mathrm{rank}_n-N_+(N_++1)/2}{N_+N_-}$$

    Args:
        scores: higher means positive, shape (..., N).
        labels: true or 1 where positive, false or 0 else, shape (..., N).

    Returns:
        Shape (...), float64, in [0, 1]; 1/2 for constant scores; higher is better.
        Unchanged by any strictly increasing map of the scores.

    Raises:
        ValueError: shapes differ, a score is not finite, a label is neither 0 nor 1,
            or a class is absent.

    Time O(N log N).

    >>> auc_binary(torch.tensor([0.9, 0.4, 0.4, 0.1]), torch.tensor([1, 1, 0, 0]))
    tensor(0.8750, dtype=torch.float64)
    """
    scores = _scores(scores)
    positive = flags("labels", labels, like=scores)
    if scores.shape != positive.shape or scores.ndim < 1:
        raise ValueError(
            f"labels: got shape {tuple(positive.shape)} for scores of shape "
            f"{tuple(scores.shape)}; give one label a score"
        )
    count = positive.sum(-1)
    rest = positive.shape[-1] - count
    if bool((count == 0).any() | (rest == 0).any()):
        raise ValueError(
            "labels: one of the two classes is absent; the AUC compares the two"
        )
    values, order = scores.sort(-1)
    positive = positive.gather(-1, order)
    first, _ = _ties(values)
    place = torch.arange(positive.shape[-1], device=positive.device)
    below = place.where(first, 0).cummax(-1).values  # samples strictly below
    won = (positive.cumsum(-1) - 1 * positive).where(first, 0).cummax(-1).values
    # a positive beats the negatives below it; a negative, the positives below it
    lead = below.where(positive, 0) - won
    twice = count * rest + lead.sum(-1)
    return twice.double() / (2 * count * rest).double()


def auc_pairs(scores: Tensor, labels: Tensor) -> Tensor:
    r"""AUC of every ordered pair of classes, A(i | j), within column i.

    Args:
        scores: $f_c(\mathbf x_n)$, scores or probabilities, shape (..., N, C).
        labels: integers in [0, C), shape (..., N).

    Returns:
        Shape (..., C, C), float64, in [0, 1]; row i compares classes i and j by
        the scores of class i; the diagonal is 1/2.

    Raises:
        ValueError: the shapes do not fit, a score is not a number, or a class is
            absent.

    Time O(C N log N), memory O(C N).

    >>> auc_pairs(torch.eye(2), torch.tensor([0, 1]))[0]
    tensor([0.5000, 1.0000], dtype=torch.float64)
    """
    return _pairs(*_checked(scores, labels))


def _pairs(scores: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    width = scores.shape[-1]
    values, order = scores.transpose(-1, -2).sort(-1)  # (..., C, N)
    sorted_labels = labels.unsqueeze(-2).expand(order.shape).gather(-1, order)
    column = torch.arange(width, device=scores.device)[:, None]
    own = sorted_labels == column  # the samples of class i
    up_to = own.cumsum(-1)
    first, last = _ties(values)
    below = (up_to - 1 * own).where(first, 0).cummax(-1).values
    with_ties = up_to.where(last, labels.shape[-1])
    with_ties = with_ties.flip(-1).cummin(-1).values.flip(-1)
    # twice the samples of class i that each sample beats, ties one half
    beaten = counts.new_zeros(*counts.shape, width)
    beaten.scatter_add_(-1, sorted_labels, below + with_ties)
    pairs = counts.unsqueeze(-1) * counts.unsqueeze(-2)
    return (2 * pairs - beaten).double() / (2 * pairs).double()


def auc_multiclass(
    scores: Tensor,
    labels: Tensor,
    mode: Literal["ovo", "ovr"] = "ovo",
    average: Literal["macro", "weighted"] | None = "macro",
) -> Tensor:
    r"""Area under the ROC curve of several classes.

    One-versus-one is Hand and Till's mean over pairs, which the sizes of the
    classes do not enter; one-versus-rest is
    $\frac1C\sum_i\sum_{j\ne i}\frac{N_j}{N-N_i}A(i|j)$.

    Args:
        scores: scores or probabilities, shape (..., N, C).  Softmax is not
            monotone within a column, so the two give different areas.
        labels: integers in [0, C), shape (..., N).
        mode: ``"ovo"`` or ``"ovr"``.
        average: ``"macro"``, equal weights; ``"weighted"``, by the classes' shares;
            ``None``, one area for each class i against the others.

    Returns:
        Shape (...), or (..., C) without average; float64, in [0, 1]; higher is
        better; 1/2 for constant scores.

    Raises:
        ValueError: as :func:`auc_pairs`, or an option is unknown.

    >>> auc_multiclass(torch.eye(3), torch.tensor([0, 1, 2]))
    tensor(1., dtype=torch.float64)
    """
    if mode not in ("ovo", "ovr"):
        raise ValueError(f"mode: got {mode!r}; give 'ovo' or 'ovr'")
    if average not in ("macro", "weighted", None):
        raise ValueError(f"average: got {average!r}; give 'macro', 'weighted' or None")
    scores, labels, counts = _checked(scores, labels)
    matrix, counts = _pairs(scores, labels, counts), counts.double()
    off = 1 - torch.eye(scores.shape[-1], dtype=torch.float64, device=scores.device)
    weight = off.expand_as(matrix)
    if mode == "ovr":
        weight = weight * counts.unsqueeze(-2)
    elif average == "weighted":  # a pair by the share of its two classes
        weight = weight * (counts.unsqueeze(-1) + counts.unsqueeze(-2))
        return (weight * matrix).sum((-1, -2)) / weight.sum((-1, -2))
    each = (weight * matrix).sum(-1) / weight.sum(-1)
    if average is None:
        return each
    if average == "macro":
        return each.mean(-1)
    return (counts * each).sum(-1) / counts.sum(-1)


def _checked(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores (..., N, C), labels (..., N) as int64, and their counts (..., C)."""
    scores = _scores(scores)
    width = scores.shape[-1] if scores.ndim else 0
    labels = classes("labels", labels, max(width, 1), like=scores)
    if scores.ndim < 2 or scores.shape[:-1] != labels.shape or width < 2:
        raise ValueError(
            f"scores, labels: got shapes {tuple(scores.shape)} and "
            f"{tuple(labels.shape)}; give (..., N, C) with C ≥ 2 and (..., N)"
        )
    each = torch.arange(width, device=labels.device)
    counts = (labels.unsqueeze(-1) == each).sum(-2)
    absent = (counts == 0).reshape(-1, width).any(0).nonzero()[:, 0].tolist()
    if absent:
        raise ValueError(
            f"labels: class {absent} absent; its AUC is not defined. Evaluate on more "
            "samples, or drop the class and its column"
        )
    return scores, labels, counts


def _scores(scores: Tensor) -> Tensor:
    """Finite scores; integers stay, since only their order is asked."""
    scores = tensor("scores", scores).detach()
    return real("scores", scores) if scores.is_floating_point() else scores


def _ties(values: Tensor) -> tuple[Tensor, Tensor]:
    """Where a run of equal values begins, and where it ends; values are sorted."""
    change = values[..., 1:] != values[..., :-1]
    pad = torch.nn.functional.pad
    return pad(change, (1, 0), value=True), pad(change, (0, 1), value=True)
