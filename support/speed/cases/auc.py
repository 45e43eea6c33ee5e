"""Areas under the ROC curve: exact by ranks, and smooth as losses."""

from typing import Any

import torch
from torch import Tensor

from support.losses.auc import ovo_loss, ovr_loss
from support.losses.pairwise import pairwise_sigmoid
from support.metrics.auc import auc_binary, auc_multiclass
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_CLASSES = 4


def _two_classes(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(size) % 2
    scores = torch.randn(size, generator=generator) + labels
    return scores.to(device), labels.to(device)


def _classes(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(size) % _CLASSES
    scores = torch.randn(size, _CLASSES, generator=generator)
    scores[torch.arange(size), labels] += 1
    return scores.softmax(1).to(device), labels.to(device)


def _trained(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    probs, labels = _classes(size, seed, device)
    return probs.log().requires_grad_(), labels


def _sklearn_binary(scores: Any, labels: Any) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))


def _sklearn_classes(scores: Any, labels: Any) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores, multi_class="ovo"))


def _torchmetrics_binary(scores: Tensor, labels: Tensor) -> Tensor:
    from torchmetrics.functional.classification import binary_auroc

    return binary_auroc(scores, labels)


def _torchmetrics_classes(scores: Tensor, labels: Tensor) -> Tensor:
    from torchmetrics.functional.classification import multiclass_auroc

    return multiclass_auroc(scores, labels, _CLASSES)


def _with_gradient(loss: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    return loss, torch.autograd.grad(loss, scores)[0]


def _our_pairs(scores: Tensor, labels: Tensor) -> Tensor:
    return pairwise_sigmoid(scores[labels == 1], scores[labels == 0], delta=3.0)


def _plain_pairs(scores: Tensor, labels: Tensor) -> Tensor:
    """The definition in one line: every difference, every sigmoid, their mean."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    return torch.sigmoid(3.0 * (positive[:, None] - negative[None, :])).mean()


def _plain_ovo(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The double sum over classes as it stands in the definition."""
    probs = scores.softmax(1)
    total = probs.new_zeros(())
    for i in range(_CLASSES):
        for j in range(_CLASSES):
            if i != j:
                own, other = probs[labels == i, i], probs[labels == j, i]
                total = total + torch.sigmoid(own[:, None] - other[None, :]).mean()
    return _with_gradient(1 - total / (_CLASSES * (_CLASSES - 1)), scores)


def _plain_ovr(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Each class against all the others, as it stands in the definition."""
    probs = scores.softmax(1)
    total = probs.new_zeros(())
    for i in range(_CLASSES):
        own, other = probs[labels == i, i], probs[labels != i, i]
        total = total + torch.sigmoid(own[:, None] - other[None, :]).mean()
    return _with_gradient(1 - total / _CLASSES, scores)


COMPARISONS = [
    Comparison(
        name="AUC, two classes",
        kernel="support.metrics.auc.auc_binary",
        peer="sklearn.metrics.roc_auc_score",
        package="scikit-learn",
        make=_two_classes,
        ours=auc_binary,
        theirs=_sklearn_binary,
        translate=to_numpy,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="AUC, two classes",
        kernel="support.metrics.auc.auc_binary",
        peer="torchmetrics.functional.classification.binary_auroc",
        package="torchmetrics",
        make=_two_classes,
        ours=auc_binary,
        theirs=_torchmetrics_binary,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-5,
        note="in single precision",
    ),
    Comparison(
        name="AUC, four classes, one against one",
        kernel="support.metrics.auc.auc_multiclass",
        peer="sklearn.metrics.roc_auc_score",
        package="scikit-learn",
        make=_classes,
        ours=auc_multiclass,
        theirs=_sklearn_classes,
        translate=to_numpy,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="AUC, four classes, one against rest",
        kernel="support.metrics.auc.auc_multiclass",
        peer="torchmetrics.functional.classification.multiclass_auroc",
        package="torchmetrics",
        make=_classes,
        ours=lambda scores, labels: auc_multiclass(scores, labels, "ovr"),
        theirs=_torchmetrics_classes,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-5,
        note="in single precision",
    ),
    Comparison(
        name="smooth AUC of two classes",
        kernel="support.losses.pairwise.pairwise_sigmoid",
        peer="the definition in plain torch, written here",
        make=_two_classes,
        ours=_our_pairs,
        theirs=_plain_pairs,
        sizes=(100, 1_000, 10_000),
        tolerance=1e-5,
    ),
    Comparison(
        name="one-against-one AUC loss and its gradient",
        kernel="support.losses.auc.ovo_loss",
        peer="the definition in plain torch, written here",
        make=_trained,
        ours=lambda scores, labels: _with_gradient(ovo_loss(scores, labels), scores),
        theirs=_plain_ovo,
        sizes=(64, 512, 5_120),
        tolerance=1e-5,
    ),
    Comparison(
        name="one-against-rest AUC loss and its gradient",
        kernel="support.losses.auc.ovr_loss",
        peer="the definition in plain torch, written here",
        make=_trained,
        ours=lambda scores, labels: _with_gradient(ovr_loss(scores, labels), scores),
        theirs=_plain_ovr,
        sizes=(64, 512, 5_120),
        tolerance=1e-5,
    ),
]
