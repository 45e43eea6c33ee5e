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
from support.training import History, fit, generator

__all__ = [
    "Head",
    "Stitching",
    "evaluate_stitching",
    "fit_stitcher",
    "output_information",
    "stitching_loss",
]

OBJECTIVES = ("kl", "ce", "mse")
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
    objective: str = "kl",
    *,
    target: Tensor | None = None,
    labels: Tensor | None = None,
    epochs: int = 10,
    batch_size: int = 256,
    learning_rate: float = 1e-3,
    temperature: float = 1.0,
    seed: int = 0,
    label: str = "",
    checkpoint: str | None = None,
) -> History:
    r"""Fit a stitcher between cached activations and a frozen head.

    * *kl*: $\tau^2\,\mathbb E\,\mathrm{KL}(q_B(\cdot|z_B)\,\|\,q_B(\cdot|s(z_A)))$ at
      temperature $\tau$; target first, mean over samples.  It cannot beat the
      target, and at its best bounds $I(\hat Y_B;Z_B\mid Z_A)$ from above.
    * *ce*: cross-entropy of the stitched output with the labels.  It sees labels,
      so it can beat the target and rescue an unrelated source.
    * *mse*: mean squared error of $s(z_A)$ as a reconstruction of $z_B$; the head
      is not used.

    Adam at 1e-3, batches of 256, 10 epochs are the authors'; the rate falls to 0
    along a cosine, which is ours.

    Args:
        stitcher: fitted in place, on its own device, together with all tensors.
        source: (N, ...) activations $Z_A$ of the fit split.
        head: rest of the target network, activations -> (N, C) logits.  A module
            is closed to gradients and in evaluation mode until the end.
        objective: ``"kl"``, ``"ce"`` or ``"mse"``.
        target: (N, ...) activations $Z_B$ of the same samples, for *kl* and *mse*.
        labels: (N,) integers, for *ce*.
        epochs: passes over the data.
        batch_size: samples a step.
        learning_rate: Adam's, at the start.
        temperature: $\tau$, above 0; for *kl*.
        seed: of the batches' order.
        label: the progress bar's name.
        checkpoint: a file to resume from.

    Returns:
        Epoch means of the ``loss``.

    Raises:
        ValueError: an unknown objective, the tensor that it needs is missing or of
            another length, or a number is out of range.

    Source: sections on stitching of *Bridging Functional and Representational
    Similarity via Usable Information* (2026), and its code for the defaults.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective: got {objective!r}; give one of {OBJECTIVES}")
    if not temperature > 0:
        raise ValueError(f"temperature: got {temperature}; give more than 0")
    name = "labels" if objective == "ce" else "target"
    wanted = labels if objective == "ce" else target
    if wanted is None:
        raise ValueError(f"{name}: objective {objective!r} needs it; give {name}=...")
    if len(wanted) != len(source):
        raise ValueError(
            f"source has {len(source)} rows and {name} has {len(wanted)}; give the "
            "same samples in the same order"
        )
    with _frozen(head):
        if objective == "kl":
            wanted = (_logits(head, wanted) / temperature).softmax(1)

        def step(z: Tensor, answer: Tensor) -> Tensor:
            return stitching_loss(
                stitcher,
                head,
                z,
                answer,
                objective=objective,
                temperature=temperature,
            )

        adam = torch.optim.Adam(stitcher.parameters(), learning_rate, fused=True)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(1, epochs))
        return fit(
            step,
            stitcher,
            (source.detach(), wanted.detach()),
            epochs=epochs,
            batch_size=batch_size,
            optimizer=adam,
            scheduler=cosine,
            generator=generator(seed, "stitching batches"),
            label=label,
            checkpoint=checkpoint,
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
    training = stitcher.training
    stitcher.eval()
    with _frozen(head), torch.no_grad():
        moved = [stitcher(batch) for batch in source.split(batch_size)]
        stitched = _logits(head, torch.cat(moved), batch_size).double()
        own = _logits(head, target, batch_size).double()
    stitcher.train(training)
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
    with torch.no_grad():
        return torch.cat([head(batch) for batch in z.split(batch_size)])


@contextmanager
def _frozen(head: Head) -> Iterator[None]:
    """Hold a module in evaluation mode, closed to gradients; put it back after."""
    if not isinstance(head, nn.Module):
        yield
        return
    modes = [(part, part.training) for part in head.modules()]
    flags = [(part, part.requires_grad) for part in head.parameters()]
    head.eval()
    head.requires_grad_(False)
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, flag in flags:
            parameter.requires_grad_(flag)
