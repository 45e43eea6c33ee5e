r"""What a decision that is linear in non-negative activations was made of.

A class's logit is $z_{c,t}=b_c+\sum_k\theta_{c,k}H_{k,t}$, and $\hat X=WH$: the summand
of component k belongs to the spectral pattern $w_k$.  From that come the relevance of
a component, a spectrum for a class, a mask for a sound, and the tests of all three.
"""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from support.arrays import classes, flags, real

__all__ = [
    "class_prototype",
    "deletion_drop",
    "group_relevance",
    "mass_accuracy",
    "relevance",
    "soft_maps",
]

_ROUNDING = 1e-4  # of a part that is all of its spectrogram


def relevance(
    h: Tensor, theta: Tensor, *, pool: str = "mean", normalise: bool = False
) -> Tensor:
    r"""Share of each component in the logit of each class.

    $$r_{c,k}=\theta_{c,k}\,\tfrac1T\textstyle\sum_tH_{k,t}$$

    Args:
        h: (B, K, T) activations, at least 0, T at least 1.
        theta: (C, K) weights of the classes.
        pool: over time: ``mean``; ``max``; or ``none``, whose sum over the components
            is the logit of the frame without its bias.
        normalise: divide by the largest absolute value over the components.  (By the
            largest value, as published, signs turn where all are negative.)

    Returns:
        (B, C, K), or (B, C, K, T) without pooling; 0 where no component is active.

    Raises:
        ValueError: shapes do not fit, h is negative, a number is not finite, or the
            pooling is unknown.

    Source: Mariotte et al., ICASSP 2024, after Parekh et al., NeurIPS 2022.

    >>> relevance(torch.tensor([[[3.0], [1.0]]]), torch.tensor([[1.0, -2.0]]))
    tensor([[[ 3., -2.]]])
    """
    h = _activations(h)
    theta = real("theta", theta, like=h)
    if theta.ndim != 2 or theta.shape[1] != h.shape[1]:
        raise ValueError(
            f"theta: got shape {tuple(theta.shape)}; give (C, {h.shape[1]}), a weight "
            "for each component"
        )
    if pool not in ("mean", "max", "none"):
        raise ValueError(f"pool: got {pool!r}; give 'mean', 'max' or 'none'")
    h, theta = _promoted(h, theta)
    if pool == "none":
        found = theta[..., None] * h[:, None]
    else:
        level = h.mean(2) if pool == "mean" else h.amax(2)
        found = theta * level[:, None]
    if not normalise:
        return found
    largest = found.abs().amax(2, keepdim=True)
    return found / torch.where(largest > 0, largest, 1)


def class_prototype(
    relevances: Tensor, W: Tensor, present: Tensor | None = None
) -> Tensor:
    r"""A spectrum for each class: patterns weighed by their mean positive relevance.

    $$p_c=\sum_k\max\Big(\tfrac1{|S_c|}\sum_{s\in S_c}r^{(s)}_{c,k},\,0\Big)\,w_k$$

    Args:
        relevances: (B, C, K) of segments, normalised ones by the paper's recipe.
        W: (F, K) patterns, at least 0.
        present: (B, C) which segments $S_c$ count for a class; all by default.

    Returns:
        (C, F), at least 0; NaN, with a warning, for a class that no segment has.

    Raises:
        ValueError: shapes do not fit, nothing is there, W is negative, or a number is
            not finite.

    Source: Mariotte et al., ICASSP 2024.

    >>> class_prototype(torch.tensor([[[2.0, -1.0]]]), torch.eye(2))
    tensor([[2., 0.]])
    """
    r = real("relevances", relevances)
    W = _patterns(W, r)
    if r.ndim != 3 or not r.numel() or r.shape[2] != W.shape[1]:
        raise ValueError(
            f"relevances: got shape {tuple(r.shape)}; give (B, C, {W.shape[1]}), not "
            "empty, a number for each column of W"
        )
    r, W = _promoted(r, W)
    if present is None:
        return r.mean(0).clamp_min(0) @ W.mT
    here = flags("present", present, like=r)
    if here.shape != r.shape[:2]:
        raise ValueError(
            f"present: got shape {tuple(here.shape)}; give {tuple(r.shape[:2])}"
        )
    count = here.sum(0)
    _warn_of_empty("present", count)
    total = torch.where(here[..., None], r, 0).sum(0)
    return (total / count[:, None]).clamp_min(0) @ W.mT


def soft_maps(x: Tensor, W: Tensor, h: Tensor, selected: Tensor) -> Tensor:
    r"""The part of a spectrogram that chosen components account for.

    $$M_c=X\odot\frac{\sum_ks_{c,k}\,w_kH_k}{WH}$$

    where $s_{c,k}$ is 1 for the components of a class, else 0, or a share.

    Args:
        x: (B, F, T) spectrogram, at least 0.
        W: (F, K) patterns, at least 0.
        h: (B, K, T) activations, at least 0.
        selected: (B, C, K) shares $s_{c,k}$ in [0, 1], or bools; or (C, K) for all
            items alike, such as ``torch.eye(K)`` for each component by itself.

    Returns:
        (B, C, F, T), from 0 to x; over components that are each selected once the maps
        sum to x, where WH > 0.  0 where nothing is rebuilt.

    Raises:
        ValueError: shapes do not fit, something is negative or not finite, or a share
            is above 1.

    Source: Parekh et al., NeurIPS 2022; Mariotte et al., ICASSP 2024.

    >>> x, h = torch.tensor([[[4.0]]]), torch.tensor([[[3.0], [1.0]]])
    >>> soft_maps(x, torch.ones(1, 2), h, torch.eye(2)).flatten()
    tensor([3., 1.])
    """
    h = _activations(h)
    x = real("x", x, like=h)
    W = _patterns(W, h)
    chosen = real("selected", selected, like=h)
    if chosen.numel() and not 0 <= float(chosen.min()) <= float(chosen.max()) <= 1:
        raise ValueError(
            f"selected: got {float(chosen.min()):g} to {float(chosen.max()):g}; give "
            "shares in [0, 1], or true and false"
        )
    if x.ndim != 3 or x.shape != (len(h), len(W), h.shape[2]):
        raise ValueError(
            f"x: got shape {tuple(x.shape)}; W {tuple(W.shape)} and h {tuple(h.shape)} "
            f"ask for {(len(h), len(W), h.shape[2])}"
        )
    if x.numel() and float(x.min()) < 0:
        raise ValueError(f"x: got {float(x.min()):g}; give numbers of at least 0")
    if W.shape[1] != h.shape[1]:
        raise ValueError(f"W: got {W.shape[1]} columns; h has {h.shape[1]} components")
    if chosen.ndim == 2:
        chosen = chosen.expand(len(h), *chosen.shape)
    if chosen.ndim != 3 or chosen.shape[::2] != h.shape[:2]:
        raise ValueError(
            f"selected: got shape {tuple(chosen.shape)}; give (B, C, K) or (C, K) "
            f"with B, K = {tuple(h.shape[:2])}"
        )
    (x, W), h = _promoted(x, W), h.to(torch.promote_types(x.dtype, h.dtype))
    # a share knows no level of a row or a frame, but a product might underflow
    W, h = (side / _largest(side) for side in (W.to(h), h))
    whole = W @ h
    parts = W @ (chosen[..., None].to(h) * h[:, None])  # (B, C, F, T)
    # a share first: x over a tiny sum could overflow
    share = parts / torch.where(whole > 0, whole, 1)[:, None]
    return share * x[:, None]


def mass_accuracy(maps: Tensor, ideal: Tensor, frames: Tensor) -> Tensor:
    r"""Share of a map's mass that lies where its source is.

    $$\mathrm{RMA}_c=\frac{\sum M_c\odot\mathrm{IBM}_c}{\sum M_c}$$

    summed over all items and over the frames that count, before dividing.

    Args:
        maps: (B, C, F, T), at least 0.
        ideal: (B, C, F, T) bool, the cells in which the class's source is strongest.
        frames: (B, C, T) bool, which frames count for a class.

    Returns:
        (C,) float64 in [0, 1]; NaN, with a warning, where a map has no mass.

    Raises:
        ValueError: shapes differ, a map is negative or not finite.

    Source: Arras, Osman and Samek 2022, relevance mass accuracy.

    >>> maps = torch.tensor([[[[3.0], [1.0]]]])
    >>> mass_accuracy(maps, maps > 2, torch.ones(1, 1, 1))
    tensor([0.7500], dtype=torch.float64)
    """
    maps = real("maps", maps)
    ideal, frames = flags("ideal", ideal, like=maps), flags("frames", frames, like=maps)
    if maps.ndim != 4 or ideal.shape != maps.shape or not maps.numel():
        raise ValueError(
            f"ideal: got shape {tuple(ideal.shape)} for maps of {tuple(maps.shape)}; "
            "give (B, C, F, T) both, not empty"
        )
    if frames.shape != (*maps.shape[:2], maps.shape[3]):
        raise ValueError(
            f"frames: got shape {tuple(frames.shape)}; give (B, C, T) for maps of "
            f"{tuple(maps.shape)}"
        )
    if float(maps.min()) < 0:
        raise ValueError(f"maps: got {float(maps.min()):g}; give numbers of at least 0")
    by_frame = maps.double().sum(2)  # (B, C, T)
    inside = torch.where(ideal, maps, 0).double().sum(2)
    total, hit = (
        torch.where(frames, part, 0).sum((0, 2)) for part in (by_frame, inside)
    )
    _warn_of_empty("maps", total)
    return hit / total


def deletion_drop(
    model: Callable[[Tensor], Tensor], x: Tensor, parts: Tensor, frames: Tensor
) -> Tensor:
    r"""Fall of a class's logit when a part of the spectrogram is taken away.

    $$\frac1{|\Omega_c|}\sum_{(b,t)\in\Omega_c}z_{c,t}(X_b)-z_{c,t}(X_b-P_{b,c})$$

    Args:
        model: maps (B, F, T) to logits (B, C, T); called without gradients, once for
            x and once for each class.
        x: (B, F, T) spectrogram, at least 0.
        parts: (B, C, F, T) what is taken away for each class, from 0 to x.
        frames: (B, C, T) bool, the frames $\Omega_c$ that count for a class.

    Returns:
        (C,) float64; NaN, with a warning, for a class without a frame.

    Raises:
        ValueError: shapes do not fit, the model gives another shape, a part is not
            from 0 to x, or a number is not finite.

    Source: Parekh et al., NeurIPS 2022, faithfulness.

    >>> model = lambda x: x.sum(1, keepdim=True)
    >>> x = torch.ones(1, 2, 3)
    >>> deletion_drop(model, x, x[:, None], torch.ones(1, 1, 3))
    tensor([2.], dtype=torch.float64)
    """
    x = real("x", x)
    parts = real("parts", parts, like=x).to(x)
    frames = flags("frames", frames, like=x)
    fits = x.ndim == 3 and parts.ndim == 4 and parts.shape[::2] == x.shape[:2]
    if not fits or not parts.numel():
        raise ValueError(
            f"parts: got shape {tuple(parts.shape)} for x of {tuple(x.shape)}; give "
            "(B, C, F, T) and (B, F, T), not empty"
        )
    shape = (*parts.shape[:2], x.shape[2])
    if frames.shape != shape or parts.shape[3] != x.shape[2]:
        raise ValueError(f"frames: got shape {tuple(frames.shape)}; give {shape}")
    room = (x.clamp_min(0) + _ROUNDING * (x + x.amax((1, 2), keepdim=True)))[:, None]
    if float(x.min()) < 0 or float(parts.min()) < 0 or bool((parts > room).any()):
        raise ValueError(
            "parts: one is below 0 or above its spectrogram, or that is negative; give "
            "parts from 0 to x, such as those of soft_maps"
        )
    with torch.no_grad():
        before = real("model", model(x))
        if before.shape != shape:
            raise ValueError(
                f"model: gave shape {tuple(before.shape)}; give logits {shape}"
            )
        after = [
            real("model", model((x - parts[:, c]).clamp_min(0)))[:, c]
            for c in range(shape[1])
        ]
    drop = (before - torch.stack(after, 1)).double()
    count = frames.sum((0, 2))
    _warn_of_empty("frames", count)
    return torch.where(frames, drop, 0).sum((0, 2)) / count


def group_relevance(h: Tensor, theta: Tensor, labels: Tensor) -> Tensor:
    r"""Mean positive relevance of each component for each group of samples.

    $$R_{g,k}=\frac1{|g|}\sum_{n\in g}\max(\theta_{g,k}\,h_{n,k},0)$$

    Args:
        h: (N, K) activations pooled over time, at least 0.
        theta: (G, K) weights of the groups, on the scale of h.
        labels: (N,) group of each sample, in [0, G); every group has a sample.

    Returns:
        (G, K), at least 0.

    Raises:
        ValueError: shapes do not fit, h is negative, a number is not finite, a label
            names no group, or a group is empty.

    Source: Lebourdais, Mariotte et al., Interspeech 2024, class means of relevances.

    >>> h = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> group_relevance(h, torch.tensor([[1.0, -1.0]]), torch.tensor([0, 0]))
    tensor([[2., 0.]])
    """
    h = _activations(h, "(N, K)", 2)
    theta = real("theta", theta, like=h)
    if theta.ndim != 2 or theta.shape[1] != h.shape[1] or not len(theta):
        raise ValueError(
            f"theta: got shape {tuple(theta.shape)}; give (G, {h.shape[1]}), a weight "
            "for each component"
        )
    labels = classes("labels", labels, len(theta), like=h)
    if labels.shape != h.shape[:1]:
        raise ValueError(
            f"labels: got shape {tuple(labels.shape)}; give ({len(h)},), one a sample"
        )
    count = labels.bincount(minlength=len(theta))
    if not bool(count.all()):
        empty = (count == 0).nonzero()[:, 0].tolist()
        raise ValueError(f"labels: the groups {empty} are empty; give each a sample")
    h, theta = _promoted(h, theta)
    positive = (theta[labels] * h).clamp_min(0)
    total = torch.zeros_like(theta).index_add_(0, labels, positive)
    return total / count[:, None]


def _promoted(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    dtype = torch.promote_types(first.dtype, second.dtype)
    return first.to(dtype), second.to(dtype)


def _largest(values: Tensor) -> Tensor:
    """Largest along the second axis, to divide by; 1 where all is 0."""
    largest = values.detach().amax(1, keepdim=True)
    return torch.where(largest > 0, largest, 1)


def _activations(h: Tensor, shape: str = "(B, K, T)", rank: int = 3) -> Tensor:
    h = real("h", h)
    if h.ndim != rank or not h.numel():
        raise ValueError(f"h: got shape {tuple(h.shape)}; give {shape}, not empty")
    if float(h.min()) < 0:
        raise ValueError(f"h: got {float(h.min()):g}; give numbers of at least 0")
    return h


def _patterns(W: Tensor, like: Tensor) -> Tensor:
    W = real("W", W, like=like)
    if W.ndim != 2 or not W.numel():
        raise ValueError(f"W: got shape {tuple(W.shape)}; give (F, K), not empty")
    if float(W.min()) < 0:
        raise ValueError(f"W: got {float(W.min()):g}; give numbers of at least 0")
    return W


def _warn_of_empty(name: str, count: Tensor) -> None:
    empty = (count == 0).nonzero()[:, 0].tolist()
    if empty:
        warnings.warn(
            f"{name}: nothing counts for the classes {empty}; the result is NaN there",
            stacklevel=3,
        )
