"""What is measured of a segmenter, beside what probes read off its code."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from chapters.nmf_segmentation.audit import positive_relevance
from chapters.nmf_segmentation.data import Data
from chapters.nmf_segmentation.probing import Factor
from chapters.nmf_segmentation.systems import ALPHA, SETTINGS, code
from support.losses.nmf_segmentation import masked_bce, nmf_segmentation
from support.metrics.compactness import effective_number, mass_number
from support.models.segmenter import NMFSegmenter
from support.scalars import whole
from support.segmentation.experiment import log_spectrogram, to_sound
from support.segmentation.scoring import explained_variance, task_f1
from support.training import predict

__all__ = [
    "Excited",
    "always_on",
    "dead_weight",
    "excited",
    "measures",
    "pattern",
    "pull",
    "relevances",
    "spreads",
    "unevenness",
]

_LOUD = 5.0  # of a log spectrogram: what speech has at its loudest


def measures(model: NMFSegmenter, data: Data) -> dict[str, float]:
    """Score a segmenter on the test chunks.

    Returns:
        ``F1`` of each task by duration and their mean; ``EV``, the share of the
        spectrogram's variance that the code explains, at most 1; ``zeros``, the share
        of the code that is 0; ``n80``, components that hold 80 % of a class's
        positive relevance, mean of the classes that have any; ``n80 spread``, the
        same of `spreads`.
    """
    h, logits, recon = predict(model, data.x_test, batch_size=32)
    by_task = task_f1(logits, data.y_test).tolist()
    found = relevances(model, data)
    return {
        "F1": sum(by_task) / len(by_task),
        **{f"F1 {task}": f1 for task, f1 in zip(data.tasks, by_task, strict=True)},
        "EV": explained_variance(data.x_test, recon),
        "zeros": float((h == 0).double().mean()),
        "n80": float(mass_number(found).nanmean()),
        "n80 spread": float(mass_number(spreads(model, data)).nanmean()),
    }


def always_on(data: Data) -> dict[str, float]:
    """F1 on the test chunks of an answer that hears nothing: all tasks, always."""
    yes = torch.ones_like(data.y_test)
    by_task = task_f1(yes, data.y_test).tolist()
    named = {f"F1 {task}": f1 for task, f1 in zip(data.tasks, by_task, strict=True)}
    return {"F1": sum(by_task) / len(by_task), **named}


def relevances(model: NMFSegmenter, data: Data) -> Tensor:
    """(C, K) mean positive relevance of components for the tasks, on test frames."""
    h = code(model)(data.x_test).mT  # (B, T, K)
    theta = model.theta.detach()
    rows = []
    for c, on in enumerate(data.y_test.transpose(0, 1) > 0):
        frames = h[on].double()
        group = torch.zeros(len(frames), dtype=torch.int64, device=frames.device)
        rows.append(positive_relevance(frames, theta[c : c + 1], group))
    return torch.cat(rows)


def spreads(model: NMFSegmenter, data: Data) -> Tensor:
    """(C, K) how much a task's score varies with each component, on test frames.

    Sizes of the weights times standard deviations of the code: unchanged when a
    component is shifted and the bias corrected, which changes no decision.
    """
    h = code(model)(data.x_test).double()
    return model.theta.detach().abs() * h.transpose(0, 1).flatten(1).std(1)


def unevenness(box: Mapping[str, float], own: Mapping[str, float]) -> float:
    """What noise and overlap lose against the black box beyond speech and music."""
    loss = {
        task: box[f"F1 {task}"] - own[f"F1 {task}"]
        for task in ("speech", "noise", "music", "overlap")
    }
    rare = loss["noise"] + loss["overlap"]
    return (rare - loss["speech"] - loss["music"]) / 2


def pull(model: NMFSegmenter, data: Data) -> float:
    """How hard the sparsity term pulls at the code, beside the labels.

    Norm of the gradient by H of the weighted sparsity term, divided by that of the
    weighted cross-entropy, on the training chunks.
    """
    x, y = data.x_train, data.y_train
    h = code(model)(x).requires_grad_()
    parts = nmf_segmentation(model.head(h), y, model.dictionary @ h, x, h)
    gamma = SETTINGS["by design"].gamma
    (by_sparsity,) = torch.autograd.grad(gamma * parts.sparsity, h, retain_graph=True)
    (by_labels,) = torch.autograd.grad(ALPHA * parts.bce, h)
    return float(by_sparsity.norm() / by_labels.norm())


def dead_weight(found: Tensor) -> float:
    """Largest change by what should not matter: dead components, frames unlabelled.

    Args:
        found: (C, K) relevances.
    """
    padded = torch.cat([found, torch.zeros_like(found)], 1)
    changes = [
        (count(padded) - count(found)).abs().max()
        for count in (effective_number, mass_number)
    ]
    logits = found.detach().clone().requires_grad_()
    labels = torch.arange(found.numel(), device=found.device).view_as(found) % 3 - 1
    (slope,) = torch.autograd.grad(masked_bce(logits, labels), logits)
    return float(torch.stack([*changes, slope[labels == -1].abs().max()]).max())


class Excited(NamedTuple):
    """A component, the clips that excite it most, and what these are."""

    component: int
    clips: list[int]
    labels: list[int]


def excited(model: NMFSegmenter, factor: Factor, count: int = 3) -> Excited:
    """The component that tells most of a class apart, and the clips where it is loud.

    Args:
        model: whose code it is.
        factor: with labels of clips.
        count: of clips.

    Raises:
        ValueError: the factor's labels are of frames, or the count is out of range.
    """
    if factor.by_frame:
        raise ValueError(f"factor: {factor.name} has labels of frames, not of clips")
    count = whole("count", count, most=len(factor.test.labels))
    level = code(model)(factor.test.spectra).mean(2)  # (n, K)
    classes = range(len(factor.classes))
    means = torch.stack([level[factor.test.labels == c].mean(0) for c in classes])
    contrast = (means.amax(0) - means.mean(0)) / level.std(0).clamp_min(1e-6)
    component = int(contrast.argmax())
    clips = level[:, component].argsort(descending=True)[:count].tolist()
    return Excited(component, clips, factor.test.labels[clips].tolist())


def pattern(data: Data, component: int) -> Tensor:
    """One second of noise with the spectrum of a component, (samples,) on the CPU.

    Args:
        data: of the chapter.
        component: its place, from 0.

    Raises:
        ValueError: there is no such component.
    """
    component = whole("component", component, 0, data.dictionary.shape[1] - 1)
    draw = torch.Generator().manual_seed(0)
    noise = torch.randn(data.rate, generator=draw)
    frames = log_spectrogram(noise).shape[1]
    spectrum = data.dictionary[:, component].cpu()
    loud = spectrum[:, None].expand(-1, frames) * (_LOUD / spectrum.max())
    return to_sound(loud, noise)
