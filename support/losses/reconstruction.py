"""How far a reconstruction is from its image, in the two conventions in use."""

from typing import Any

from torch import Tensor

from support.arrays import real

__all__ = ["gaussian_reconstruction"]


def gaussian_reconstruction(x_hat: Any, x: Any, pixels: str = "mean") -> Tensor:
    r"""Squared error of an image under its reconstruction, a mean or a sum over pixels.

    $$\frac1P\sum_p(x_p-\hat x_p)^2\quad\text{or}\quad\sum_p(x_p-\hat x_p)^2$$

    Beside a weight β of a divergence the two differ by the number of values P: the
    mean with β is the sum with βP, divided by P.  Up to a constant, the sum with
    weight κ is $2\sigma^2=\kappa$ times the negative bound of a Gaussian decoder of
    variance $\sigma^2=\kappa/2$.

    Args:
        x_hat: (B, ...) reconstructions; sparse ones are filled up.
        x: (B, ...) images, likewise.
        pixels: ``"mean"`` or ``"sum"``.

    Returns:
        (B,), at least 0, in the wider of the two types, at least float32.

    Raises:
        ValueError: the shapes differ or have no pixel, a number is not finite, or its
            square is not, or the word is another.

    >>> gaussian_reconstruction([[0.0, 2.0]], [[1.0, 0.0]], "sum")
    tensor([5.], dtype=torch.float64)
    """
    if not isinstance(pixels, str) or pixels not in ("mean", "sum"):
        raise ValueError(f"pixels: got {pixels!r}; give 'mean' or 'sum'")
    given = real("x_hat", x_hat).to_dense()
    image = real("x", x, like=given).to_dense()
    if given.shape != image.shape or given.ndim < 2 or 0 in given.shape[1:]:
        raise ValueError(
            f"x_hat, x: got shapes {tuple(given.shape)} and {tuple(image.shape)}; give "
            "equal ones, (B, ...) with at least one pixel"
        )
    squares = (given - image).square().flatten(1)
    error = squares.mean(1) if pixels == "mean" else squares.sum(1)
    if not bool(error.detach().isfinite().all()):
        raise ValueError(
            f"x_hat, x: squared differences are more than {error.dtype} can hold; give "
            "float64 or smaller numbers"
        )
    return error
