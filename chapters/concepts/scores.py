"""Score concept models: accuracy, leak, what interventions do.

Everything here takes codes and logits, so a reader's own method is scored by
the very functions that score the paper's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from support.data.concept_tasks import ConceptTask
from support.data.factors import concept_ceiling
from support.data.spirals import Spirals
from support.metrics.calibration import brier, ece
from support.metrics.explanations import intervention_curve, uncertainty_order
from support.metrics.probes import conditional_entropy, fit_probe
from support.metrics.similarity import linear_cka
from support.models.concepts import (
    ConceptHead,
    ConceptModel,
    ConceptOutput,
    Settings,
    class_means,
)
from support.training import predict, require_tensor

__all__ = [
    "LeakMeter",
    "beyond_concepts",
    "calibration",
    "ceiling_by_chance",
    "concept_accuracy",
    "correction_curve",
    "most_striped",
    "never_said",
    "score_code",
    "score_method",
    "score_model",
    "sigmoid_sums",
    "stripe_width",
    "task_accuracy",
]


def concept_accuracy(c_logits: Tensor, c: Tensor) -> float:
    """Share of right concepts, over samples and concepts; logits above 0 say yes.

    >>> concept_accuracy(torch.tensor([[1.0, -1.0]]), torch.tensor([[1.0, 1.0]]))
    0.5
    """
    return float(((c_logits > 0) == (c > 0.5)).double().mean())


def task_accuracy(y_logits: Tensor, y: Tensor) -> float:
    """Share of right labels.

    >>> task_accuracy(torch.tensor([[0.0, 1.0]]), torch.tensor([1]))
    1.0
    """
    return float((y_logits.argmax(1) == y).double().mean())


def ceiling_by_chance(
    rows: int, columns: int, n_classes: int, generator: torch.Generator
) -> float:
    """Ceiling of the concepts for one random table of a size, labels equally frequent.

    Args:
        rows: combinations of concepts.
        columns: combinations of the nuisances that the label needs.
        n_classes: labels.
        generator: draws the table.
    """
    cells = torch.randperm(rows * columns, generator=generator)
    table = cells.view(rows, columns) * n_classes // (rows * columns)
    return concept_ceiling(table, n_classes)


class LeakMeter:
    r"""URR of several nuisances given the concepts, for one model after another.

    $\hat H(N\mid C)$ does not depend on the model, so it is measured once; the
    result equals `support.metrics.probes.urr` with ``given`` the concepts.  The
    *mlp* probes of nuisances with equally many values are fitted side by side.

    Args:
        c_train: (n, k) concepts, training split.
        c_test: (m, k) concepts, test split.
        nuisances: name to (train (n,), test (m,), number of values).
        probe: see `support.metrics.probes.fit_probe`.
        estimator: see `support.metrics.probes.conditional_entropy`.
        seed: of the probes.
    """

    def __init__(
        self,
        c_train: Tensor,
        c_test: Tensor,
        nuisances: Mapping[str, tuple[Tensor, Tensor, int]],
        *,
        probe: str = "mlp",
        estimator: str = "cross_entropy",
        seed: int = 0,
    ) -> None:
        self.c_train, self.c_test = c_train.float(), c_test.float()
        self.nuisances = dict(nuisances)
        self.probe, self.estimator, self.seed = probe, estimator, seed
        self.known = self._entropies(self.c_train, self.c_test)

    def __call__(self, z_train: Tensor, z_test: Tensor) -> dict[str, float]:
        """URR of each nuisance from (n, d) and (m, d) representations."""
        told = self._entropies(
            torch.cat([z_train, self.c_train.to(z_train)], dim=1),
            torch.cat([z_test, self.c_test.to(z_test)], dim=1),
        )
        result = {}
        for name, (_, test, n_values) in self.nuisances.items():
            shares = torch.bincount(test, minlength=n_values).double() / len(test)
            total = float(torch.special.entr(shares).sum())
            result[name] = (self.known[name] - told[name]) / total
        return result

    def _entropies(self, train: Tensor, test: Tensor) -> dict[str, float]:
        """H(nuisance | features); nuisances with equally many values together."""
        entropies = {}
        for n_values, names in self._batches():
            labels = torch.stack([self.nuisances[name][0] for name in names])
            labels = labels if len(names) > 1 else labels[0]
            fitted = fit_probe(
                train, labels, n_values, probe=self.probe, seed=self.seed
            )
            logits = fitted.logits(test)
            for name, part in zip(
                names, logits.view(-1, *logits.shape[-2:]), strict=True
            ):
                truth = self.nuisances[name][1]
                entropies[name] = conditional_entropy(part, truth, self.estimator)
        return entropies

    def _batches(self) -> list[tuple[int, list[str]]]:
        sizes = {name: entry[2] for name, entry in self.nuisances.items()}
        if self.probe != "mlp":
            return [(size, [name]) for name, size in sizes.items()]
        return [
            (size, [name for name in sizes if sizes[name] == size])
            for size in sorted(set(sizes.values()))
        ]


def score_code(
    task: ConceptTask,
    meter: LeakMeter,
    z_train: Tensor,
    z_test: Tensor,
    y_logits: Tensor,
    c_logits: Tensor | None = None,
) -> dict[str, float]:
    """One row of the comparison, from a code and its predictions.

    Args:
        task: what was learned.
        meter: measures the leak.
        z_train: (n, d) code of the training split.
        z_test: (m, d) code of the test split.
        y_logits: (m, K) task logits of the test split.
        c_logits: (m, k) concept logits, where the model has them.

    Returns:
        Task accuracy, the same minus the ceiling, concept accuracy, URR of each
        nuisance, linear CKA of code and concepts.
    """
    accuracy = task_accuracy(y_logits, task.y_test)
    row = {"task accuracy": accuracy, "minus ceiling": accuracy - task.ceiling}
    if c_logits is not None:
        row["concept accuracy"] = concept_accuracy(c_logits, task.c_test)
    leaks = meter(z_train, z_test)
    row |= {f"URR {name}": value for name, value in leaks.items()}
    return row | {"CKA(z, c)": linear_cka(z_test, task.c_test, unbiased=False)}


def score_model(
    task: ConceptTask, meter: LeakMeter, model: ConceptModel
) -> dict[str, float]:
    """One row of the comparison, from a `ConceptModel`; see `score_code`."""
    known, new = predict(model, task.x_train), predict(model, task.x_test)
    return score_code(task, meter, known.z, new.z, new.y_logits, new.c_logits)


def score_method(
    method: Callable[..., Any], task: ConceptTask, meter: LeakMeter, seed: int
) -> dict[str, float]:
    """Train and score a reader's own method.

    Args:
        method: called as ``method(x_train, c_train, y_train, n_classes, seed,
            device)``; returns an object with ``encode(x)`` -> (n, d) and
            ``predict(z)`` -> (n, K) logits.
        task: what to learn.
        meter: measures the leak.
        seed: handed to the method.

    Returns:
        The row of `score_code`.

    Raises:
        ValueError: a code or logits of another shape, or not finite.
    """
    model = method(
        task.x_train,
        task.c_train,
        task.y_train,
        task.n_classes,
        seed,
        task.x_train.device,
    )

    def code(x: Tensor) -> Tensor:
        z = model.encode(x)
        return require_tensor(z, shape=(len(x), -1), what="what encode returned")

    with torch.no_grad():
        known, new = code(task.x_train), code(task.x_test)
        logits = require_tensor(
            model.predict(new),
            shape=(len(task.x_test), task.n_classes),
            what="what predict returned",
        )
    return score_code(task, meter, known, new, logits)


def correction_curve(
    model: ConceptModel,
    known: ConceptOutput,
    new: ConceptOutput,
    c: Tensor,
    y: Tensor,
    settings: Settings | None = None,
) -> Tensor:
    """Task error as concepts are set to the truth, least certain first.

    Args:
        model: any kind but *vanilla*.
        known: its predictions on the training split, which decide the order.
        new: its predictions on the test split.
        c: (m, k) true concepts of the test split.
        y: (m,) labels of the test split.
        settings: what to write, for a *cbm*.

    Returns:
        (k + 1,) errors; see `support.metrics.explanations.intervention_curve`.

    Raises:
        ValueError: the model is *vanilla*.
    """
    if known.c_logits is None:
        raise ValueError("known: a vanilla model has no concepts; give another kind's")

    def intervene(z: Tensor, c: Tensor, mask: Tensor) -> Tensor:
        return model.intervene(z, c, mask, settings)[0]

    order = uncertainty_order(torch.sigmoid(known.c_logits))
    return intervention_curve(intervene, new.z, c, y, order)


def beyond_concepts(model: ConceptModel, task: ConceptTask) -> float:
    """How far the answers of two pictures differ once all their concepts are set alike.

    Args:
        model: of kind *mcbm* or *hard*.
        task: its test pictures, each compared with another one.

    Returns:
        The largest difference of task logits; 0 where concepts alone decide.
    """
    z = predict(model, task.x_test).z
    every = torch.ones_like(task.c_test, dtype=torch.bool)
    with torch.no_grad():
        here, _ = model.intervene(z, task.c_test, every)
        there, _ = model.intervene(z.flip(0), task.c_test, every)
    return float((here - there).abs().max())


def most_striped(z: Tensor, c: Tensor, nuisance: Tensor) -> tuple[int, list[int]]:
    """Find the component that a nuisance moves most inside its concept.

    Args:
        z: (n, k) components.
        c: (n, k) concepts in {0, 1}.
        nuisance: (n,) integers.

    Returns:
        The component, and the two values of the nuisance that lie lowest and
        highest on it: the largest share of the variance that is left when the
        concept is known lies between those of the nuisance.

    >>> c = torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> moved = torch.tensor([[0.1, 1.0], [0.1, 1.0], [0.0, 0.0], [0.0, 0.0]])
    >>> most_striped(c + moved, c, torch.tensor([1, 1, 0, 0]))[1]
    [0, 1]
    """
    rest = _within(z, c)
    values = nuisance.unique()
    level = torch.stack([rest[nuisance == value].mean(0) for value in values])
    share = level.var(0) / rest.var(0).clamp_min(1e-12)
    component = int(share.argmax())
    order = level[:, component].argsort()
    return component, values[order[[0, -1]]].tolist()


def never_said(model: ConceptModel, task: ConceptTask) -> dict[str, int]:
    """Count the concepts that tiny ReLU heads never say of any test picture.

    Args:
        model: with ``concept_head="mlp"``.
        task: its test pictures.

    Returns:
        ``never``, concepts without a single yes, and ``silent``, those of them whose
        three hidden units are all 0 for every picture.
    """
    out = predict(model, task.x_test)
    if not isinstance(model.concept_head, ConceptHead) or out.c_logits is None:
        raise ValueError("model: its concepts have no heads; give concept_head='mlp'")
    never = (out.c_logits <= 0).all(0)
    silent = (model.concept_head.hidden(out.z) == 0).all(0).all(1)
    return {"never": int(never.sum()), "silent": int((never & silent).sum())}


def stripe_width(
    z: Tensor, c: Tensor, nuisance: Tensor, levels: Sequence[int]
) -> Tensor:
    """Distance that two values of a nuisance keep inside the same concept.

    Args:
        z: (n, k) components.
        c: (n, k) concepts in {0, 1}.
        nuisance: (n,) integers.
        levels: the two values.

    Returns:
        (k,) absolute differences of mean, in the unit of the components.

    >>> c = torch.tensor([[0.0], [0.0], [1.0], [1.0]])
    >>> z = torch.tensor([[0.0], [1.0], [5.0], [6.0]])
    >>> stripe_width(z, c, torch.tensor([0, 1, 0, 1]), [0, 1])
    tensor([1.])
    """
    rest = _within(z, c)
    low, high = (rest[nuisance == level].mean(0) for level in levels)
    return (high - low).abs()


def sigmoid_sums(net: nn.Module, *, side: int = 60, limit: float = 2.5) -> Tensor:
    """Sums of a network's sigmoids over a square of the plane.

    Args:
        net: (n, 2) points to (n, k) logits.
        side: points a side.
        limit: the square is [-limit, limit] on both axes.

    Returns:
        (side, side), rows along the second coordinate; 1 where the sigmoids form
        a distribution.
    """
    line = torch.linspace(-limit, limit, side)
    points = torch.cartesian_prod(line, line).flip(1)
    points = points.to(next(net.parameters()).device)
    return torch.sigmoid(predict(net, points)).sum(1).view(side, side).cpu()


def calibration(net: nn.Module, arms: Spirals, *, sigmoids: bool) -> dict[str, float]:
    """Accuracy, calibration error and Brier score on the spiral's test points.

    Args:
        net: (n, 2) points to (n, k) logits.
        arms: the points.
        sigmoids: the logits are of k separate questions; their probabilities are
            divided by their sum, so that all heads are scored alike.
    """
    device = next(net.parameters()).device
    z = predict(net, arms.x_test.to(device)).cpu()
    p = torch.sigmoid(z) if sigmoids else z.softmax(1)
    p = p / p.sum(1, keepdim=True)
    return {
        "accuracy": task_accuracy(z, arms.c_test),
        "ECE": ece(p, arms.c_test),
        "Brier": brier(p, arms.c_test),
    }


def _within(z: Tensor, c: Tensor) -> Tensor:
    """What is left of each component when the mean of its concept is taken off."""
    means = class_means(z, c)
    return z - torch.where(c > 0.5, means.yes, means.no)
