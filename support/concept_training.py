"""Train a concept model and score it: the calls that lesson and exercises share."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from support.losses.concepts import concept_objective
from support.metrics.probes import conditional_entropy, fit_probe
from support.models.coders import mlp, resnet20
from support.models.concepts import ConceptModel, ConceptOutput
from support.training import History, fit, generator, seeded_init

__all__ = [
    "LeakMeter",
    "build_concept_model",
    "concept_accuracy",
    "fit_concepts",
    "paper_recipe",
    "predict",
    "task_accuracy",
]


def build_concept_model(
    x: Tensor,
    n_concepts: int,
    n_classes: int,
    kind: str,
    *,
    backbone: str = "mlp",
    seed: int = 0,
    **options: Any,
) -> ConceptModel:
    """Build a model for inputs like ``x``; one seed, one encoder for all kinds.

    Args:
        x: (n, ...) inputs; their shape and device decide the encoder's.
        n_concepts: number of binary concepts.
        n_classes: number of labels.
        kind: see `support.models.concepts.ConceptModel`, as are ``options``.
        backbone: ``"mlp"`` (256-128, or 128-64 below 200 numbers a sample) or
            ``"resnet20"``.
        seed: of the initial weights.

    Returns:
        The model, on the device of ``x``.

    Raises:
        ValueError: the backbone is unknown, or as in `ConceptModel`.
    """
    width = n_concepts * (2 if kind == "cem" else 1)
    with seeded_init(seed, "initialisation"):
        if backbone == "mlp":
            features = x[0].numel()
            hidden = [256, 128] if features >= 200 else [128, 64]
            encoder: torch.nn.Module = mlp(features, hidden, width)
        elif backbone == "resnet20":
            encoder = resnet20(x.shape[1], width)
        else:
            raise ValueError(f"backbone: got {backbone!r}; give 'mlp' or 'resnet20'")
        model = ConceptModel(encoder, n_concepts, n_classes, kind, **options)
    return model.to(x.device)


def paper_recipe(model: ConceptModel) -> dict[str, Any]:
    """Optimiser, schedule, epochs and batch of the authors' sprite experiments.

    SGD with rate 0.006 (0.003 for a batch of 64, scaled to 128), momentum 0.9,
    weight decay 4e-5, rate times 0.1 at epochs 20 and 40 of 50.

    Args:
        model: what will be trained.

    Returns:
        Keyword arguments of `fit_concepts`.

    Source: authors' code of *There Was Never a Bottleneck in Concept Bottleneck
    Models* (ICLR 2026), MPI3D and Shapes3D.
    """
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.006, momentum=0.9, weight_decay=4e-5
    )
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [20, 40], 0.1)
    return {
        "optimizer": optimizer,
        "scheduler": scheduler,
        "epochs": 50,
        "batch_size": 128,
    }


def predict(model: ConceptModel, x: Tensor, *, batch_size: int = 2048) -> ConceptOutput:
    """Run a model in evaluation mode, in batches, without gradients.

    Args:
        model: any kind.
        x: (n, ...) inputs on the model's device, n at least 1.
        batch_size: bounds the memory.

    Returns:
        A `ConceptOutput` of n rows; the model's mode is put back.

    Raises:
        ValueError: there are no inputs.
    """
    if not len(x):
        raise ValueError("x: no inputs; give at least one")
    training = model.training
    model.eval()
    with torch.no_grad():
        parts = [model(batch) for batch in x.split(batch_size)]
    model.train(training)
    fields = zip(*parts, strict=True)
    return ConceptOutput(
        *(None if field[0] is None else torch.cat(field) for field in fields)
    )


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
