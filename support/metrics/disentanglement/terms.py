"""The four properties behind minimality and sufficiency, each an information."""

from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import tensor
from support.metrics.information import conditional_mutual_information

__all__ = ["BottleneckTerms", "bottleneck_terms"]


class BottleneckTerms(NamedTuple):
    """Six informations of every factor i and latent j, each (n, m), in bits.

    ``excess`` $I(z_j;x|y_i)$ is what keeps the latent from being minimal, and
    splits into ``factors`` $I(z_j;\\tilde y_i|y_i)$ and ``nuisances``
    $I(z_j;\\eta|y)$; ``missing`` $I(y_i;x|z_j)$ keeps it from being sufficient,
    and splits into ``representations`` $I(y_i;\\tilde z_j|z_j)$ and
    ``explicitness`` $I(y_i;x|z)$.
    """

    excess: Tensor
    factors: Tensor
    nuisances: Tensor
    missing: Tensor
    representations: Tensor
    explicitness: Tensor


def bottleneck_terms(
    factors: Tensor,
    nuisance: Tensor,
    observation: Tensor,
    codes: Tensor,
    *,
    weights: Tensor | None = None,
) -> BottleneckTerms:
    r"""Split what a latent has too much, and what it lacks, into their causes.

    When $x=g(y,\eta)$ and $z\perp(y,\eta)\mid x$,
    $$I(z_j;x\mid y_i)=I(z_j;\tilde y_i\mid y_i)+I(z_j;\eta\mid y),\qquad
    I(y_i;x\mid z_j)=I(y_i;\tilde z_j\mid z_j)+I(y_i;x\mid z)$$
    All six are at least 0 and lower is better: 0 for a perfect encoder.
    Unchanged when the values of any variable are renamed.  With ``weights``,
    the cells' probabilities, they are exact.  From a sample they are plug-in
    estimates, hopelessly biased where x hardly repeats; use tables.

    Args:
        factors: (N, n) integers from 0.
        nuisance: (N,) or (N, k) integers from 0.
        observation: (N,) or (N, k) integers from 0: x.
        codes: (N, m) integers from 0: discrete latents.
        weights: (N,) probabilities of the rows; by default all alike.

    Returns:
        `BottleneckTerms`, float64 on the device of ``factors``.

    Raises:
        ValueError: factors or codes are no matrices, or see `entropy`.

    Source: Almudévar and Ortega, Rethinking Disentanglement under Dependent
    Factors of Variation, arXiv 2408.07016; the split is proved in our chapter.

    >>> y = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    >>> nothing = torch.zeros(4, dtype=torch.long)
    >>> bottleneck_terms(y, nothing, 2 * y[:, 0] + y[:, 1], y).missing
    tensor([[0., 1.],
            [1., 0.]], dtype=torch.float64)
    """
    factors, codes = tensor("factors", factors), tensor("codes", codes)
    nuisance = tensor("nuisance", nuisance)
    observation = tensor("observation", observation)
    for name, side in (("factors", factors), ("codes", codes)):
        if side.ndim != 2 or not side.numel():
            raise ValueError(
                f"{name}: got shape {tuple(side.shape)}; give (N, columns), at least "
                "one row and one column"
            )
    n, m = factors.shape[1], codes.shape[1]
    parts: list[list[float]] = [[] for _ in BottleneckTerms._fields]

    def shared(a: Tensor, b: Tensor, given: Tensor) -> float:
        return conditional_mutual_information(a, b, given, weights=weights)

    unexplained = [shared(factors[:, i], observation, codes) for i in range(n)]
    strays = [shared(codes[:, j], nuisance, factors) for j in range(m)]
    for i in range(n):
        own, others = factors[:, i], _without(factors, i)
        for j in range(m):
            latent, rest = codes[:, j], _without(codes, j)
            for part, value in zip(
                parts,
                (
                    shared(latent, observation, own),
                    shared(latent, others, own),
                    strays[j],
                    shared(own, observation, latent),
                    shared(own, rest, latent),
                    unexplained[i],
                ),
                strict=True,
            ):
                part.append(value)
    tensors = (
        torch.tensor(part, dtype=torch.float64, device=factors.device) for part in parts
    )
    return BottleneckTerms(*(tensor.reshape(n, m) for tensor in tensors))


def _without(columns: Tensor, index: int) -> Tensor:
    return torch.cat([columns[:, :index], columns[:, index + 1 :]], 1)
