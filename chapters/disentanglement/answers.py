"""What the exercises' checks compare with, where no score of the package fits."""

from torch import Tensor

__all__ = ["scores_from_informations"]


def scores_from_informations(
    mutual: Tensor, factor_entropy: Tensor, code_entropy: Tensor
) -> tuple[float, float]:
    r"""Minimality and sufficiency from informations already computed.

    $$\mathrm{Min}=\frac1{m'}\sum_j\max_i\frac{M_{ij}}{H(\hat z_j)},\qquad
    \mathrm{Suf}=\frac1n\sum_i\max_j\frac{M_{ij}}{H(c_i)}$$
    over the $m'$ components that hold any information; 0 where there is none.

    Args:
        mutual: (n, m) informations of factors and components.
        factor_entropy: (n,), above 0.
        code_entropy: (m,), 0 for a collapsed component.

    Returns:
        The two scores, in [0, 1].

    >>> import torch
    >>> scores_from_informations(torch.eye(2), torch.ones(2), torch.ones(2))
    (1.0, 1.0)
    """
    alive = code_entropy > 0
    if not bool(alive.any()):
        return 0.0, 0.0
    minimal = (mutual[:, alive] / code_entropy[alive]).amax(0).mean()
    sufficient = (mutual / factor_entropy[:, None]).amax(1).mean()
    return float(minimal), float(sufficient)
