"""Information terms with a closed form."""

import torch
from torch import Tensor

from support.arrays import real

__all__ = ["gaussian_kl"]


def gaussian_kl(
    mean_p: Tensor, log_var_p: Tensor, mean_q: Tensor, log_var_q: Tensor
) -> Tensor:
    r"""Kullback-Leibler divergence of two diagonal Gaussians, in nats.

    $$D_{\rm KL}(p\|q)=\frac12\sum_i\Big[\frac{\sigma_{p,i}^2+(\mu_{p,i}-\mu_{q,i})^2}
    {\sigma_{q,i}^2}-1-\ln\frac{\sigma_{p,i}^2}{\sigma_{q,i}^2}\Big]$$

    With equal variances this is $\|\mu_p-\mu_q\|^2/2\sigma^2$.

    Args:
        mean_p: (..., d).
        log_var_p: logarithm of the variance, broadcastable to (..., d).
        mean_q: (..., d).
        log_var_q: as ``log_var_p``.

    Returns:
        (...), at least 0; 0 only where the two are equal.  In at least float32.

    Raises:
        ValueError: the shapes cannot be broadcast together, or a number is not
            finite.

    >>> zero = torch.zeros(1)
    >>> gaussian_kl(torch.ones(1), zero, zero, zero)
    tensor(0.5000)
    """
    names = ("mean_p", "log_var_p", "mean_q", "log_var_q")
    given = (mean_p, log_var_p, mean_q, log_var_q)
    parts = [real(name, part) for name, part in zip(names, given, strict=True)]
    try:
        mean_p, log_var_p, mean_q, log_var_q = torch.broadcast_tensors(*parts)
    except RuntimeError as error:
        raise ValueError(
            f"gaussian_kl: got shapes {[tuple(part.shape) for part in parts]}; give "
            "shapes that broadcast to (..., d)"
        ) from error
    log_ratio = log_var_p - log_var_q
    distance = (mean_p - mean_q).square() * (-log_var_q).exp()
    # expm1 keeps nearly equal variances exact: e^r - 1 - r would cancel.
    return 0.5 * (distance + torch.expm1(log_ratio) - log_ratio).sum(-1)
