"""The chapter's theorems as numbers: both sides of each, to be compared."""

import torch
from torch import Tensor

__all__ = ["gram_r2", "random_tables", "stitching_terms"]


def stitching_terms(
    joint: Tensor, outputs: Tensor, stitched: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Split the loss of stitching into what is missing and what is clumsy.

    $$\mathbb E\,D_{\mathrm{KL}}(q(\cdot|z_B)\|r(\cdot|z_A))=I(\hat Y_B;Z_B|Z_A)
    +\mathbb E\,D_{\mathrm{KL}}(p(\hat y_B|Z_A)\|r(\cdot|Z_A))$$

    Args:
        joint: (a, b) the law of $(z_A,z_B)$.
        outputs: (b, C) the target's outputs $q(y|z_B)$, above 0.
        stitched: (a, C) the stitched network's $r(y|z_A)$, above 0.

    Returns:
        Loss, missing information, gap; in nats.
    """
    law = joint[:, :, None] * outputs
    best = law.sum(1) / joint.sum(1, keepdim=True)
    loss = (law * (outputs.log() - stitched.log()[:, None])).sum()
    missing = (law * (outputs.log() - best.log()[:, None])).sum()
    gap = (law * (best.log() - stitched.log())[:, None]).sum()
    return loss, missing, gap


def random_tables(
    draw: torch.Generator, sizes: tuple[int, int, int]
) -> tuple[Tensor, ...]:
    """A random joint law, outputs and stitched outputs for `stitching_terms`.

    Args:
        draw: a generator.
        sizes: values of $z_A$, values of $z_B$, classes.
    """
    a, b, classes = sizes
    shapes = ((1, a * b), (b, classes), (a, classes))
    raw = [torch.randn(shape, generator=draw).double() for shape in shapes]
    joint, outputs, stitched = (table.softmax(1) for table in raw)
    return joint.view(a, b), outputs, stitched


def gram_r2(x: Tensor, y: Tensor) -> float:
    r"""R-squared of one Gram matrix predicted from the other by one number.

    The observer sees only who is near whom: $\tilde L\approx a\tilde K$ with
    $\tilde K,\tilde L$ the Gram matrices of centred rows.

    Args:
        x: (n, p) the source.
        y: (n, q) the target.

    Returns:
        A number in [0, 1].
    """
    x, y = (side.double() - side.double().mean(0) for side in (x, y))
    k, el = x @ x.T, y @ y.T
    a = (k * el).sum() / k.square().sum()
    return float(1 - (el - a * k).square().sum() / el.square().sum())
