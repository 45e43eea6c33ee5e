"""Losses that look at one sample at a time: the baselines of the ranking losses."""

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import classes as class_numbers
from support.arrays import flags, real, tensor

__all__ = [
    "balanced_class_weights",
    "cross_entropy",
    "focal_loss",
    "mean_absolute_error",
]


def balanced_class_weights(labels: Tensor, classes: int) -> Tensor:
    """Weights that give every class the same total, $w_c=N/(C\\,N_c)$.

    Args:
        labels: integers in [0, classes), any shape.
        classes: number of classes.

    Returns:
        Shape (classes,), float32; an absent class has weight 0, and C counts the
        classes that are present, so that the mean weight of a sample is 1.

    Raises:
        ValueError: a label is out of range, or there is none.

    >>> balanced_class_weights(torch.tensor([0, 0, 0, 1]), 2)
    tensor([0.6667, 2.0000])
    """
    flat = class_numbers("labels", labels, classes).flatten()
    if not len(flat):
        raise ValueError("labels: got none; give at least one")
    counts = flat.bincount(minlength=classes)
    weight = len(flat) / ((counts > 0).sum() * counts.clamp_min(1)).double()
    return (weight * (counts > 0)).float()


def cross_entropy(
    scores: Tensor,
    labels: Tensor,
    *,
    class_weights: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    r"""Mean of $-w_{y}\log p_{y}$, divided by the mean weight.

    Args:
        scores: logits, shape (N, C).
        labels: integers in [0, C), shape (N,).
        class_weights: shape (C,), see :func:`balanced_class_weights`.
        mask: samples that count, shape (N,).

    Returns:
        A scalar of at least 0; not bounded above; lower is better.  Like the other
        losses here in at least float32.

    Raises:
        ValueError: the shapes do not fit, a score is not finite, a label is no class,
            a weight is negative, or nothing counts.

    >>> cross_entropy(torch.zeros(1, 2), torch.tensor([0]))
    tensor(0.6931)
    """
    scores, labels = _counted(scores, labels, mask)
    weight = _weights(class_weights, scores, labels)
    return functional.cross_entropy(scores, labels, weight=weight)


def focal_loss(
    scores: Tensor,
    labels: Tensor,
    *,
    gamma: float = 2.0,
    class_weights: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    r"""Cross-entropy of the hard samples, $-(1-p_y)^\gamma\log p_y$.

    (Lin et al. 2017.)  It stresses what is badly classified, wrong labels included.

    Args:
        scores: logits, shape (N, C).
        labels: integers in [0, C), shape (N,).
        gamma: at least 0; 0 is cross-entropy.
        class_weights: shape (C,).
        mask: samples that count, shape (N,).

    Returns:
        A scalar of at least 0; lower is better.

    Raises:
        ValueError: gamma is negative, or as :func:`cross_entropy`.

    >>> focal_loss(torch.zeros(1, 2), torch.tensor([0]), gamma=1.0)
    tensor(0.3466)
    """
    if not gamma >= 0:
        raise ValueError(f"gamma: got {gamma}; give at least 0")
    scores, labels = _counted(scores, labels, mask)
    log_p = scores.log_softmax(1).gather(1, labels[:, None])[:, 0]
    # 1 - p through expm1, which is exact where p is close to 1
    values = -((-torch.expm1(log_p)).clamp_min(1e-12) ** gamma) * log_p
    weight = _weights(class_weights, scores, labels)
    if weight is None:
        return values.mean()
    return (weight[labels] * values).sum() / weight[labels].sum()


def mean_absolute_error(
    scores: Tensor, labels: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    r"""Mean of $1-p_y$: bounded and symmetric, and it ranks nothing.

    Half the absolute error between the probabilities and the one-hot label.  Its
    sum over all labels is the constant $C-1$, which is what makes it robust to
    labels redrawn at random (Ghosh et al. 2017).

    Args:
        scores: logits, shape (N, C).
        labels: integers in [0, C), shape (N,).
        mask: samples that count, shape (N,).

    Returns:
        A scalar in [0, 1]; lower is better.

    Raises:
        ValueError: as :func:`cross_entropy`.

    >>> mean_absolute_error(torch.zeros(1, 4), torch.tensor([0]))
    tensor(0.7500)
    """
    scores, labels = _counted(scores, labels, mask)
    return 1 - scores.softmax(1).gather(1, labels[:, None]).mean()


def _counted(
    scores: Tensor, labels: Tensor, mask: Tensor | None
) -> tuple[Tensor, Tensor]:
    scores = tensor("scores", scores)
    labels = tensor("labels", labels, scores)
    if scores.ndim != 2 or labels.shape != scores.shape[:1]:
        raise ValueError(
            f"scores, labels: got shapes {tuple(scores.shape)} and "
            f"{tuple(labels.shape)}; give (N, C) and (N,)"
        )
    if mask is not None:
        kept = flags("mask", mask, like=scores)
        if kept.shape != labels.shape:
            raise ValueError(
                f"mask: got shape {tuple(kept.shape)}; give {tuple(labels.shape)}"
            )
        scores, labels = scores[kept], labels[kept]
    if not len(labels):
        raise ValueError("labels: no sample counts; give at least one")
    return real("scores", scores), class_numbers("labels", labels, scores.shape[1])


def _weights(
    class_weights: Tensor | None, scores: Tensor, labels: Tensor
) -> Tensor | None:
    if class_weights is None:
        return None
    weight = real("class_weights", class_weights, like=scores).to(scores)
    if weight.shape != scores.shape[1:] or bool((weight < 0).any()):
        raise ValueError(
            f"class_weights: got {weight.tolist()}; give {scores.shape[1]} weights of "
            "at least 0"
        )
    if not bool((weight[labels] > 0).any()):
        raise ValueError(
            "class_weights: every sample that counts has weight 0; give one of its "
            "classes a weight above 0"
        )
    return weight
