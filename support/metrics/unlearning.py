"""Has a network forgotten?  Answers, an attack, and what its features still tell."""

from collections.abc import Mapping

import torch
from torch import Tensor

from support.arrays import real
from support.metrics.auc import auc_binary
from support.metrics.similarity.regression import fit_r2
from support.scalars import number, whole

__all__ = [
    "distance_to_retraining",
    "membership_auc",
    "residual_r2",
]


def membership_auc(losses_forget: Tensor, losses_test: Tensor) -> float:
    """Success of the simplest attack: whose loss is low, that was trained on.

    The area under the ROC curve of minus the loss, forgotten training samples against
    test samples.  In class forgetting the test set holds the other classes, so that a
    *retrained* network is far below 1/2: compare with it, not with 1/2.

    Args:
        losses_forget: (n,) losses of samples to forget.
        losses_test: (m,) losses of test samples.

    Returns:
        In [0, 1]; 1 where every forgotten sample has a lower loss than every test one.

    Raises:
        ValueError: not one-dimensional, empty, or not finite.

    Source: Yeom et al., Privacy Risk in Machine Learning, CSF 2018 (the attack).

    >>> membership_auc(torch.tensor([0.1, 0.2]), torch.tensor([0.3, 0.15]))
    0.75
    """
    forget = real("losses_forget", losses_forget)
    test = real("losses_test", losses_test, like=forget).to(forget.device)
    # A rounding to the narrower type could tie losses that differ.
    wide = torch.promote_types(forget.dtype, test.dtype)
    forget, test = forget.to(wide), test.to(wide)
    for name, losses in (("losses_forget", forget), ("losses_test", test)):
        if losses.ndim != 1 or not len(losses):
            raise ValueError(
                f"{name}: got shape {tuple(losses.shape)}; give (n,), n at least 1"
            )
    members = torch.cat([torch.ones_like(forget), torch.zeros_like(test)])
    return float(auc_binary(-torch.cat([forget, test]), members))


def residual_r2(
    z_fit: Tensor,
    x_fit: Tensor,
    z_test: Tensor,
    x_test: Tensor,
    *,
    noise: float,
    generator: torch.Generator,
    components: int = 5,
) -> float:
    r"""What noisy features still tell of the pictures that were to be forgotten.

    A ridge (`fit_r2`, penalty by leave-one-out) rebuilds the first principal
    components of the pictures from $z'+\varepsilon$; $R^2$ on new pictures of the same
    class.  A deterministic map that can be inverted keeps all information; the noise
    says to how fine a reader that matters.

    Args:
        z_fit: (n, D) features of pictures to forget.
        x_fit: (n, ...) these pictures.
        z_test: (m, D) features of other pictures of the same kind.
        x_test: (m, ...) these.
        noise: standard deviation of $\varepsilon$, in units of the features, above 0.
        generator: draws the noise, on the CPU.
        components: how many, at most n and the number of pixels.

    Returns:
        At most 1; about 0, or below, where nothing can be read.

    Raises:
        ValueError: lengths or widths that differ, too few rows, not finite, or a
            number out of range.

    >>> x = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    >>> source = torch.Generator().manual_seed(1)
    >>> residual_r2(x[:30], x[:30], x[30:], x[30:], noise=0.01, generator=source) > 0.95
    True
    """
    z_fit, z_test = real("z_fit", z_fit), real("z_test", z_test)
    x_fit, x_test = real("x_fit", x_fit).double(), real("x_test", x_test).double()
    for when, z, x in (("fit", z_fit, x_fit), ("test", z_test, x_test)):
        if z.ndim != 2 or x.ndim < 2 or len(z) != len(x) or not z.numel() * x.numel():
            raise ValueError(
                f"z_{when} {tuple(z.shape)}, x_{when} {tuple(x.shape)}: give features "
                "(n, D) of the very pictures (n, ...), n at least 1"
            )
    if z_fit.shape[1] != z_test.shape[1] or x_fit.shape[1:] != x_test.shape[1:]:
        raise ValueError(
            f"z_test {tuple(z_test.shape)}, x_test {tuple(x_test.shape)}: give "
            f"features and pictures of the sizes to fit, z_fit {tuple(z_fit.shape)}, "
            f"x_fit {tuple(x_fit.shape)}"
        )
    x_fit, x_test = x_fit.flatten(1), x_test.flatten(1)
    noise = number("noise", noise, above=0)
    components = whole("components", components, most=min(x_fit.shape))
    centre = x_fit.mean(0)
    axes = torch.linalg.svd(x_fit - centre, full_matrices=False).Vh[:components].T
    seen = [
        z.double() + noise * torch.randn(z.shape, generator=generator).to(z).double()
        for z in (z_fit, z_test)
    ]
    y_fit, y_test = ((x - centre) @ axes for x in (x_fit, x_test))
    return fit_r2(seen[0], y_fit, "affine", seen[1], y_test).r2


def distance_to_retraining(
    scores: Mapping[str, float],
    retrained: Mapping[str, float],
    names: tuple[str, ...] = ("A_f", "test", "MIA"),
) -> float:
    r"""Sum of absolute differences between a network's scores and the retrained one's.

    $$\Delta=|A_f-A_f^{re}|+|\mathrm{test}-\mathrm{test}^{re}|
    +|\mathrm{MIA}-\mathrm{MIA}^{re}|$$

    Args:
        scores: of the network, by name, each in [0, 1].
        retrained: of the network that never saw the samples.
        names: of the scores that count.

    Returns:
        In [0, number of names]; lower is better.

    Raises:
        ValueError: no name, a score is missing, or outside [0, 1] (percentages too).

    >>> distance_to_retraining({"A_f": 0.5}, {"A_f": 0.0}, ("A_f",))
    0.5
    """
    if isinstance(names, str) or not names:
        raise ValueError(f"names: got {names!r}; give a tuple of names of scores")
    rows = []
    for which, row in (("scores", scores), ("retrained", retrained)):
        if missing := [name for name in names if name not in row]:
            raise ValueError(f"{which}: {missing} missing; it has {sorted(row)}")
        rows.append(
            [number(f"{which}[{name!r}]", row[name], least=0, most=1) for name in names]
        )
    return sum(abs(one - other) for one, other in zip(*rows, strict=True))
