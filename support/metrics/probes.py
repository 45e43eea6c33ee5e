"""Probes: how much of a known factor can be read off a representation?

A probe is a small classifier, fitted on training representations and scored on
test ones.  What it cannot read may still be there: every number here is about
a family of probes, not about information as such.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from support.arrays import classes, real

__all__ = ["Probe", "conditional_entropy", "fit_probe", "urr"]

_EPOCHS, _BATCH, _RATE = 50, 256, 1e-2
_FEW_FEATURES, _LEAST_UNITS, _TRIES = 4, 16, 5


class Probe(NamedTuple):
    """A fitted probe: standardisation in float64, and the weights of its layers."""

    mean: Tensor
    scale: Tensor
    weights: list[Tensor]
    biases: list[Tensor]

    def logits(self, features: Tensor) -> Tensor:
        """(n, d) features -> (n, K) logits, (T, n, K) for a probe of T factors."""
        hidden = (real("features", features).double() - self.mean) / self.scale
        return _forward(hidden.to(self.weights[0]), self.weights, self.biases)


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
    rate is ours: with a few thousand samples 1e-3 stops long before it learns.
    So are at least 16 units where there are fewer than 4 features, since two or
    three ReLUs die together, and a fresh start, up to 4 times, where they have.)

    A feature is constant when it moves by the rounding of its type alone; a
    constant one is left out, whatever it does on other samples.  Else no unit and
    no offset of a feature matters.

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
    features = real("features", features).detach()
    labels = classes("labels", labels, like=features)
    if labels.ndim == 2 and probe != "mlp":
        raise ValueError("labels: several factors at once need probe='mlp'")
    for factor in labels if labels.ndim == 2 else [labels]:
        _check_shapes(features, factor, n_values, ("features", "labels"))
        low, high = (int(end) for end in factor.aminmax())
        if low == high:
            raise ValueError(f"labels: one class only, {low}; a probe needs two")
    # Sums of differences from the first row: a constant feature is exactly that.
    x = features.double()
    away = x - x[0]
    mean = x[0] + away.mean(0)
    scale = away.std(0, correction=0)
    rounding = torch.finfo(features.dtype).eps * x.abs().amax(0)
    scale = torch.where(scale > rounding, scale, torch.inf)
    x = (x - mean) / scale
    if probe == "logistic":
        weights, biases = _logistic(x, labels, n_values)
    else:
        with torch.enable_grad():
            x = x.to(features)
            weights, biases = _perceptron(x, labels, n_values, seed)
    kept = [[part.to(features) for part in parts] for parts in (weights, biases)]
    return Probe(mean, scale, *kept)


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
    logits = real("logits", logits).detach()
    labels = classes("labels", labels, like=logits)
    _check_shapes(logits, labels, logits.shape[-1], ("logits", "labels"))
    if estimator == "cross_entropy":
        return float(cross_entropy(logits.double(), labels))
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
    z_train, z_test = real("z_train", z_train), real("z_test", z_test)
    n_train = classes("n_train", n_train, n_values, like=z_train)
    n_test = classes("n_test", n_test, n_values, like=z_test)
    _check_shapes(z_train, n_train, n_values, ("z_train", "n_train"))
    _check_shapes(z_test, n_test, n_values, ("z_test", "n_test"))
    if z_train.ndim != 2 or z_train.shape[1] != z_test.shape[1]:
        raise ValueError(
            f"z_train {tuple(z_train.shape)} and z_test {tuple(z_test.shape)} must "
            "have the same number of columns"
        )
    shares = torch.bincount(n_test, minlength=n_values).double() / len(n_test)
    if int((shares > 0).sum()) < 2:
        raise ValueError("n_test: one class only; there is no uncertainty to remove")
    total = float(torch.special.entr(shares).sum())

    def entropy(train: Tensor, test: Tensor) -> float:
        fitted = fit_probe(train, n_train, n_values, probe=probe, seed=seed)
        return conditional_entropy(fitted.logits(test), n_test, estimator)

    if given_train is None or given_test is None:
        return (total - entropy(z_train, z_test)) / total
    known_train = real("given_train", given_train, like=z_train)
    known_test = real("given_test", given_test, like=z_test)
    for name, known, like in (
        ("given_train", known_train, z_train),
        ("given_test", known_test, z_test),
    ):
        if known.ndim != 2 or len(known) != len(like):
            raise ValueError(
                f"{name}: got shape {tuple(known.shape)}; give ({len(like)}, k)"
            )
    before = entropy(known_train, known_test)
    both_train = torch.cat([z_train, known_train], dim=1)
    both_test = torch.cat([z_test, known_test], dim=1)
    return (before - entropy(both_train, both_test)) / total


def _logistic(x: Tensor, labels: Tensor, n_values: int) -> tuple[list, list]:
    """L-BFGS of SciPy on the mean cross-entropy and the ridge, by its own gradient."""
    from scipy.optimize import minimize  # slow to import

    rows, width = x.shape
    inputs = torch.nn.functional.pad(x, (0, 1), value=1.0)  # the intercept is last
    wanted = inputs.new_zeros(n_values, width + 1).index_add_(0, labels, inputs).T
    own = labels[:, None]
    shape = (width + 1, n_values)

    def cost(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = torch.from_numpy(flat).to(x.device).view(shape)
        log_p = torch.log_softmax(inputs @ weights, 1)
        loss = weights[:-1].square().sum() / 2 - log_p.gather(1, own).sum()
        slope = inputs.T @ log_p.exp_() - wanted
        slope[:-1] += weights[:-1]
        return float(loss) / rows, (slope / rows).flatten().cpu().numpy()

    found = minimize(
        cost,
        np.zeros(shape[0] * shape[1]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 1000, "gtol": 1e-6, "ftol": 1e-12},
    )
    weights = torch.from_numpy(found.x).to(x.device).view(shape)
    return [weights[:-1]], [weights[-1]]


def _perceptron(
    x: Tensor, labels: Tensor, n_values: int, seed: int
) -> tuple[list, list]:
    """Train; where all ReLUs of a layer died, the answers are alike: start afresh."""
    weights, biases = _trained(x, labels, n_values, seed)
    for attempt in range(1, _TRIES):
        answers = _forward(x, weights, biases)
        dead = (answers.std(-2) < 1e-6 * (1 + answers.abs().amax(-2))).all(-1)
        if not bool(dead.any()) or not bool(x.any()):
            break
        again = _trained(
            x, labels[dead] if dead.ndim else labels, n_values, seed + attempt
        )
        for parts, fresh in zip((weights, biases), again, strict=True):
            for place, part in enumerate(fresh):
                parts[place] = (
                    part if not dead.ndim else _replaced(parts[place], dead, part)
                )
    return weights, biases


def _replaced(parts: Tensor, place: Tensor, fresh: Tensor) -> Tensor:
    parts = parts.clone()
    parts[place] = fresh
    return parts


def _trained(x: Tensor, labels: Tensor, n_values: int, seed: int) -> tuple[list, list]:
    """One network a factor, side by side: Adam never mixes them."""
    source = torch.Generator().manual_seed(seed)
    start, end = x.shape[1], n_values
    least = _LEAST_UNITS if start < _FEW_FEATURES else 1
    hidden = (round(start - (start - end) / 3), round(end + (start - end) / 3))
    widths = [start, *(max(least, width) for width in hidden), end]
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


def _check_shapes(
    features: Tensor, labels: Tensor, n_values: int, names: tuple[str, str]
) -> None:
    if features.ndim != 2 or labels.shape != features.shape[:1] or not len(labels):
        raise ValueError(
            f"{names[0]}, {names[1]}: got {tuple(features.shape)} and "
            f"{tuple(labels.shape)}; give (n, d) and (n,), n at least 1"
        )
    high = int(labels.max())
    if n_values < 2 or high >= n_values:
        raise ValueError(
            f"{names[1]}: go up to {high}; with n_values = {n_values} give 0 to "
            "n_values - 1, and at least 2 values"
        )
