"""Areas under the ROC curve as losses: for two classes and for any number.

The area under the ROC curve is a share of pairs: how often does a sample of the
class score higher than a sample outside it?  Counting is a step function of the
scores; a sigmoid in its place can be trained.  Gimeno et al. (IEEE Signal
Processing Letters 28, 2021) do so for the two areas known for several classes,
one-versus-one (Hand and Till) and one-versus-rest (Provost and Domingos).
"""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import classes, flags, real, tensor
from support.losses.pairwise import check_delta, largest_block

__all__ = [
    "ovo_loss",
    "ovr_loss",
    "saturated_share",
    "smooth_auc_matrix",
]

On = Literal["scores", "probs"]


def smooth_auc_matrix(
    columns: Tensor, labels: Tensor, delta: float = 1.0, block: int | None = None
) -> Tensor:
    r"""Smooth AUC of every ordered pair of classes, compared within one column.

    $$A_\delta(i\mid j)=\frac1{N_iN_j}\sum_{n\in\mathcal I_i}\sum_{m\in\mathcal I_j}
    \sigma\big(\delta[f_i(\mathbf x_n)-f_i(\mathbf x_m)]\big)$$

    Args:
        columns: scores or probabilities $f_c(\mathbf x_n)$, shape (N, C).
        labels: classes, integers in [0, C), shape (N,).
        delta: steepness.
        block: entries of the (N, N) pair matrix held at one time; chosen by the
            device when left out.

    Returns:
        Shape (C, C), in at least float32; row i, column j holds A(i | j), in [0, 1],
        the diagonal 1/2; 0 where a class is absent.

    Raises:
        ValueError: the shapes do not fit, a score is not finite, a label is no class,
            or delta is not above 0.

    >>> smooth_auc_matrix(torch.eye(2), torch.tensor([0, 1]), delta=1e3)
    tensor([[0.5000, 1.0000],
            [1.0000, 0.5000]])
    """
    columns, labels = _samples(columns, labels, delta, "scores")
    counts = labels.bincount(minlength=columns.shape[1]).to(columns)
    sums = _class_sums(columns, labels, delta, block)
    return sums / (counts[:, None] * counts).clamp_min(1)


def _class_sums(
    columns: Tensor, labels: Tensor, delta: float, block: int | None = None
) -> Tensor:
    """Sums over pairs, N_i N_j A(i | j), of samples that are checked; (C, C)."""
    member = functional.one_hot(labels, columns.shape[1]).to(columns)  # (N, C)
    rows = max(1, (block or largest_block(columns)) // max(1, len(labels)))
    with torch.autocast(columns.device.type, enabled=False):  # sums may not be rounded
        return _ClassSums.apply(delta * columns, member, rows)


def _gaps(columns: Tensor, member: Tensor, every: Tensor) -> Tensor:
    """f_i(x_n) - f_i(x_m), with i the class of n: a row for n, a column for every m."""
    own = (columns * member).sum(1, keepdim=True)
    return torch.addmm(own, member, every.T, alpha=-1)


class _ClassSums(torch.autograd.Function):
    """Sums of sigmoids over pairs, class by class; backward never meets a pair again.

    The gradient of a sample's own score is a sum along its row for each class, that of
    the others' scores a sum along columns: N C numbers each are kept.
    """

    @staticmethod
    def forward(ctx: Any, columns: Tensor, member: Tensor, rows: int) -> Tensor:
        sums = columns.new_zeros(member.shape[1], member.shape[1])
        of_own, of_others = torch.zeros_like(member), torch.zeros_like(member.T)
        by_class = member.T.contiguous()  # a few long rows: three times as fast
        parts = (columns.split(rows), member.split(rows), of_own.split(rows))
        for part, label, slopes in zip(*parts, strict=True):
            value = _gaps(part, label, columns).sigmoid_()
            sums += functional.linear(label.T @ value, by_class)
            if ctx.needs_input_grad[0]:
                slope = value.addcmul_(value, value, value=-1)
                slopes += functional.linear(slope, by_class)
                of_others += label.T @ slope
        ctx.save_for_backward(columns, member, of_own, of_others)
        return sums

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        columns, member, of_own, of_others = ctx.saved_tensors
        if torch.is_grad_enabled():  # a second derivative: through the whole matrix
            value = _gaps(columns, member, columns).sigmoid()
            sums = member.T @ (value @ member)
            found = torch.autograd.grad(sums, columns, upstream, create_graph=True)
            return found[0], None, None
        own = (of_own * (member @ upstream)).sum(1, keepdim=True) * member
        return own - of_others.T * (member @ upstream.T), None, None


def ovo_loss(
    scores: Tensor,
    labels: Tensor,
    delta: float = 1.0,
    on: On = "probs",
    *,
    max_per_class: int | None = None,
    class_weights: Tensor | None = None,
    generator: torch.Generator | None = None,
    mask: Tensor | None = None,
    skip_missing: bool = False,
) -> Tensor:
    r"""One-versus-one AUC loss: every pair of classes counts the same.

    $$\mathcal L=1-\frac1{C(C-1)}\sum_{i\ne j}A_\delta(i\mid j)$$

    (Gimeno et al. 2021; the paper's sum over $i<j$ of $\frac12[A(i|j)+A(j|i)]$ is
    the same.)  The sizes of the classes do not matter.

    Args:
        scores: logits, shape (N, C).
        labels: classes, integers in [0, C), shape (N,).
        delta: steepness, above 0.  It belongs to ``on``: 1 to 10 for probabilities,
            which differ by at most 1; about 1 for scores.
        on: compare ``"scores"`` or their softmax, ``"probs"``.
        max_per_class: use at most that many samples of each class, drawn anew
            without replacement; unbiased, and bounds time and memory.
        class_weights: weight of each column i, shape (C,); equal by default.
        generator: draws the sub-sample.
        mask: samples that count, shape (N,); all by default.
        skip_missing: return 0 where fewer than two classes are present.

    Returns:
        A scalar in [0, 1]; 1/2 for constant scores; lower is better.  Pairs of
        classes of which one is absent are left out of the mean.

    Raises:
        ValueError: shapes, labels or options are out of range, a score is not finite,
            the weights of the classes that are present are all 0, or fewer than two
            classes are present.

    Memory is of order N C, and a block of pairs.

    >>> ovo_loss(torch.zeros(4, 2), torch.tensor([0, 0, 1, 1]))
    tensor(0.5000)
    """
    columns, labels = _samples(
        scores, labels, delta, on, max_per_class, generator, mask
    )
    counts = labels.bincount(minlength=columns.shape[1]).to(columns.dtype)
    if _too_few(counts, skip_missing):
        return (columns * 0).sum()
    weight = _weights(class_weights, columns, counts)[:, None]
    return _one_less_mean(weight, columns, labels, counts, delta)


def ovr_loss(
    scores: Tensor,
    labels: Tensor,
    delta: float = 1.0,
    on: On = "probs",
    *,
    max_per_class: int | None = None,
    class_weights: Tensor | None = None,
    generator: torch.Generator | None = None,
    mask: Tensor | None = None,
    skip_missing: bool = False,
) -> Tensor:
    r"""One-versus-rest AUC loss: a class against all the others, as they come.

    $$\mathcal L=1-\frac1C\sum_iA_\delta(i\mid\text{rest}),\qquad
    A(i\mid\text{rest})=\sum_{j\ne i}\frac{N_j}{N-N_i}A(i\mid j)$$

    (Gimeno et al. 2021.)  With equal counts it equals :func:`ovo_loss`; else the
    large classes dominate each rest.

    Args:
        scores, labels, delta, on, generator, mask, skip_missing: as :func:`ovo_loss`.
        max_per_class: as there; the rests are then those of the sub-sample.
        class_weights: shape (C,); the priors give the mean of Provost and Domingos.

    Returns:
        A scalar in [0, 1]; 1/2 for constant scores; lower is better.

    Raises:
        ValueError: as :func:`ovo_loss`.

    >>> ovr_loss(torch.zeros(4, 2), torch.tensor([0, 0, 1, 1]))
    tensor(0.5000)
    """
    columns, labels = _samples(
        scores, labels, delta, on, max_per_class, generator, mask
    )
    counts = labels.bincount(minlength=columns.shape[1]).to(columns.dtype)
    if _too_few(counts, skip_missing):
        return (columns * 0).sum()
    share = counts / (counts.sum() - counts)[:, None]  # N_j / (N - N_i)
    weight = _weights(class_weights, columns, counts)[:, None] * share
    return _one_less_mean(weight, columns, labels, counts, delta)


def _one_less_mean(
    weight: Tensor, columns: Tensor, labels: Tensor, counts: Tensor, delta: float
) -> Tensor:
    """One minus the weighted mean of A(i | j) over classes i ≠ j that are present."""
    pairs = (counts[:, None] * counts).fill_diagonal_(0)
    weight = torch.where(pairs > 0, weight, 0)
    of_a_pair = weight / (weight.sum() * pairs.clamp_min(1))
    return 1 - (of_a_pair * _class_sums(columns, labels, delta)).sum()


def saturated_share(
    scores: Tensor, labels: Tensor, delta: float = 1.0, on: On = "probs"
) -> float:
    r"""Share of the pairs with $|\delta\Delta|>5$, which hardly have a gradient.

    Pairs of two different classes, in the column of the first.  Scores grow while
    a network trains, so a fixed delta becomes steeper by itself: watch this number.

    Args:
        scores, labels, delta, on: as :func:`ovo_loss`.

    Returns:
        A share in [0, 1].

    Raises:
        ValueError: as :func:`ovo_loss`.

    >>> saturated_share(torch.eye(2) * 100, torch.tensor([0, 1]), on="scores")
    1.0
    """
    columns, labels = _samples(scores, labels, delta, on)
    _too_few(labels.bincount(minlength=columns.shape[1]), False)
    own = columns.gather(1, labels[:, None])
    far = (delta * (own - columns.T[labels])).abs() > 5
    pairs = labels[:, None] != labels
    return float((far & pairs).sum() / pairs.sum())


def _samples(
    scores: Tensor,
    labels: Tensor,
    delta: float,
    on: On,
    max_per_class: int | None = None,
    generator: torch.Generator | None = None,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Check the input; return the columns and labels of the samples that count."""
    check_delta(delta)
    scores = tensor("scores", scores)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(
            f"scores: got shape {tuple(scores.shape)}; give (N, C) with C ≥ 2"
        )
    labels = tensor("labels", labels, scores)
    if labels.shape != scores.shape[:1]:
        raise ValueError(
            f"labels: got shape {tuple(labels.shape)}; give ({len(scores)},)"
        )
    if on not in ("scores", "probs"):
        raise ValueError(f"on: got {on!r}; give 'scores' or 'probs'")
    if mask is not None:
        kept = flags("mask", mask, like=scores)
        if kept.shape != labels.shape:
            raise ValueError(
                f"mask: got shape {tuple(kept.shape)}; give {tuple(labels.shape)}"
            )
        scores, labels = scores[kept], labels[kept]
    columns = real("scores", scores)
    labels = classes("labels", labels, columns.shape[1])
    if max_per_class is not None:
        if max_per_class < 1:
            raise ValueError(f"max_per_class: got {max_per_class}; give at least 1")
        kept = _subsample(labels, max_per_class, generator)
        columns, labels = columns[kept], labels[kept]
    return (columns.softmax(1) if on == "probs" else columns), labels


def _weights(class_weights: Tensor | None, columns: Tensor, counts: Tensor) -> Tensor:
    if class_weights is None:
        return columns.new_ones(columns.shape[1])
    weight = real("class_weights", class_weights, like=columns).to(columns)
    good = weight.shape == counts.shape and bool((weight >= 0).all())
    if not good or not bool((weight[counts > 0] > 0).any()):
        raise ValueError(
            f"class_weights: got {weight.tolist()}; give {len(counts)} weights of at "
            "least 0, one of a class that is present above 0"
        )
    return weight


def _subsample(labels: Tensor, limit: int, generator: torch.Generator | None) -> Tensor:
    """At most ``limit`` positions of each class, uniform without replacement."""
    place = generator.device if generator is not None else labels.device
    order = torch.randperm(len(labels), generator=generator, device=place)
    order = order.to(labels.device)
    shuffled, by_class = labels[order].sort(stable=True)
    counts = shuffled.bincount()
    start = counts.cumsum(0) - counts
    rank = torch.arange(len(labels), device=labels.device) - start[shuffled]
    return order[by_class[rank < limit]]


def _too_few(counts: Tensor, skip_missing: bool) -> bool:
    present = int((counts > 0).sum())
    if present < 2 and not skip_missing:
        raise ValueError(
            f"labels: {present} class(es) present; a pair needs two. Draw larger or "
            "stratified batches, or give skip_missing=True"
        )
    return present < 2
