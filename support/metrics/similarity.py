"""How alike are two representations of the same samples?"""

import torch
from torch import Tensor

__all__ = ["linear_cka"]


def linear_cka(a: Tensor, b: Tensor) -> float:
    r"""Linear centred kernel alignment of two representations.

    $$\frac{\|\bar B^\top\bar A\|_F^2}
    {\|\bar A^\top\bar A\|_F\,\|\bar B^\top\bar B\|_F}$$
    with centred columns.  Symmetric; unchanged by rotations and by one common
    scale of either side.  Higher is more alike.  The features' form is used
    when there are fewer features than samples, else the samples' form (the Gram
    matrices), so that memory is the smaller of the two.

    Args:
        a: (n, d) one row a sample.
        b: (n, e) the same samples in the same order.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: fewer than 3 samples, unequal lengths, or no variance.

    Source: Kornblith et al., Similarity of Neural Network Representations
    Revisited, ICML 2019.

    >>> a = torch.eye(3)
    >>> round(linear_cka(a, 2 * a), 6)
    1.0
    """
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or len(a) < 3:
        raise ValueError(
            f"a {tuple(a.shape)} and b {tuple(b.shape)} must be (n, d) and (n, e) with "
            "n of at least 3"
        )
    a, b = (side.double() - side.double().mean(0) for side in (a, b))
    for name, side in (("a", a), ("b", b)):
        if not bool(side.abs().max() > 1e-12):
            raise ValueError(f"{name}: all rows are equal; there is nothing to compare")
    if max(a.shape[1], b.shape[1]) <= len(a):
        cross = (b.T @ a).square().sum()
        own = torch.linalg.norm(a.T @ a) * torch.linalg.norm(b.T @ b)
    else:
        gram_a, gram_b = a @ a.T, b @ b.T
        cross = (gram_a * gram_b).sum()
        own = torch.linalg.norm(gram_a) * torch.linalg.norm(gram_b)
    return float(cross / own)
