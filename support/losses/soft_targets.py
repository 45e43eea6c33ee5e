"""Learn from the probabilities that another network gives to all classes."""

from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number

__all__ = ["softmax_kd"]


def softmax_kd(student: Any, teacher: Any, temperature: float = 1.0) -> Tensor:
    r"""Knowledge distillation: divergence of a student's classes from a teacher's.

    With $p^T=\mathrm{softmax}(\ell^T/\tau)$, $p^S=\mathrm{softmax}(\ell^S/\tau)$, the
    mean over the samples of

    $$\tau^2\,\mathrm{KL}(p^T\,\|\,p^S)=\tau^2\sum_ip^T_i\log\frac{p^T_i}{p^S_i},\qquad
    \frac{\partial}{\partial\ell^S}=\tau\,(p^S-p^T)$$

    The factor $\tau^2$ keeps the gradient's size: as $\tau\to\infty$ the loss tends to
    $\frac1{2C}\sum_i(\ell^S_i-\ell^T_i)^2$ of logits with their means removed.

    Args:
        student: (B, C) logits; gradients pass.
        teacher: (B, C) logits, not probabilities; no gradient passes.
        temperature: $\tau$ in (0, 1e6]; beyond, $\tau^2$ makes mere rounding large.

    Returns:
        A scalar in nats, at least 0 but for rounding; 0 where the two agree.

    Raises:
        ValueError: shapes differ, nothing is given, a logit is not finite, or the
            temperature is out of range.

    Source: Hinton, Vinyals and Dean, arXiv 1503.02531.

    >>> softmax_kd(torch.tensor([[0.0, 1.0]]), torch.tensor([[5.0, 6.0]]))
    tensor(0.)
    """
    student = real("student", student)
    teacher = real("teacher", teacher, like=student).to(student.device).detach()
    if student.ndim != 2 or student.shape != teacher.shape or not student.numel():
        raise ValueError(
            f"student {tuple(student.shape)}, teacher {tuple(teacher.shape)}: give "
            "logits of one shape, (B, C), not empty"
        )
    temperature = number("temperature", temperature, above=0, most=1e6)
    dtype = torch.promote_types(student.dtype, teacher.dtype)
    # in float32 the differences of a high temperature are lost in the logarithms
    learner, model = (
        (z.double() / temperature).log_softmax(1) for z in (student, teacher)
    )
    divergence = (model.exp() * (model - learner)).sum(1).mean()
    return (temperature**2 * divergence).to(dtype)
