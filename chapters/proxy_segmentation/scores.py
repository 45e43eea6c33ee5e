"""What is measured: decisions, what is rebuilt, and whether explanations are true.

Explanations are of the first three tasks, whose sources are known: speech, noise and
music.  A map is judged in frames in which its source is on together with another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from chapters.proxy_segmentation.data import shaped
from support.arrays import classes, flags
from support.data.layers import SOURCES, TASKS
from support.metrics.classification import balanced_accuracy
from support.metrics.relevance import (
    class_prototype,
    deletion_drop,
    mass_accuracy,
    relevance,
    soft_maps,
)
from support.models.nmf import activations
from support.models.segmenter import NMFSegmenter, Segmented
from support.scalars import whole as whole_number
from support.segmentation.experiment import Split, log_spectrogram
from support.segmentation.scoring import (
    agreement,
    crowded_frames,
    explained_variance,
    ideal_masks,
    source_magnitudes,
    task_f1,
)

__all__ = [
    "LIMIT",
    "MOST",
    "SHOWN",
    "Margin",
    "Truth",
    "box_row",
    "ceiling",
    "deletion",
    "energetic",
    "equal_shares",
    "fixed_masks",
    "loudness",
    "maps_of",
    "measures",
    "permutation",
    "probable",
    "prototype_margin",
    "prototypes",
    "relevant",
    "shuffled",
    "timed",
    "timing",
]

LIMIT = 0.5  # of the normalised relevance of a selected component, as published
SHOWN = ("F1 sources", "F1 overlap", "F1 all", "balanced", "agreement", "rebuilt")
MOST = 6  # components that a deletion takes away
_C = len(SOURCES)


def box_row(logits: Tensor, labels: Tensor, teacher: Tensor) -> dict[str, float]:
    """F1 of each task, of the sources and of all; ``balanced`` accuracy; ``agreement``.

    Args:
        logits: (B, 4, T) of a network on test mixtures.
        labels: (B, 4, T).
        teacher: (B, 4, T) the teacher's logits.

    Raises:
        ValueError: shapes differ, or a value is no logit or label.
    """
    shaped("logits", logits, None, len(TASKS), None)
    f1 = task_f1(logits, labels)
    said = (logits > 0).transpose(0, 1).flatten(1)
    balanced = [
        balanced_accuracy(truth.flatten(), decided, 2)
        for truth, decided in zip(labels.transpose(0, 1)[:_C], said, strict=False)
    ]
    return {
        **{f"F1 {task}": float(value) for task, value in zip(TASKS, f1, strict=True)},
        "F1 sources": float(f1[:_C].mean()),
        "F1 all": float(f1.mean()),
        "balanced": float(torch.stack(balanced).mean()),
        "agreement": agreement(logits, teacher),
    }


def measures(
    said: Segmented, x: Tensor, labels: Tensor, teacher: Tensor
) -> dict[str, float]:
    """One row of the comparison: `box_row`, and ``rebuilt``, the explained variance.

    Args:
        said: of a student, on test mixtures.
        x: (B, F, T) their spectrograms.
        labels: (B, 4, T).
        teacher: (B, 4, T) the teacher's logits.
    """
    row = box_row(said.logits, labels, teacher)
    return row | {"rebuilt": explained_variance(x, said.recon)}


def ceiling(x: Tensor, W: Tensor, iterations: int = 300) -> float:
    """Variance explained by the best non-negative activations of a dictionary.

    Args:
        x: (B, F, T) spectrograms.
        W: (F, K) dictionary.
        iterations: of the updates.

    Raises:
        ValueError: shapes do not fit, or something is negative.
    """
    x = shaped("x", x, None, len(W), None)
    frames = x.transpose(0, 1).flatten(1)
    best = W @ activations(frames, W, iterations=iterations)
    return explained_variance(x, best.unflatten(1, (len(x), -1)).transpose(0, 1))


def loudness(x: Tensor, spectrum: Tensor) -> float:
    """Variance explained by one spectrum and one number a frame, the best one.

    Args:
        x: (B, F, T) spectrograms.
        spectrum: (F,) such as the mean over the training mixtures.

    Raises:
        ValueError: shapes do not fit, or the spectrum is 0.
    """
    x = shaped("x", x, None, None, None)
    spectrum = shaped("spectrum", spectrum, x.shape[1]).to(x)
    if not bool(spectrum.any()):
        raise ValueError("spectrum: got 0 everywhere; give one that has a shape")
    unit = spectrum / spectrum.norm()
    level = torch.einsum("f,bft->bt", unit, x)
    return explained_variance(x, unit[:, None] * level[:, None])


# --- which components, and which part of the sound ---------------------------------


def relevant(said: Segmented, model: NMFSegmenter) -> Tensor:
    """(B, 3, K) bool: components of over half of the largest relevance, by mixture."""
    theta = model.theta[:_C].detach()
    return relevance(said.h, theta, normalise=True) > LIMIT


def energetic(h: Tensor, chosen: Tensor) -> Tensor:
    """As many components of each mixture and class, those active most.

    Args:
        h: (B, K, T) activations.
        chosen: (B, C, K) bool; only how many there are counts.

    Raises:
        ValueError: shapes do not fit, or a choice is neither true nor false.
    """
    chosen = flags("chosen", shaped("chosen", chosen, len(h), None, h.shape[1]))
    place = h.mean(2).argsort(dim=1, descending=True).argsort(dim=1)
    return place[:, None] < chosen.sum(2, keepdim=True)


@dataclass(frozen=True)
class Truth:
    """The test mixtures, and where their sources are.

    Args:
        x: (B, F, T) spectrograms.
        frames: (B, 3, T) bool, the source and another one are on.
        ideal: (B, 3, F, T) bool, the source is the strongest.
        spectra: (3, F) mean log spectrum of each source where it is on.
        floor: (3,) mass accuracy of the mixture itself.
        best: (3,) mass accuracy of the ideal ratio masks.
        masks: (B, 3, F, T) those masks times the mixture.
    """

    x: Tensor
    frames: Tensor
    ideal: Tensor
    spectra: Tensor
    floor: Tensor
    best: Tensor
    masks: Tensor

    @classmethod
    def of(cls, split: Split) -> "Truth":
        """Take sources apart, once for all maps that are judged."""
        magnitudes = source_magnitudes(split.layers)
        ideal, frames = ideal_masks(magnitudes), crowded_frames(split.labels)
        whole = magnitudes.sum(1, keepdim=True).clamp_min(1e-12)
        masks = split.x[:, None] * magnitudes / whole
        on = split.labels[:, :_C, None].to(split.x)
        logs = log_spectrogram(split.layers.sources)
        spectra = (logs * on).sum((0, 3)) / on.sum((0, 3)).clamp_min(1)
        mixture = split.x[:, None].expand_as(masks)
        floor, best = (mass_accuracy(m, ideal, frames) for m in (mixture, masks))
        return cls(split.x, frames, ideal, spectra, floor, best, masks)

    def gain(self, maps: Tensor) -> float:
        """How far maps point at their sources: 0 as the mixture, 1 as ideal masks.

        Args:
            maps: (B, 3, F, T).

        Returns:
            The mean over the sources; NaN where a class has no map at all.
        """
        found = mass_accuracy(maps, self.ideal, self.frames)
        return float(((found - self.floor) / (self.best - self.floor)).mean())


def maps_of(truth: Truth, said: Segmented, W: Tensor, chosen: Tensor) -> Tensor:
    """(B, 3, F, T) the parts of the mixtures that the chosen components stand for.

    Where no component of a mixture was chosen for a class, nothing is explained, and
    the whole mixture is its part.

    Args:
        truth: the test mixtures.
        said: of a student.
        W: (F, K) its dictionary, or another.
        chosen: (B, 3, K) bool.

    Raises:
        ValueError: shapes do not fit, or something is negative.
    """
    chosen = flags("chosen", shaped("chosen", chosen, len(truth.x), _C, None))
    maps = soft_maps(truth.x, W, said.h, chosen)
    return torch.where(chosen.any(2)[..., None, None], maps, truth.x[:, None])


def timed(truth: Truth, maps: Tensor) -> Tensor:
    """(B, 3, F, T) maps without frequencies: each frame keeps the share that it has."""
    maps = shaped("maps", maps, *truth.masks.shape)
    share = maps.sum(2) / truth.x.sum(1)[:, None].clamp_min(1e-12)
    return truth.x[:, None] * share[:, :, None]


def probable(truth: Truth, said: Segmented) -> Tensor:
    """(B, 3, F, T) the mixture, each frame as loud as a class is probable in it."""
    B, _, T = truth.x.shape
    logits = shaped("said.logits", said.logits, B, len(TASKS), T)
    return truth.x[:, None] * logits[:, :_C].sigmoid()[:, :, None]


def timing(truth: Truth, said: Segmented, maps: Tensor) -> float:
    """The larger gain of two that know when and not which frequencies."""
    return max(truth.gain(timed(truth, maps)), truth.gain(probable(truth, said)))


def fixed_masks(truth: Truth, learned_from: Split) -> Tensor:
    """(B, 3, F, T) one mask a class, for all frames, of the true training sources."""
    mean = source_magnitudes(learned_from.layers).mean((0, 3))  # (3, F)
    mask = mean / mean.sum(0).clamp_min(1e-12)
    return truth.x[:, None] * mask[None, :, :, None]


def shuffled(
    truth: Truth,
    said: Segmented,
    W: Tensor,
    chosen: Tensor,
    generator: torch.Generator,
    times: int = 10,
) -> list[float]:
    """Gains of the maps with the dictionary's columns in another order.

    Args:
        truth: the test mixtures.
        said: of a student.
        W: (F, K) its dictionary.
        chosen: (B, 3, K) its components.
        generator: draws the orders, on the CPU.
        times: how many.

    Raises:
        ValueError: as `maps_of`, or there is to be no order.
    """
    count = whole_number("times", times)
    orders = [torch.randperm(W.shape[1], generator=generator) for _ in range(count)]
    return [
        truth.gain(maps_of(truth, said, W[:, order.to(W.device)], chosen))
        for order in orders
    ]


def permutation(name: str, order: Tensor, count: int) -> Tensor:
    """Each of the numbers below a count once, in the last axis of an order.

    Args:
        name: of the argument, for the message.
        order: (..., K).
        count: K.

    Raises:
        ValueError: a number is there twice, or not at all.
    """
    order = classes(name, order)
    wanted = torch.arange(count, device=order.device)
    if order.shape[-1:] != (count,) or not bool((order.sort().values == wanted).all()):
        raise ValueError(
            f"{name}: got {order.tolist() if order.ndim == 1 else tuple(order.shape)}; "
            f"give each of 0 to {count - 1} once"
        )
    return order


# --- whole classes -----------------------------------------------------------------


class Margin(NamedTuple):
    """How much closer prototypes are to their own source than to the others.

    Args:
        found: of the prototypes.
        most: the largest that any spectrum without negative numbers could have.
    """

    found: float
    most: float


def prototypes(
    said: Segmented, model: NMFSegmenter, labels: Tensor, order: Tensor | None = None
) -> Tensor:
    """(3, F) the spectrum of each class, over the mixtures in which it occurs.

    Args:
        said: of a student.
        model: the student.
        labels: (B, 4, T).
        order: (K,) of the dictionary's columns, to shuffle them.

    Raises:
        ValueError: shapes do not fit, or the order is no permutation.
    """
    theta, W = model.theta[:_C].detach(), model.dictionary.detach()
    r = relevance(said.h, theta, normalise=True)
    if order is not None:
        W = W[:, permutation("order", order, W.shape[1]).to(W.device)]
    return class_prototype(r, W, labels[:, :_C].any(2))


def prototype_margin(found: Tensor, spectra: Tensor) -> Margin:
    r"""Cosine with the own source's spectrum minus the mean one with the others'.

    $$\Big\langle\tfrac{p_c}{\|p_c\|},d_c\Big\rangle\le\|\max(d_c,0)\|,\qquad
    d_c=\tfrac{s_c}{\|s_c\|}-\tfrac1{C-1}\sum_{e\ne c}\tfrac{s_e}{\|s_e\|}$$

    for a prototype $p_c\ge0$ and true spectra $s_c$.

    Args:
        found: (C, F) prototypes, at least 0; one that is 0, of a class that no
            component speaks for, is left out.
        spectra: (C, F) of the true sources, two or more.

    Returns:
        Means over the classes that have a prototype; NaN where none has.

    Raises:
        ValueError: shapes differ, a true spectrum is 0, or a prototype is negative.
    """
    spectra = shaped("spectra", spectra, None, None)
    found = shaped("found", found, *spectra.shape)
    if len(spectra) < 2 or not bool(spectra.any(1).all()):
        raise ValueError("spectra: give two or more, none of them 0 everywhere")
    if float(found.min()) < 0:
        raise ValueError(f"found: got {float(found.min()):g}; give numbers above 0")
    unit = normalize(spectra, dim=1)
    towards = unit - (unit.sum(0) - unit) / (len(unit) - 1)
    margin = (normalize(found, dim=1) * towards).sum(1)
    most = towards.clamp_min(0).norm(dim=1)
    here = found.any(1)
    return Margin(float(margin[here].mean()), float(most[here].mean()))


# --- what the teacher says when a part is taken away -------------------------------


def equal_shares(mass: Tensor, target: Tensor, order: Tensor) -> Tensor:
    """Shares of components, taken in an order, whose masses sum to a target.

    Args:
        mass: (B, C, K) of each component, at least 0.
        target: (B, C) at most their sum.
        order: (B, C, K) permutations.

    Returns:
        (B, C, K) in [0, 1]: 1 for the first ones, a fraction for one, 0 for the rest.

    Raises:
        ValueError: shapes do not fit, a mass is negative, a target is negative or more
            than there is, or an order is no permutation.
    """
    mass = shaped("mass", mass, None, None, None)
    target = shaped("target", target, *mass.shape[:2])
    order = permutation("order", order, mass.shape[2])
    shaped("order", order, *mass.shape)
    if float(mass.min()) < 0:
        raise ValueError(f"mass: got {float(mass.min()):g}; give numbers of at least 0")
    # with room for the rounding of a sum
    spare = mass.sum(2) * (1 + 1e-4) - target
    if float(target.min()) < 0 or float(spare.min()) < 0:
        raise ValueError(
            f"target: got {float(target.min()):g} to {float(target.max()):g}; give "
            "masses from 0 to the sum of the components'"
        )
    along = mass.gather(2, order)
    before = along.cumsum(2) - along
    share = (target[..., None] - before) / along.clamp_min(1e-12)
    return torch.zeros_like(along).scatter(2, order, share.clamp(0, 1))


def deletion(
    teacher: Callable[[Tensor], Tensor],
    truth: Truth,
    said: Segmented,
    model: NMFSegmenter,
    labels: Tensor,
    generator: torch.Generator,
    counts: tuple[int, ...] = (MOST,),
    orders: int = 3,
) -> dict[str, list[float]]:
    """Falls of the teacher's logit, mean over the sources, by components removed.

    Args:
        teacher: spectrograms (B, F, T) to logits (B, 4, T).
        truth: the test mixtures.
        said: of a student.
        model: the student.
        labels: (B, 4, T); a class counts in frames in which it is on.
        generator: draws the random components, on the CPU.
        counts: how many of the most relevant components are removed, at most; only
            those that speak for the class.
        orders: in which random components are removed; the mean is taken.

    Returns:
        ``relevant`` and ``random``, a fall for each count, and ``share``, how much of
        the mixture's mass is removed, in frames in which the class is on; there random
        components, drawn from all, hold as much as the relevant ones.

    Raises:
        ValueError: shapes do not fit, or a count or the orders are below 1.
    """
    B, _, T = truth.x.shape
    labels = flags("labels", shaped("labels", labels, B, len(TASKS), T))
    counts = tuple(whole_number("counts", count) for count in counts)
    orders = whole_number("orders", orders)
    W, theta = model.dictionary.detach(), model.theta[:_C].detach()
    on, r = labels[:, :_C], relevance(said.h, theta)
    whole = W @ said.h
    scale = truth.x / torch.where(whole > 0, whole, 1)
    each = said.h * (W.mT @ scale)  # (B, K, T), the mass of each component's map
    mass = torch.einsum("bkt,bct->bck", each, on.to(each))
    rank = r.argsort(dim=2, descending=True).argsort(dim=2)
    drawn = [torch.rand(r.shape, generator=generator) for _ in range(orders)]

    def fall(shares: Tensor) -> float:
        parts = soft_maps(truth.x, W, said.h, shares)
        found = deletion_drop(lambda x: teacher(x)[:, :_C], truth.x, parts, on)
        return float(found.mean())

    drops: dict[str, list[float]] = {"relevant": [], "random": [], "share": []}
    for count in counts:
        top = ((rank < count) & (r > 0)).to(r)
        target = (top * mass).sum(2)
        others = [
            fall(equal_shares(mass, target, draw.argsort(dim=2).to(r.device)))
            for draw in drawn
        ]
        drops["relevant"].append(fall(top))
        drops["random"].append(sum(others) / orders)
        drops["share"].append(float(target.sum() / mass.sum()))
    return drops
