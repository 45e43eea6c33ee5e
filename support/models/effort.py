r"""Telling shouted embeddings from normal ones, and compensating those alone."""

from collections.abc import Callable
from typing import Self

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from support.arrays import flags, real
from support.models.compensation import power_of_two
from support.scalars import number

__all__ = ["CompensatedBackend", "EffortDetector"]


class EffortDetector:
    r"""Logistic regression on embeddings: $P(\text{shouted}\mid z)=\sigma(w^\top z+b)$.

    Components are brought to unit variance first, and both conditions weigh alike.
    Fitted by scikit-learn on the CPU.

    Args:
        strength: C, one over the weight of $\|w\|^2/2$ beside the summed
            cross-entropy.

    Raises:
        ValueError: the strength is not above 0.

    >>> z = torch.tensor([[-1.0], [-2.0], [1.0], [2.0]])
    >>> fitted = EffortDetector(1.0).fit(z, [False, False, True, True])
    >>> fitted.probability(z) > 0.5
    tensor([False, False,  True,  True])
    """

    def __init__(self, strength: float) -> None:
        self.strength = number("strength", strength, above=0)

    def fit(self, z: Tensor, shouted: Tensor) -> Self:
        """Learn from embeddings of both conditions.

        Args:
            z: (N, D).
            shouted: (N,) flags.

        Returns:
            Itself.

        Raises:
            ValueError: shapes differ, one condition only, or a number is not finite.
        """
        z = real("z", z).detach()
        truth = flags("shouted", shouted, like=z)
        if z.ndim != 2 or truth.shape != z.shape[:1] or not z.shape[1]:
            raise ValueError(
                f"z, shouted: got shapes {tuple(z.shape)} and {tuple(truth.shape)}; "
                "give (N, D) and (N,), D at least 1"
            )
        if not truth.any() or truth.all():
            raise ValueError(
                f"shouted: got {int(truth.sum())} shouted embeddings of {len(truth)}; "
                "give both conditions"
            )
        self.unit = power_of_two(z)
        wide = z.double() / self.unit
        centre, spread = wide.mean(0), wide.std(0, correction=0)
        spread = torch.where(spread > 0, spread, 1)
        model = LogisticRegression(
            C=self.strength, class_weight="balanced", max_iter=1000
        )
        model.fit(((wide - centre) / spread).cpu().numpy(), truth.cpu().numpy())
        self.weight = torch.from_numpy(model.coef_[0]).to(wide) / spread
        self.constant = float(model.intercept_[0]) - centre @ self.weight
        return self

    def probability(self, z: Tensor) -> Tensor:
        """Of being shouted, in [0, 1], of embeddings (..., D): (...), like them.

        Raises:
            ValueError: it is not fitted, the size is another, or a number is not
                finite.
        """
        z = real("z", z)
        if not hasattr(self, "weight"):
            raise ValueError("EffortDetector: not fitted; call fit first")
        if not z.ndim or z.shape[-1] != len(self.weight):
            raise ValueError(
                f"z: got shape {tuple(z.shape)}; give (..., {len(self.weight)})"
            )
        wide = z.double() / self.unit
        return (wide @ self.weight + self.constant).sigmoid().to(z)


class CompensatedBackend:
    r"""What stands before a comparison: detect, then compensate what was shouted.

    $$\hat z=\begin{cases}z-\hat r(z)&P(\text{shouted}\mid z)>\tfrac12\\
    z&\text{else}\end{cases}\qquad\text{or softly}\quad
    \hat z=z-P(\text{shouted}\mid z)\,\hat r(z)$$

    Args:
        detector: fitted.
        compensate: (n, D) -> (n, D), such as the ``transform`` of a compensator.
        soft: weigh the shift by the probability.

    Raises:
        ValueError: there is nothing to ask or to call, or ``soft`` is no flag.

    Source: Prieto et al., arXiv 2008.02487; the soft form is ours.
    """

    def __init__(
        self,
        detector: EffortDetector,
        compensate: Callable[[Tensor], Tensor],
        *,
        soft: bool = False,
    ) -> None:
        if not hasattr(detector, "probability"):
            raise ValueError(
                f"detector: got {type(detector).__name__}; give an EffortDetector"
            )
        if not callable(compensate):
            raise ValueError(
                f"compensate: got {type(compensate).__name__}; give a "
                "function of (n, D)"
            )
        if not isinstance(soft, bool):
            raise ValueError(f"soft: got {soft!r}; give True or False")
        self.detector, self.compensate, self.soft = detector, compensate, soft

    def transform(self, z: Tensor, shouted: Tensor | None = None) -> Tensor:
        """Compensate embeddings.

        Args:
            z: (n, D).
            shouted: (n,) flags to go by in the place of the detector: what is true, or
                all of them.

        Returns:
            (n, D), like them.

        Raises:
            ValueError: shapes differ, a number is not finite, or what compensates does
                not give back (n, D) finite numbers.
        """
        z = real("z", z)
        if z.ndim != 2:
            raise ValueError(f"z: got shape {tuple(z.shape)}; give (n, D)")
        if shouted is None:
            share = self.detector.probability(z)
            share = share if self.soft else (share > 0.5).to(z)
        else:
            share = flags("shouted", shouted, like=z).to(z)
            if share.shape != z.shape[:1]:
                raise ValueError(
                    f"shouted: got shape {tuple(share.shape)}; give ({len(z)},)"
                )
        moved = real("compensate", self.compensate(z), like=z).to(z)
        if moved.shape != z.shape:
            raise ValueError(
                f"compensate: gave shape {tuple(moved.shape)}; it is to give back "
                f"{tuple(z.shape)}"
            )
        return torch.lerp(z, moved, share[:, None])
