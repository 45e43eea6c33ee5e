"""The squared error in both conventions, and what they make of a weight."""

import pytest
import torch
from torch.nn.functional import mse_loss

from support.losses.information import gaussian_kl
from support.losses.reconstruction import gaussian_reconstruction


def pair(*shape: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(0)
    return torch.randn(2, *shape, generator=source, dtype=torch.double)


def test_known_values_and_torch():
    assert gaussian_reconstruction([[1, 3]], [[0, 1]]).tolist() == [2.5]
    assert gaussian_reconstruction([[1, 3]], [[0, 1]], "sum").tolist() == [5]
    x_hat, x = pair(6, 1, 4, 4)
    found = gaussian_reconstruction(x_hat, x)
    assert found.shape == (6,)
    torch.testing.assert_close(found.mean(), mse_loss(x_hat, x))
    assert gaussian_reconstruction(x, x).eq(0).all()


def test_gradients_are_right():
    x_hat, x = pair(3, 4)
    x_hat.requires_grad_()
    for pixels in ("mean", "sum"):
        assert torch.autograd.gradcheck(gaussian_reconstruction, (x_hat, x, pixels))


def test_a_weight_counts_the_values_of_an_image_between_the_conventions():
    """β beside a mean is βP beside a sum: one loss up to the factor P."""
    (x_hat, x), beta = pair(5, 3, 4), 0.1
    kl = gaussian_kl(*pair(5, 2), torch.zeros(2), torch.zeros(2))
    mean = gaussian_reconstruction(x_hat, x) + beta * kl
    total = gaussian_reconstruction(x_hat, x, "sum") + beta * 12 * kl
    torch.testing.assert_close(12 * mean, total)


def test_precision_is_that_of_the_wider():
    single = torch.zeros(2, 3)
    assert gaussian_reconstruction(single, single).dtype == torch.float32
    assert gaussian_reconstruction(single, single.double()).dtype == torch.float64
    assert gaussian_reconstruction(single.half(), single.half()).dtype == torch.float32
    assert gaussian_reconstruction(single[:0], single[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("x_hat", "x", "pixels", "words"),
    [
        ([[1.0]], [[1.0, 2.0]], "mean", r"x_hat, x: got shapes \(1, 1\) and \(1, 2\)"),
        ([1.0], [1.0], "mean", r"got shapes \(1,\)"),
        (torch.zeros(2, 0), torch.zeros(2, 0), "mean", "at least one pixel"),
        ([[float("nan")]], [[1.0]], "mean", "x_hat: got nan"),
        ([[1.0]], [[float("inf")]], "mean", "x: got inf"),
        ("image", [[1.0]], "mean", "x_hat: got str"),
        ([[1.0]], [[1.0]], "median", "pixels: got 'median'"),
        ([[1.0]], [[1.0]], ["mean"], r"pixels: got \['mean'\]"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(x_hat, x, pixels, words):
    with pytest.raises(ValueError, match=words):
        gaussian_reconstruction(x_hat, x, pixels)


@pytest.mark.parametrize("pixels", ["mean", "sum"])
def test_squares_that_do_not_fit_are_refused(pixels):
    big = torch.full((2, 3), 1e20)
    with pytest.raises(ValueError, match=r"more than torch\.float32 can"):
        gaussian_reconstruction(big, -big, pixels)
    assert bool(gaussian_reconstruction(big.double(), -big, pixels).isfinite().all())


def test_sparse_images_are_filled_up():
    x_hat, x = pair(2, 3)
    wanted = gaussian_reconstruction(x_hat, x)
    assert torch.equal(gaussian_reconstruction(x_hat.to_sparse(), x), wanted)
    assert torch.equal(gaussian_reconstruction(x_hat, x.to_sparse()), wanted)
