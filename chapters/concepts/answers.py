"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.stats import norm
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.concepts.scores import LeakMeter, concept_accuracy, task_accuracy
from chapters.concepts.systems import RECIPE, build_concept_model
from support.data.concept_tasks import ConceptTask, load_concept_task
from support.exercises import check, expect, judged
from support.losses.concepts import concept_cross_entropy
from support.losses.information import gaussian_kl
from support.models.coders import mlp
from support.models.concepts import ConceptHead
from support.training import generator, predict, seeded_init

__all__ = ["bottleneck", "ceiling", "derivation", "repair", "room"]

Reader = Callable[..., Any]


def ceiling(function: Reader) -> bool:
    """Hold a ceiling to weighted tables of labels."""

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, int]:
        n_classes = int(rng.integers(2, 5))
        rows, columns = rng.integers(2, 9, size=2)
        weights = torch.from_numpy(rng.dirichlet(np.ones(rows * columns)))
        table = torch.from_numpy(rng.integers(0, n_classes, (rows, columns)))
        return table, weights.view(int(rows), int(columns)), n_classes

    def wanted(table: Tensor, weights: Tensor, n_classes: int) -> float:
        shares = [(weights * (table == y)).sum(1) for y in range(n_classes)]
        return float(torch.stack(shares).amax(0).sum())

    return check(
        function, against=wanted, inputs=inputs, tolerance=1e-9, what="1, the ceiling"
    )


def derivation(logit: Reader, factor: Reader) -> bool:
    """Hold a posterior logit to two densities, and a factor to two divergences."""

    def exact_logit(z: float, scale: float, s: float, share: float) -> float:
        odds = norm.logpdf(z, scale, s) - norm.logpdf(z, -scale, s)
        return float(odds + np.log(share) - np.log1p(-share))

    def exact_factor(var_z: float) -> float:
        log_var = torch.tensor([var_z], dtype=torch.float64).log()
        near, far = (
            gaussian_kl(torch.full_like(log_var, at), log_var * 0, log_var * 0, log_var)
            for at in (0.0, 1.0)
        )
        return float(far - near)

    first = check(
        logit,
        against=exact_logit,
        inputs=lambda rng: (rng.normal(), *rng.uniform(0.2, 0.8, 3)),
        tolerance=1e-8,
        what="2a, the logit",
    )
    return first & check(
        factor,
        against=exact_factor,
        inputs=lambda rng: (rng.uniform(0.5, 4),),
        tolerance=1e-8,
        what="2b, the factor",
    )


def bottleneck(third_term: Reader, what_the_heads_see: Reader) -> bool:
    """Hold a third term to its divergence, and a model trained with it to its leak."""

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        c, known = torch.from_numpy(rng.integers(0, 2, (2, 6, 4))).float()
        return torch.from_numpy(rng.normal(size=(6, 4))).float(), c, known

    def wanted(z: Tensor, c: Tensor, known: Tensor) -> Tensor:
        distance = (z - torch.where(c > 0.5, 3.0, -3.0)).square() / 5
        return (distance * known).sum() / len(z)

    if not check(
        third_term,
        against=wanted,
        inputs=inputs,
        tolerance=1e-5,
        what="3, the third term",
    ):
        return False

    def spread() -> bool:
        still = torch.zeros(20_000, 1)
        with seeded_init(0, "noise"):
            noise = torch.as_tensor(what_the_heads_see(still))
        return expect(
            noise.shape == still.shape
            and abs(float(noise.std()) - 1) < 0.05
            and abs(float(noise.mean())) < 0.05,
            f"of {len(still)} zeros came shape {tuple(noise.shape)}, mean "
            f"≈ {float(noise.mean()):.3f}, standard deviation "
            f"≈ {float(noise.std()):.3f}; wanted the same shape, 0 and 1",
            what="3, the noise",
        )

    def trained() -> bool:
        task, meter = _task()
        model = build_concept_model(task.x_train, 9, 3, "mcbm", sigma=0.0, seed=0)

        def step(x: Tensor, c: Tensor, y: Tensor) -> Tensor:
            z = model.encoder(x)
            seen = what_the_heads_see(z)
            heads = cross_entropy(model.task_head(seen), y) + concept_cross_entropy(
                model.concept_head(seen), c
            )
            return heads + 3 * third_term(z, c, torch.ones_like(c))

        _fit(model, step, task, 20)
        out = predict(model, task.x_test)
        leak = _leak(meter, predict(model, task.x_train).z, out.z)
        gap = abs(task_accuracy(out.y_logits, task.y_test) - task.ceiling)
        return expect(
            leak < 0.1 and gap < 0.06,
            f"the mean URR is ≈ {leak:.3f} (wanted below 0.1), the distance to the "
            f"ceiling is ≈ {gap:.3f} (wanted below 0.06)",
            what="3, the bottleneck",
        )

    return judged(spread, "3, the noise") and judged(trained, "3, the bottleneck")


def repair(silent_concepts: Reader, affine_heads: Reader) -> bool:
    """Hold a diagnosis to heads silent, unfinished and well; heads to two samples."""

    def inputs(rng: np.random.Generator) -> tuple[ConceptHead, Tensor]:
        with seeded_init(int(rng.integers(2**31)), "head"):
            head = ConceptHead(6, "mlp")
        order = rng.permutation(6)
        with torch.no_grad():
            head.bias_in[order[:2]] = -50.0
            head.bias_in[order[2], 0] = -50.0  # one silent unit of three
            head.bias_in[order[3]] = 5.0
            head.bias_out[order[3]] = -50.0  # never a yes, of units awake
        return head, torch.from_numpy(rng.normal(size=(50, 6))).float()

    def silent(head: ConceptHead, z: Tensor) -> list[int]:
        top = head.hidden(z).detach().amax((0, 2))
        return [j for j in range(z.shape[1]) if float(top[j]) == 0]

    def repaired() -> bool:
        source = np.random.default_rng(0)
        c = torch.from_numpy(source.random((8000, 3)) < [0.1, 0.3, 0.7]).float()
        noise = torch.from_numpy(source.normal(size=(8000, 3))).float()
        z = (6 * c - 3) * torch.tensor([0.5, 1.0, -1.0]) + noise + 4.0
        a, b = affine_heads(z[:4000], c[:4000])
        # The best answer of somebody who knows means, spread and shares.
        share = torch.tensor([0.1, 0.3, 0.7])
        slope = torch.tensor([3.0, 6.0, -6.0])
        best = slope * (z[4000:] - 4) + torch.logit(share)
        distance = float((z[4000:] * a + b - best).abs().mean())
        right = concept_accuracy(z[4000:] * a + b, c[4000:])
        return expect(
            distance < 0.5,
            f"your logits are off by ≈ {distance:.2f} on average (wanted below 0.5); "
            f"their signs give concept accuracy ≈ {right:.3f}",
            what="4b, the repair",
            tried="4,000 new samples of three concepts, unequal shares, means off 0",
        )

    return check(
        silent_concepts, against=silent, inputs=inputs, what="4a, the silent"
    ) & judged(repaired, "4b, the repair")


def room(model_class: Reader) -> bool:
    """Train a reader's model with a rest, and ask for accuracy, leak and concepts."""

    def judge() -> bool:
        task, meter = _task()
        with seeded_init(0, "rest"):
            model = model_class(mlp(768, [256, 128], 17))
        _fit(model, model.loss, task, 30)
        with torch.no_grad():
            known = model.split(task.x_train)[0]
            new, rest = model.split(task.x_test)
            right = task_accuracy(model.classify(new, rest), task.y_test)
        concepts = concept_accuracy(new, task.c_test)
        leak = _leak(meter, known, new)
        return expect(
            right > task.ceiling + 0.15 and leak <= 0.06 and concepts > 0.98,
            f"task accuracy is ≈ {right:.3f} (wanted above the ceiling by 0.15: "
            f"≈ {task.ceiling + 0.15:.3f}), mean URR of the concepts' components "
            f"≈ {leak:.3f} (wanted at most 0.06), their signs give concept "
            f"accuracy ≈ {concepts:.3f} (wanted above 0.98)",
            what="5, the rest",
        )

    return judged(judge, "5, the rest")


@cache
def _task() -> tuple[ConceptTask, LeakMeter]:
    task = load_concept_task("embedded", 0)
    return task, LeakMeter(task.c_train, task.c_test, task.nuisances)


def _leak(meter: LeakMeter, known: Tensor, new: Tensor) -> float:
    return float(np.mean(list(meter(known, new).values())))


def _fit(model: nn.Module, step: Reader, task: ConceptTask, epochs: int) -> None:
    replace(RECIPE, epochs=epochs).fit(
        step,
        model,
        (task.x_train, task.c_train, task.y_train),
        generator=generator(0, "batches"),
        label="exercise",
    )
