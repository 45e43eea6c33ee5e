"""The objective of concept bottleneck models, with and without a bottleneck."""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from support.arrays import classes, flags, real

__all__ = ["concept_cross_entropy", "concept_kl", "concept_objective"]


def concept_kl(
    z_mean: Tensor, c: Tensor, scale: float = 3.0, var_z: float = 2.5
) -> Tensor:
    r"""Distance of each component from the prototype of its concept.

    $$\frac1B\sum_b\sum_j\frac{(f_j(x_b)-g(c_{bj}))^2}{2\sigma_z^2},\qquad
    g(c)=\lambda(2c-1)$$

    This is the part of $D_{\rm KL}(\mathcal N(f_j(x),\sigma_x^2)\,\|\,
    \mathcal N(g(c_j),\sigma_z^2))$ that has a gradient; the rest is a constant.
    With $\sigma_z^2=2.5$ the factor is 0.2, as in the authors' code.

    Args:
        z_mean: (B, n) means of the components, without noise.
        c: (B, n) concepts in {0, 1}.
        scale: $\lambda$.
        var_z: $\sigma_z^2$, above 0.

    Returns:
        A scalar in nats, at least 0; summed over concepts, averaged over the
        batch; 0 exactly at the prototypes.  In at least float32.

    Raises:
        ValueError: shapes differ, a concept is not 0 or 1, a mean is not finite, or
            ``var_z`` is not positive.

    Source: *There Was Never a Bottleneck in Concept Bottleneck Models* (ICLR
    2026), third term of the training objective.

    >>> import torch
    >>> concept_kl(torch.tensor([[2.0]]), torch.tensor([[1.0]]))
    tensor(0.2000)
    """
    z_mean, c = _checked("z_mean", z_mean, c)
    if not var_z > 0:
        raise ValueError(f"var_z: got {var_z}; give a variance above 0")
    g = scale * (2 * c - 1)
    return ((z_mean - g) ** 2 / (2 * var_z)).sum(1).mean()


def concept_cross_entropy(
    c_logits: Tensor, c: Tensor, pos_weight: Tensor | None = None
) -> Tensor:
    r"""Binary cross-entropy of the concepts: sum over concepts, mean over batch.

    Args:
        c_logits: (B, n) logits.
        c: (B, n) concepts in {0, 1}.
        pos_weight: (n,) weight of the positive answers, (negatives /
            positives) in the authors' recipe; it shifts a soft model's logits.

    Returns:
        A scalar in nats, at least 0.

    Raises:
        ValueError: shapes differ, a concept is not 0 or 1, or a logit is not finite.

    >>> import torch
    >>> concept_cross_entropy(torch.zeros(4, 2), torch.ones(4, 2))
    tensor(1.3863)
    """
    c_logits, c = _checked("c_logits", c_logits, c)
    if pos_weight is not None:
        pos_weight = real("pos_weight", pos_weight, like=c).to(c)
    mean = binary_cross_entropy_with_logits(c_logits, c, pos_weight=pos_weight)
    return mean * c.shape[1]


def concept_objective(
    y_logits: Tensor,
    c_logits: Tensor | None,
    z_mean: Tensor,
    y: Tensor,
    c: Tensor,
    *,
    beta: float = 1.0,
    gamma: float = 0.0,
    pos_weight: Tensor | None = None,
) -> dict[str, Tensor]:
    r"""The training objective: task, concepts, and the missing third term.

    $$\mathcal L=-\log q(y|z)-\beta\sum_j\log q(c_j|z_j)
    +\gamma\sum_jD_{\rm KL}\big(p(z_j|x)\,\|\,q(z_j|c_j)\big)$$

    Args:
        y_logits: (B, K) task logits, from noisy components.
        c_logits: (B, n) concept logits, from noisy components; ``None`` for a
            model without concepts (then only the task counts).
        z_mean: (B, n) components without noise: the penalty sees the mean.
        y: (B,) labels.
        c: (B, n) concepts in {0, 1}.
        beta: weight of the concepts.
        gamma: weight of the third term; 0 leaves it out of the loss.
        pos_weight: see `concept_cross_entropy`.

    Returns:
        ``loss`` and its parts ``task``, ``concepts``, ``penalty`` (each before
        its weight).

    Raises:
        ValueError: as in `concept_kl`, a label is no class, or a weight is negative.

    Source: *There Was Never a Bottleneck in Concept Bottleneck Models* (ICLR
    2026), training objective.
    """
    if not (beta >= 0 and gamma >= 0):
        raise ValueError(f"beta {beta} and gamma {gamma} must be at least 0")
    y_logits = real("y_logits", y_logits)
    y = classes("y", y, y_logits.shape[1], like=y_logits)
    terms = {"task": cross_entropy(y_logits, y)}
    loss = terms["task"]
    if c_logits is not None:
        terms["concepts"] = concept_cross_entropy(c_logits, c, pos_weight)
        loss = loss + beta * terms["concepts"]
    if gamma:
        terms["penalty"] = concept_kl(z_mean, c)
        loss = loss + gamma * terms["penalty"]
    return {"loss": loss, **terms}


def _checked(name: str, values: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the type of the values: in a byte, 2 c - 1 would wrap around."""
    values = real(name, values)
    c = flags("c", c, like=values).to(values)
    if values.ndim != 2 or values.shape != c.shape or not len(c):
        raise ValueError(
            f"{name} {tuple(values.shape)} and c {tuple(c.shape)} must both be (B, n), "
            "B at least 1"
        )
    return values, c
