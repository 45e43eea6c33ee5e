"""Losses that take an attribute out of a representation and keep its use."""

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import real

__all__ = ["identity_triplet", "sensitive_regularizer"]


def sensitive_regularizer(
    logits: Tensor, *, target_class: int = 0, level: float = 0.9
) -> Tensor:
    r"""Push every sample to one and the same answer of a detector.

    $$\Lambda=\frac1B\sum_i\log\big(1+|\,\ell-P(D\mid\varphi_i)|\big)$$

    A constant representation minimises it too: only a loss on the use of the
    representation, such as `identity_triplet`, stands against that.

    Args:
        logits: (B, K) of the detector, whose weights must not learn from this.
        target_class: D, the class that every sample is pushed to.
        level: the probability asked for, in (0, 1).

    Returns:
        Scalar, 0 to ln 2; like the other in at least float32.

    Raises:
        ValueError: the level or the class is out of range, the shape wrong, the batch
            empty, or a logit not finite.

    Source: Morales et al., SensitiveNets, IEEE TPAMI 2020, as quoted by others.

    >>> sensitive_regularizer(torch.zeros(1, 2))
    tensor(0.3365)
    """
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}; give a probability between 0 and 1")
    logits = real("logits", logits)
    if logits.ndim != 2 or not len(logits) or not 0 <= target_class < logits.shape[1]:
        raise ValueError(
            f"target_class: got {target_class} for logits of shape "
            f"{tuple(logits.shape)}; give logits (B, K), B at least 1, and a class "
            "below K"
        )
    probability = logits.softmax(1)[:, target_class]
    return torch.log1p((level - probability).abs()).mean()


def identity_triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, margin: float = 0.3
) -> Tensor:
    r"""Keep two pictures of a person nearer than pictures of two persons.

    $$\frac1B\sum_i\max\big(0,\|a_i-p_i\|^2-\|a_i-n_i\|^2+m\big)$$

    Draw the negatives with the anchor's gender and ethnicity: random ones make
    those attributes useful for telling persons apart.

    Args:
        anchor: (B, d).
        positive: (B, d), the same persons.
        negative: (B, d), others.
        margin: m, at least 0.

    Returns:
        Scalar, at least 0.

    Raises:
        ValueError: the shapes differ, the batch is empty, a number is not finite, or
            the margin is negative.

    >>> a, n = torch.tensor([[0.0]]), torch.tensor([[1.0]])
    >>> identity_triplet(a, a, n), identity_triplet(a, n, a)
    (tensor(0.), tensor(1.3000))
    """
    anchor = real("anchor", anchor)
    positive = real("positive", positive, like=anchor)
    negative = real("negative", negative, like=anchor)
    alike = anchor.shape == positive.shape == negative.shape
    if not alike or anchor.ndim != 2 or not len(anchor):
        shapes = [tuple(part.shape) for part in (anchor, positive, negative)]
        raise ValueError(
            f"anchor, positive, negative: got {shapes}; give (B, d) each, B at least 1"
        )
    if not margin >= 0:
        raise ValueError(f"margin: got {margin}; give at least 0")
    near = (anchor - positive).square().sum(1)
    far = (anchor - negative).square().sum(1)
    return functional.relu(near - far + margin).mean()
