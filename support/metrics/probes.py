"""Probes: how much of a known factor can be read off a representation?

A probe is a small classifier, fitted on training representations and scored on
test ones.  What it cannot read may still be there: every number here is about
a family of probes, not about information as such.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

__all__ = ["Probe", "conditional_entropy", "fit_probe", "urr"]

_EPOCHS, _BATCH, _RATE = 50, 256, 1e-2


class Probe(NamedTuple):
    """A fitted probe: standardisation and the weights of its layers."""

    mean: Tensor
    scale: Tensor
    weights: list[Tensor]
    biases: list[Tensor]

    def logits(self, features: Tensor) -> Tensor:
        """(n, d) features -> (n, K) logits, (T, n, K) for a probe of T factors."""
        hidden = (features.to(self.mean.dtype) - self.mean) / self.scale
        return _forward(hidden, self.weights, self.biases)


def fit_probe(
    features: Tensor,
    labels: Tensor,
    n_values: int,
    *,
    probe: str = "logistic",
    seed: int = 0,
) -> Probe:
    r"""Fit a probe on standardised features.

    *logistic*: multinomial logistic regression with the penalty
    $\frac12\|W\|^2$ beside the summed cross-entropy, fitted to convergence.
    *mlp*: two hidden ReLU layers, widths interpolated between the number of
    features and of values, Adam (1e-2), 50 epochs of batches of 256.  (The
    rate is ours: with a few thousand samples 1e-3 stops long before it learns.)

    Args:
        features: (n, d) representation of the training samples.
        labels: (n,) integers in [0, n_values); for *mlp* also (T, n), which fits
            one probe for each of T factors in one pass, as T calls would.
        n_values: K, at least 2.
        probe: ``"logistic"`` or ``"mlp"``.
        seed: of initial weights and batches (*mlp* only).

    Returns:
        A `Probe` on the device of the features.

    Raises:
        ValueError: shapes differ, a label is out of range, one class only, or
            the probe is unknown.

    Source: probes of the authors' code of *Aligning Multimodal Representations*
    (ICML 2025, logistic) and *There Was Never a Bottleneck* (ICLR 2026, mlp).

    >>> x = torch.tensor([[-1.0], [-2.0], [1.0], [2.0]])
    >>> fit_probe(x, torch.tensor([0, 0, 1, 1]), 2).logits(x).argmax(1)
    tensor([0, 0, 1, 1])
    """
    if probe not in ("logistic", "mlp"):
        raise ValueError(f"probe: got {probe!r}; give 'logistic' or 'mlp'")
    if labels.ndim == 2 and probe != "mlp":
        raise ValueError("labels: several factors at once need probe='mlp'")
    for factor in labels if labels.ndim == 2 else [labels]:
        _validate(features, factor, n_values, "train")
        if len(factor.unique()) < 2:
            raise ValueError("labels: one class only; a probe needs two")
    x = features.detach()
    x = x if x.dtype == torch.float64 else x.float()
    mean, scale = x.mean(0), x.std(0, correction=0)
    scale = torch.where(scale > 1e-8 * (1 + mean.abs()), scale, torch.ones_like(scale))
    x, labels = (x - mean) / scale, labels.long()
    with torch.enable_grad():
        if probe == "logistic":
            weights, biases = _logistic(x, labels, n_values)
        else:
            weights, biases = _perceptron(x, labels, n_values, seed)
    return Probe(mean, scale, weights, biases)


def conditional_entropy(
    logits: Tensor, labels: Tensor, estimator: str = "cross_entropy"
) -> float:
    r"""Estimate $H(N\mid\cdot)$ in nats from a probe's answers on test samples.

    *cross_entropy*: mean of $-\log p(n)$, an upper bound of the entropy.
    *predicted*: mean entropy of the predicted distribution, which asks nobody
    whether the prediction is right, and so rewards over-confidence.

    Args:
        logits: (n, K).
        labels: (n,) integers in [0, K); unused by *predicted*.
        estimator: ``"cross_entropy"`` or ``"predicted"``.

    Returns:
        Nats, at least 0.

    Raises:
        ValueError: shapes differ or the estimator is unknown.

    >>> round(conditional_entropy(torch.zeros(2, 2), torch.tensor([0, 1])), 4)
    0.6931
    """
    _validate(logits, labels, logits.shape[-1], "test")
    if estimator == "cross_entropy":
        return float(cross_entropy(logits.double(), labels.long()))
    if estimator == "predicted":
        log_p = logits.double().log_softmax(1)
        return float(-(log_p.exp() * log_p).sum(1).mean())
    raise ValueError(
        f"estimator: got {estimator!r}; give 'cross_entropy' or 'predicted'"
    )


def urr(
    z_train: Tensor,
    n_train: Tensor,
    z_test: Tensor,
    n_test: Tensor,
    n_values: int,
    *,
    given_train: Tensor | None = None,
    given_test: Tensor | None = None,
    probe: str = "logistic",
    estimator: str = "cross_entropy",
    seed: int = 0,
) -> float:
    r"""Share of a nuisance's uncertainty that a representation removes.

    $$\mathrm{URR}=\frac{\hat H(N\mid C)-\hat H(N\mid Z,C)}{\hat H(N)}$$

    Both conditional entropies come from the same probe family on the same
    split.  Without ``given``, $\hat H(N\mid C)$ is $\hat H(N)$.  0: nothing can
    be read that C did not tell; 1: all of it.  Slightly negative values are
    probes that overfit noise.  Lower is better for a bottleneck.

    Args:
        z_train: (n, d) representation, training split.
        n_train: (n,) nuisance, integers in [0, n_values).
        z_test: (m, d) representation, test split.
        n_test: (m,) nuisance.
        n_values: number of values of the nuisance, at least 2.
        given_train: (n, k) what is known anyway, such as the concepts.
        given_test: (m, k).
        probe: see `fit_probe`.
        estimator: see `conditional_entropy`.
        seed: of the *mlp* probe.

    Returns:
        A number of at most 1.

    Raises:
        ValueError: shapes differ, labels are out of range, one class only, or
            ``given`` is there for one split alone.

    Source: leakage measure of *There Was Never a Bottleneck in Concept
    Bottleneck Models* (ICLR 2026); its code uses the *predicted* estimator.

    >>> n = torch.arange(400) % 2
    >>> z = n[:, None].float()
    >>> urr(z, n, z, n, 2) > 0.9
    True
    """
    if (given_train is None) != (given_test is None):
        raise ValueError("given_train and given_test: give both or neither")
    _validate(z_test, n_test, n_values, "test")
    if z_train.ndim != 2 or z_train.shape[1] != z_test.shape[1]:
        raise ValueError(
            f"z_train {tuple(z_train.shape)} and z_test {tuple(z_test.shape)} must "
            "have the same number of columns"
        )
    shares = torch.bincount(n_test.long(), minlength=n_values).double() / len(n_test)
    if int((shares > 0).sum()) < 2:
        raise ValueError("n_test: one class only; there is no uncertainty to remove")
    total = float(torch.special.entr(shares).sum())

    def entropy(train: Tensor, test: Tensor) -> float:
        fitted = fit_probe(train, n_train, n_values, probe=probe, seed=seed)
        return conditional_entropy(fitted.logits(test), n_test, estimator)

    if given_train is None or given_test is None:
        return (total - entropy(z_train, z_test)) / total
    known_train, known_test = given_train.to(z_train), given_test.to(z_test)
    before = entropy(known_train, known_test)
    both_train = torch.cat([z_train, known_train], dim=1)
    both_test = torch.cat([z_test, known_test], dim=1)
    return (before - entropy(both_train, both_test)) / total


def _logistic(x: Tensor, labels: Tensor, n_values: int) -> tuple[list, list]:
    weight = x.new_zeros(x.shape[1], n_values, requires_grad=True)
    bias = x.new_zeros(n_values, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=100,
        tolerance_grad=1e-6,
        tolerance_change=1e-9,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(x @ weight + bias, labels)
        loss = loss + weight.square().sum() / (2 * len(x))
        loss.backward()
        return loss

    optimizer.step(closure)
    return [weight.detach()], [bias.detach()]


def _perceptron(
    x: Tensor, labels: Tensor, n_values: int, seed: int
) -> tuple[list, list]:
    """One network a factor, side by side: Adam never mixes them."""
    source = torch.Generator().manual_seed(seed)
    start, end = x.shape[1], n_values
    widths = [start, round(start - (start - end) / 3), round(end + (start - end) / 3)]
    widths.append(end)
    side = labels.shape[:-1]
    weights, biases = [], []
    for before, after in pairwise(widths):
        bound = math.sqrt(6 / (before + after))  # Glorot's uniform bound
        drawn = (torch.rand(before, after, generator=source) * 2 - 1) * bound
        drawn = drawn.to(x).expand(*side, before, after)
        weights.append(nn.Parameter(drawn.clone()))
        biases.append(nn.Parameter(x.new_zeros(*side, 1, after)))
    optimizer = torch.optim.Adam([*weights, *biases], lr=_RATE, fused=True)
    for _ in range(_EPOCHS):
        order = torch.randperm(len(x), generator=source).to(x.device)
        for index in order.split(_BATCH):
            logits = _forward(x[index], weights, biases).flatten(0, -2)
            wanted = labels[..., index].flatten()
            optimizer.zero_grad(set_to_none=True)
            loss = cross_entropy(logits, wanted, reduction="sum") / len(index)
            loss.backward()
            optimizer.step()
    return [part.detach() for part in weights], [part.detach() for part in biases]


def _forward(hidden: Tensor, weights: list, biases: list) -> Tensor:
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        hidden = torch.relu(hidden @ weight + bias)
    return hidden @ weights[-1] + biases[-1]


def _validate(features: Tensor, labels: Tensor, n_values: int, split: str) -> None:
    if features.ndim != 2 or labels.shape != features.shape[:1] or not len(labels):
        raise ValueError(
            f"{split}: got {tuple(features.shape)} and labels {tuple(labels.shape)}; "
            "give (n, d) and (n,), n at least 1"
        )
    low, high = int(labels.min()), int(labels.max())
    if n_values < 2 or low < 0 or high >= n_values:
        raise ValueError(
            f"{split}: labels run from {low} to {high}; with n_values = {n_values} "
            "give 0 to n_values - 1, and at least 2 values"
        )
