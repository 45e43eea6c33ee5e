"""Turning scores that only rank into probabilities that decide."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import classes, real

__all__ = ["Calibration", "calibrate_bias"]


class Calibration(NamedTuple):
    """One constant a class and one temperature: $s_c/\\tau+b_c$.

    Args:
        bias: shape (C,), sums to 0.
        temperature: a scalar above 0.
    """

    bias: Tensor
    temperature: Tensor

    def apply(self, scores: Tensor) -> Tensor:
        """Return calibrated logits, shape (..., C), in at least float32.

        Raises:
            ValueError: a score is not finite.
        """
        return real("scores", scores) / self.temperature + self.bias


def calibrate_bias(
    scores: Tensor,
    labels: Tensor,
    *,
    class_weights: Tensor | None = None,
    temperature: bool = True,
    iterations: int = 100,
    penalty: float = 1e-4,
) -> Calibration:
    r"""Fit a constant a class, and one temperature, by cross-entropy.

    $$\min_{\mathbf b,\tau}\;-\frac1N\sum_n\log
    \mathrm{softmax}(\mathbf s_n/\tau+\mathbf b)_{y_n}$$

    A loss that compares scores within a column leaves each column's constant free,
    so arg-max decisions mean nothing before this.  The problem is convex in
    $(1/\tau,\mathbf b)$ and solved by L-BFGS in float64.  Use data that do not
    carry the reported accuracy.

    Args:
        scores: logits, shape (N, C); no gradient flows into them.
        labels: integers in [0, C), shape (N,).
        class_weights: shape (C,), at least 0; with balanced weights the constants suit
            equal priors in place of those of the data.
        temperature: fit it, else keep 1.
        iterations: of L-BFGS, at most.
        penalty: of $\|\mathbf b\|^2$ and $(\log\tau)^2$ for scores that have been
            centred and scaled; keeps both finite where classes are separable.

    Returns:
        The calibration, on the device of the scores and in their dtype, at least
        float32; float64 for integers.

    Raises:
        ValueError: the shapes do not fit, there is no sample, a score is not finite, a
            label is no class, the weights of the classes that are present are all 0,
            or the temperature is to be fitted to scores that do not vary.

    >>> labels = torch.tensor([0, 0, 0, 1])
    >>> calibrate_bias(torch.zeros(4, 2), labels, temperature=False).bias[0] > 0
    tensor(True)
    """
    scores = real("scores", scores)
    labels = classes("labels", labels, scores.shape[-1], like=scores)
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or not len(labels):
        raise ValueError(
            f"scores, labels: got shapes {tuple(scores.shape)} and "
            f"{tuple(labels.shape)}; give (N, C) and (N,), N ≥ 1"
        )
    data = scores.detach().double()
    # centred and scaled, so that the penalty sees neither constants nor units
    centre = data.mean(0)
    away = data - centre
    spread = away.square().mean().sqrt()
    if not bool(spread > 8 * torch.finfo(data.dtype).eps * data.abs().max()):
        if temperature:
            raise ValueError(
                f"scores: got {centre.tolist()} for every sample; scores that do not "
                "vary have no temperature: give temperature=False"
            )
        spread = torch.ones_like(spread)
    data = away / spread
    weight = _weights(class_weights, data, labels)
    bias = data.new_zeros(data.shape[1], requires_grad=True)
    log_scale = spread.log() if not temperature else data.new_zeros(())
    log_scale.requires_grad_(temperature)
    free = [bias, log_scale] if temperature else [bias]
    optimizer = torch.optim.LBFGS(
        free, max_iter=iterations, line_search_fn="strong_wolfe", tolerance_change=1e-12
    )

    def objective() -> Tensor:
        optimizer.zero_grad()
        logits = data * log_scale.exp() + bias
        loss = functional.cross_entropy(logits, labels, weight=weight)
        size = bias.square().sum() + log_scale.square()
        total = loss + penalty * size
        total.backward()
        return total

    optimizer.step(objective)
    scale = (log_scale.exp() / spread).detach()
    total = bias.detach() - scale * centre
    total = total - total.mean()
    return Calibration(total.to(scores.dtype), (1 / scale).to(scores.dtype))


def _weights(
    class_weights: Tensor | None, data: Tensor, labels: Tensor
) -> Tensor | None:
    if class_weights is None:
        return None
    weight = real("class_weights", class_weights, like=data).to(data)
    good = weight.shape == data.shape[1:] and bool((weight >= 0).all())
    if not good or not bool((weight[labels] > 0).any()):
        raise ValueError(
            f"class_weights: got {weight.tolist()}; give {data.shape[1]} weights of at "
            "least 0, one of a class that is present above 0"
        )
    return weight
