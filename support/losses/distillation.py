"""Learn from another network's answers instead of labels."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from support.arrays import flags, real
from support.scalars import number

__all__ = ["bernoulli_kd"]


def bernoulli_kd(
    student: Tensor,
    teacher: Tensor,
    temperature: float = 1.0,
    direction: str = "forward",
    mask: Tensor | None = None,
) -> Tensor:
    r"""Kullback-Leibler divergence between the yes-or-no answers of two networks.

    With $p=\sigma(z_S/\tau)$ and $q=\sigma(z_T/\tau)$, summed over the classes and
    averaged over everything else (items, frames),

    $$\text{forward: }\mathrm{KL}(q\|p)=q\log\tfrac qp+(1-q)\log\tfrac{1-q}{1-p},\qquad
    \text{reverse: }\mathrm{KL}(p\|q)$$

    whose gradients in $z_S$ are, at $\tau=1$, $p-q$ and $p(1-p)(z_S-z_T)$: the second
    vanishes where the student is wrong with certainty.  Forward is the binary
    cross-entropy with the teacher's answers as labels, minus the teacher's entropy.

    Args:
        student: (B, C) or (B, C, T, ...) *logits*; gradients pass.
        teacher: the same shape, logits too, not probabilities; no gradient passes.
        temperature: $\tau>0$; gradients shrink with its square, which is left to the
            caller's weight.
        direction: ``forward`` or ``reverse``.
        mask: the same shape; false where there is nothing to learn.  A frame without
            any true entry counts for nothing.

    Returns:
        A scalar in nats, at least 0; 0 where the two agree.  Summed in float64, since
        what is left of the logarithms of two that nearly agree is their last digits.

    Raises:
        ValueError: shapes differ or lack the axis of classes, nothing is left, a logit
            is not finite, the temperature is not above 0 or too low for the type, or
            the direction is unknown.

    Source: Hinton, Vinyals and Dean 2015, for independent labels; Mariotte et al.,
    ICASSP 2024, whose released code has the reverse direction.

    >>> bernoulli_kd(torch.zeros(1, 1), torch.zeros(1, 1))
    tensor(0.)
    """
    student = real("student", student)
    teacher = real("teacher", teacher, like=student).detach()
    dtype = torch.promote_types(student.dtype, teacher.dtype)
    if student.ndim < 2 or student.shape != teacher.shape or not student.numel():
        raise ValueError(
            f"student {tuple(student.shape)}, teacher {tuple(teacher.shape)}: give "
            "logits of one shape, (B, C) or (B, C, T), not empty"
        )
    temperature = number("temperature", temperature, above=0)
    if direction not in ("forward", "reverse"):
        raise ValueError(f"direction: got {direction!r}; give 'forward' or 'reverse'")
    learner, model = (z.double() / temperature for z in (student, teacher))
    largest = torch.maximum(learner.detach().abs().max(), model.abs().max())
    if not bool(largest <= torch.finfo(dtype).max):
        raise ValueError(
            f"temperature: got {temperature:g}; logits divided by it are too large for "
            f"{dtype}; give a higher one"
        )
    # the distribution that the expectation is under comes first
    first, second = (model, learner) if direction == "forward" else (learner, model)
    terms = first.sigmoid() * (logsigmoid(first) - logsigmoid(second))
    terms = terms + (-first).sigmoid() * (logsigmoid(-first) - logsigmoid(-second))
    frames = torch.tensor(student[:, 0].numel())
    if mask is not None:
        kept = flags("mask", mask, like=student)
        if kept.shape != student.shape:
            raise ValueError(
                f"mask: got shape {tuple(kept.shape)} for logits of "
                f"{tuple(student.shape)}; give one shape"
            )
        frames = kept.any(1).sum()
        if not bool(frames):
            raise ValueError("mask: nothing is left to learn from; give a true entry")
        terms = torch.where(kept, terms, 0)
    return (terms.sum() / frames).clamp_min(0).to(dtype)
