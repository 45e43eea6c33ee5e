"""The audit of a code: what a linear probe reads of it, and with which components.

A code is any function of spectra (n, F, T) to (n, K, T); the spectrum itself is one,
and so is an untrained network.  A probe's score alone says that a factor is there, not
who put it there: these two are the controls.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from chapters.nmf_segmentation.probing import Factor, Side
from support.arrays import real
from support.metrics.classification import balanced_accuracy
from support.metrics.disentanglement import dci_from_importances
from support.metrics.probes import fit_probe
from support.metrics.relevance import group_relevance
from support.models.pooling import mean_pool
from support.scalars import whole

__all__ = [
    "REACH",
    "Code",
    "Reading",
    "argsort_cosine",
    "audit",
    "by_spread",
    "change",
    "features",
    "modularity",
    "positive_relevance",
    "principal",
    "read",
    "recall",
]

Code = Callable[[Tensor], Tensor]
#: Of `principal`; of 0, 1, 2, 4 and 6 the one that told most phones on seeds 200 to
#: 202 (UAR .61, .59, .58, .49 and .41).
REACH = 0
_DRAWS = 200


class Reading(NamedTuple):
    """What a probe made of a code.

    Attributes:
        uar: mean recall of the classes on the test side.
        weights: (C, K) of the linear probe, on the code as it is.
        bias: (C,) of it.
        relevance: (C, K) of at least 0, of components for classes, on the test side.
    """

    uar: float
    weights: Tensor
    bias: Tensor
    relevance: Tensor


def features(code: Code, side: Side) -> tuple[Tensor, Tensor]:
    """What a probe sees: the mean code of each clip, or each frame that has a label.

    Args:
        code: of spectra.
        side: of a factor.

    Returns:
        (m, K) rows, and (m,) labels.

    Raises:
        ValueError: the code has another number of clips or frames, or is not finite.
    """
    h = real("code", code(side.spectra))
    if h.ndim != 3 or h.shape[::2] != side.spectra.shape[::2]:
        raise ValueError(
            f"code: gave shape {tuple(h.shape)} for spectra of "
            f"{tuple(side.spectra.shape)}; give (n, K, T)"
        )
    h = h.mT  # (n, T, K)
    if side.labels.ndim == 1:
        return mean_pool(h, side.real), side.labels
    known = side.labels >= 0
    return h[known], side.labels[known]


def read(code: Code, factor: Factor, shuffle: torch.Generator | None = None) -> Reading:
    """Fit a linear probe on the training side, and judge it on the test side.

    Ridge logistic regression, the same for every code.

    Args:
        code: of spectra.
        factor: what is to be read.
        shuffle: permutes the training labels, so that there is nothing to be learned.
    """
    classes = len(factor.classes)
    x, y = features(code, factor.train)
    x_test, y_test = features(code, factor.test)
    if shuffle is not None:
        y = y[torch.randperm(len(y), generator=shuffle).to(y.device)]
    probe = fit_probe(x, y, classes)
    # The probe's weights are for standardised features; a dead one has scale inf.
    weights = (probe.weights[0].double() / probe.scale[:, None]).mT
    bias = probe.biases[0].double() - weights @ probe.mean
    return Reading(
        _uar(x_test, y_test, weights, bias),
        weights,
        bias,
        positive_relevance(x_test.double(), weights, y_test),
    )


def recall(reading: Reading, code: Code, factor: Factor) -> float:
    """UAR of a probe that was fitted before, on another test side.

    Args:
        reading: of the code.
        code: of spectra.
        factor: with the classes that the probe knows.

    Raises:
        ValueError: the probe has read another code, or other classes.
    """
    x, y = _seen(reading, code, factor)
    return _uar(x, y, reading.weights, reading.bias)


def change(one: Mapping[str, Reading], other: Mapping[str, Reading]) -> float:
    """Mean absolute difference of two codes' UAR.

    Factors that both tell without an error have no room to move, and do not count.
    """
    pairs = [(each.uar, other[name].uar) for name, each in one.items()]
    moved = [abs(a - b) for a, b in pairs if min(a, b) < 1]
    return sum(moved) / len(moved) if moved else 0.0


def by_spread(reading: Reading, code: Code, factor: Factor) -> Reading:
    """The same probe, with relevances that do not see how loud a component is.

    Sizes of the weights times the standard deviation of the code, in place of its mean.

    Raises:
        ValueError: as `recall`.
    """
    x, _ = _seen(reading, code, factor)
    spread = x.double().std(0, correction=0)
    return reading._replace(relevance=reading.weights.abs() * spread)


def positive_relevance(h: Tensor, theta: Tensor, labels: Tensor) -> Tensor:
    """`group_relevance` of a code that may be signed, as before a ReLU.

    A product is positive where both factors are, or neither is.

    Args:
        h: (N, K) codes.
        theta: (G, K) weights of the groups.
        labels: (N,) group of each sample.

    Returns:
        (G, K), at least 0.
    """
    return group_relevance(h.relu(), theta, labels) + group_relevance(
        (-h).relu(), -theta, labels
    )


def audit(
    codes: Mapping[str, Code], factors: Mapping[str, Factor]
) -> dict[str, dict[str, Reading]]:
    """Read every factor off every code.

    Returns:
        By code, then by factor.
    """
    return {
        name: {key: read(code, factor) for key, factor in factors.items()}
        for name, code in codes.items()
    }


def principal(spectra: Tensor, width: int, reach: int = REACH) -> Code:
    """Principal components of a frame and its neighbours: a rival of equal width.

    Args:
        spectra: (n, F, T) log spectra to fit the components on.
        width: how many, at most the values that they are made of.
        reach: frames before and after; beyond the ends the first and last again.

    Raises:
        ValueError: the spectra are no (n, F, T) of finite numbers, or the width or the
            reach is out of range.
    """
    spectra = real("spectra", spectra)
    if spectra.ndim != 3 or not spectra.numel():
        raise ValueError(f"spectra: got shape {tuple(spectra.shape)}; give (n, F, T)")
    reach = whole("reach", reach, 0)
    whole("width", width, most=(2 * reach + 1) * spectra.shape[1])

    def stacked(x: Tensor) -> Tensor:
        frames = x.shape[2]
        places = torch.arange(-reach, reach + 1)[:, None]
        places = (places + torch.arange(frames)).clamp(0, frames - 1).to(x.device)
        return x[:, :, places].transpose(1, 2).flatten(1, 2)

    rows = stacked(spectra).mT.flatten(0, 1).double()
    middle = rows.mean(0)
    away = rows - middle
    directions = torch.linalg.eigh(away.T @ away).eigenvectors[:, -width:]

    def code(x: Tensor) -> Tensor:
        moved = stacked(x).mT.double() - middle
        return (moved @ directions).to(x).mT

    return code


def modularity(
    readings: Mapping[str, Reading], drawn: torch.Generator, draws: int = _DRAWS
) -> tuple[float, float]:
    """Does each component serve few tasks, and fewer than by lot?

    Every class's relevances sum to one, and a task is the mean of its classes.

    Args:
        readings: by task, of one code.
        drawn: permutes the components within each task.
        draws: how often.

    Returns:
        D, the disentanglement of `dci_from_importances`, in [0, 1]; and its mean over
        permutations, which sparse relevances have for no other reason than that.

    Raises:
        ValueError: no task, tasks with other components, or no draw.
    """
    draws = whole("draws", draws)
    widths = {each.relevance.shape[1] for each in readings.values()}
    if len(widths) != 1:
        raise ValueError(
            f"readings: {len(readings)} tasks of {sorted(widths)} components; give one "
            "task or more, read off one code"
        )
    table = torch.stack([_shares(each.relevance).mean(0) for each in readings.values()])

    def lot() -> float:
        rows = [
            row[torch.randperm(len(row), generator=drawn).to(row.device)]
            for row in table
        ]
        return dci_from_importances(torch.stack(rows))[0]

    chance = sum(lot() for _ in range(draws)) / draws
    return dci_from_importances(table)[0], chance


def argsort_cosine(size: int, pairs: int, drawn: torch.Generator) -> Tensor:
    """Cosines of the argsort vectors of unrelated rankings, as the notebooks have them.

    Args:
        size: components that are ranked.
        pairs: of rankings.
        drawn: the rankings.

    Returns:
        (pairs,) float64.

    Raises:
        ValueError: fewer than two components, or no pair.
    """
    size, pairs = whole("size", size, 2), whole("pairs", pairs)
    scores = torch.rand(2, pairs, size, generator=drawn)
    one, other = scores.argsort(2).double()
    return torch.cosine_similarity(one, other, dim=1)


def _shares(rows: Tensor) -> Tensor:
    return rows / rows.sum(1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)


def _seen(reading: Reading, code: Code, factor: Factor) -> tuple[Tensor, Tensor]:
    """Test rows and labels for a probe that was fitted before."""
    x, y = features(code, factor.test)
    if reading.weights.shape != (len(factor.classes), x.shape[1]):
        raise ValueError(
            f"reading: its weights have shape {tuple(reading.weights.shape)}; "
            f"{factor.name} has {len(factor.classes)} classes and the code "
            f"{x.shape[1]} components; give the reading of this code and factor"
        )
    return x, y


def _uar(x: Tensor, y: Tensor, weights: Tensor, bias: Tensor) -> float:
    said = (x.double() @ weights.mT + bias).argmax(1)
    return float(balanced_accuracy(y, said, len(weights)))
