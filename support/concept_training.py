"""Train a concept model and score it: the calls that lesson and exercises share."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from support.losses.concepts import concept_objective
from support.metrics.probes import conditional_entropy, fit_probe
from support.models.concepts import ConceptModel
from support.training import History, fit, generator

__all__ = ["LeakMeter", "concept_accuracy", "fit_concepts", "task_accuracy"]


def fit_concepts(
    model: ConceptModel,
    x: Tensor,
    c: Tensor,
    y: Tensor,
    *,
    beta: float = 1.0,
    gamma: float = 0.0,
    pos_weight: Tensor | None = None,
    epochs: int = 20,
    seed: int = 0,
    batch_size: int = 128,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: Any | None = None,
    input_noise: float = 0.0,
    label: str = "",
    checkpoint: str | None = None,
) -> History:
    r"""Train a concept model on $\mathcal L$ of `concept_objective`.

    Args:
        model: any kind; trained in place, on its own device.
        x: (n, ...) inputs.
        c: (n, k) concepts in {0, 1}.
        y: (n,) labels.
        beta: weight of the concepts.
        gamma: weight of the third term; models but *mcbm* are trained with 0.
        pos_weight: see `support.losses.concepts.concept_cross_entropy`.
        epochs: passes over the data.
        seed: of the batches' order and of all noise.
        batch_size: samples a step.
        optimizer: by default Adam with rate 1e-3.
        scheduler: by default the rate falls to a fifth after 60 % of the epochs.
        input_noise: standard deviation of fresh noise on the inputs.
        label: the progress bar's name.
        checkpoint: a file to resume from.

    Returns:
        Epoch means of ``loss``, ``task``, ``concepts`` and ``penalty`` (those
        that the model has).

    Raises:
        ValueError: ``gamma`` is not 0 for a model that is no *mcbm*, or an
            input does not fit (see the loss).
    """
    if gamma and model.kind != "mcbm":
        raise ValueError(f"gamma: got {gamma}; a {model.kind} model has no third term")
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    scheduler = scheduler or torch.optim.lr_scheduler.StepLR(
        optimizer, max(1, round(0.6 * epochs)), 0.2
    )

    def step(x: Tensor, c: Tensor, y: Tensor) -> dict[str, Tensor]:
        if input_noise:
            x = x + input_noise * torch.randn_like(x)
        out = model(x)
        return concept_objective(
            out.y_logits,
            out.c_logits,
            out.z,
            y,
            c,
            beta=beta,
            gamma=gamma,
            pos_weight=pos_weight,
        )

    return fit(
        step,
        model,
        (x, c, y),
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        scheduler=scheduler,
        generator=generator(seed, "batches"),
        label=label,
        checkpoint=checkpoint,
    )


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


class LeakMeter:
    r"""URR of several nuisances given the concepts, for one model after another.

    $\hat H(N\mid C)$ does not depend on the model, so it is measured once; the
    result equals `support.metrics.probes.urr` with ``given`` the concepts.

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
        self.known = {name: self._entropy(name, None, None) for name in nuisances}

    def __call__(self, z_train: Tensor, z_test: Tensor) -> dict[str, float]:
        """URR of each nuisance from (n, d) and (m, d) representations."""
        result = {}
        for name, (_, test, n_values) in self.nuisances.items():
            shares = torch.bincount(test, minlength=n_values).double() / len(test)
            total = float(torch.special.entr(shares).sum())
            removed = self.known[name] - self._entropy(name, z_train, z_test)
            result[name] = removed / total
        return result

    def _entropy(self, name: str, train: Tensor | None, test: Tensor | None) -> float:
        n_train, n_test, n_values = self.nuisances[name]
        if train is None or test is None:
            before, after = self.c_train, self.c_test
        else:
            before = torch.cat([train, self.c_train.to(train)], dim=1)
            after = torch.cat([test, self.c_test.to(test)], dim=1)
        fitted = fit_probe(before, n_train, n_values, probe=self.probe, seed=self.seed)
        return conditional_entropy(fitted.logits(after), n_test, self.estimator)
