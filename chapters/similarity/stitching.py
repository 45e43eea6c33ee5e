"""Stitch one network to another: fit the map between them, then score it.

Everything works on cached activations (see `support.models.hooks.capture`), so
that the source network is run once.  The head, the rest of the target network,
stays frozen in evaluation mode: gradients flow through it and never into it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div

from support.models.stitching import Stitcher
from support.training import History, Recipe, evaluating, generator, predict

__all__ = [
    "STITCHER",
    "Head",
    "Stitching",
    "evaluate_stitching",
    "fit_stitcher",
    "output_information",
    "stitching_loss",
]

OBJECTIVES = ("kl", "ce", "mse")
STITCHER = Recipe(epochs=10, batch_size=256, rate=1e-3, schedule="cosine")
"""Adam at 1e-3, batches of 256 and 10 epochs are the authors'; the cosine is ours."""
Head = Callable[[Tensor], Tensor]
"""The rest of a target network: activations (N, ...) -> logits (N, C)."""


class Stitching(NamedTuple):
    """Held-out scores of one stitched network; nats, and natural ratios."""

    accuracy: float
    """Share of right answers of the stitched network."""
    target_accuracy: float
    accuracy_ratio: float
    """Stitched over target; above 1 when a rich source feeds a poor target."""
    ce: float
    """Cross-entropy of the stitched network with the labels."""
    target_ce: float
    kl: float
    """Mean KL(target output || stitched output), at least 0; lower is closer."""
    information: float
    """I(output; activations) of the target, which scales the next."""
    relative_kl: float
    """``kl / information``; 0 is perfect, 1 as bad as answering the mean output."""
    entropy_ratio: float
    """1 - kl / mean entropy of the stitched output, as released by the authors:
    unbounded below, and nan where the outputs are certain; for comparison."""


def stitching_loss(
    stitcher: Stitcher,
    head: Head,
    z: Tensor,
    answer: Tensor,
    *,
    objective: str = "kl",
    temperature: float = 1.0,
) -> Tensor:
    r"""Loss of one batch of a stitched network; see `fit_stitcher`.

    Args:
        stitcher: the map s.
        head: the target's head, frozen.
        z: (B, ...) activations of the source.
        answer: what the stitched network is held to: for *kl* the target's outputs
            (B, C) at that temperature, for *ce* labels (B,), for *mse* the
            target's activations.
        objective: ``"kl"``, ``"ce"`` or ``"mse"``.
        temperature: of *kl*; its square keeps the size of the gradient.

    Returns:
        A scalar.
    """
    moved = stitcher(z)
    if objective == "mse":
        return (moved - answer).square().mean()
    if objective == "ce":
        return cross_entropy(head(moved), answer)
    log_p = (head(moved) / temperature).log_softmax(1)
    return temperature**2 * kl_div(log_p, answer, reduction="batchmean")


def fit_stitcher(
    stitcher: Stitcher,
    source: Tensor,
    head: Head,
    answer: Tensor,
    recipe: Recipe = STITCHER,
    *,
    seed: int = 0,
    objective: str = "kl",
    temperature: float = 1.0,
) -> History:
    r"""Fit a stitcher between cached activations and a frozen head.

    * *kl*: $\tau^2\,\mathbb E\,\mathrm{KL}(q_B(\cdot|z_B)\,\|\,q_B(\cdot|s(z_A)))$ at
      temperature $\tau$; target first, mean over samples.  It cannot beat the
      target, and at its best bounds $I(\hat Y_B;Z_B\mid Z_A)$ from above.
    * *ce*: cross-entropy of the stitched output with the labels.  It sees labels,
      so it can beat the target and rescue an unrelated source.
    * *mse*: mean squared error of $s(z_A)$ as a reconstruction of $z_B$; the head
      is not used.

    Args:
        stitcher: fitted in place, on its own device, together with all tensors.
        source: (N, ...) activations $Z_A$ of the fit split.
        head: rest of the target network, activations -> (N, C) logits.  A module
            is closed to gradients and in evaluation mode until the end.
        answer: of the same samples, what the stitched network is held to: the
            target's activations $Z_B$, (N, ...), for *kl* and *mse*, or labels,
            (N,) integers, for *ce*.
        recipe: how.
        seed: of the batches' order.
        objective: ``"kl"``, ``"ce"`` or ``"mse"``.
        temperature: $\tau$, above 0; for *kl*.

    Returns:
        Epoch means of the ``loss``.

    Raises:
        ValueError: an unknown objective, an answer of another length, or a number
            out of range.

    Source: sections on stitching of *Bridging Functional and Representational
    Similarity via Usable Information* (2026), and its code for the defaults.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective: got {objective!r}; give one of {OBJECTIVES}")
    if not temperature > 0:
        raise ValueError(f"temperature: got {temperature}; give more than 0")
    if len(answer) != len(source):
        raise ValueError(
            f"source has {len(source)} rows and answer has {len(answer)}; give the "
            "same samples in the same order"
        )
    with _frozen(head):
        if objective == "kl":
            answer = (_logits(head, answer) / temperature).softmax(1)

        def step(z: Tensor, answer: Tensor) -> Tensor:
            return stitching_loss(
                stitcher,
                head,
                z,
                answer,
                objective=objective,
                temperature=temperature,
            )

        return recipe.fit(
            step,
            stitcher,
            (source.detach(), answer.detach()),
            generator=generator(seed, "stitching batches"),
        )


def evaluate_stitching(
    stitcher: Stitcher,
    source: Tensor,
    head: Head,
    target: Tensor,
    labels: Tensor,
    *,
    batch_size: int = 2048,
) -> Stitching:
    r"""Score a stitched network on samples that the stitcher has not seen.

    $$\text{relative KL}=\frac{\mathbb E\,\mathrm{KL}(q_B(\cdot|Z_B)\,\|\,
    q_B(\cdot|s(Z_A)))}{I(\hat Y_B;Z_B)}$$

    Args:
        stitcher: fitted elsewhere.
        source: (N, ...) activations $Z_A$, test split.
        head: rest of the target network.
        target: (N, ...) activations $Z_B$ of the same samples.
        labels: (N,) integers.
        batch_size: bounds the memory.

    Returns:
        A `Stitching`.

    Raises:
        ValueError: there are no samples, or lengths differ.
    """
    lengths = {len(source), len(target), len(labels)}
    if len(lengths) != 1 or not len(source):
        raise ValueError(
            f"source has {len(source)} rows, target {len(target)}, labels "
            f"{len(labels)}; give the same samples, at least one"
        )
    moved = predict(stitcher, source, batch_size=batch_size)
    with _frozen(head):
        stitched = _logits(head, moved, batch_size).double()
        own = _logits(head, target, batch_size).double()
    log_p, log_q = stitched.log_softmax(1), own.log_softmax(1)
    kl = float(kl_div(log_p, log_q, reduction="batchmean", log_target=True))
    entropy = float(torch.special.entr(log_p.exp()).sum(1).mean())
    information = output_information(own)
    accuracy = float((stitched.argmax(1) == labels).double().mean())
    target_accuracy = float((own.argmax(1) == labels).double().mean())
    return Stitching(
        accuracy=accuracy,
        target_accuracy=target_accuracy,
        accuracy_ratio=_ratio(accuracy, target_accuracy),
        ce=float(cross_entropy(stitched, labels.long())),
        target_ce=float(cross_entropy(own, labels.long())),
        kl=max(0.0, kl),
        information=information,
        relative_kl=_ratio(max(0.0, kl), information),
        entropy_ratio=1 - _ratio(kl, entropy),
    )


def output_information(logits: Tensor) -> float:
    r"""$I(\hat Y;Z)=H(\overline q)-\overline{H(q)}$ of a network's outputs, in nats.

    Args:
        logits: (N, C) of one network on N samples.

    Returns:
        A number in [0, log C]; 0 where the output never changes.

    >>> round(output_information(100 * torch.eye(2)), 4)
    0.6931
    """
    q = logits.double().softmax(1)
    entropies = torch.special.entr(q).sum(1).mean()
    return max(0.0, float(torch.special.entr(q.mean(0)).sum() - entropies))


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")


def _logits(head: Head, z: Tensor, batch_size: int = 2048) -> Tensor:
    return predict(nn.Identity(), z, call=head, batch_size=batch_size)


@contextmanager
def _frozen(head: Head) -> Iterator[None]:
    """Hold a module in evaluation mode, closed to gradients; put it back after."""
    if not isinstance(head, nn.Module):
        yield
        return
    flags = [(part, part.requires_grad) for part in head.parameters()]
    with evaluating(head):
        head.requires_grad_(False)
        try:
            yield
        finally:
            for parameter, flag in flags:
                parameter.requires_grad_(flag)
