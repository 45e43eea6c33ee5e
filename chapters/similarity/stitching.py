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
from torch.nn.functional import kl_div

from support.training import History, Recipe, evaluating, generator, predict

__all__ = [
    "STITCHER",
    "Head",
    "Stitching",
    "compare_outputs",
    "evaluate_stitching",
    "fit_stitcher",
    "stitching_loss",
]

STITCHER = Recipe(epochs=10, batch_size=256, rate=1e-3, schedule="cosine")
"""Adam at 1e-3, batches of 256 and 10 epochs are the authors'; the cosine is ours."""
Head = Callable[[Tensor], Tensor]
"""The rest of a target network: activations (N, ...) -> logits (N, C)."""


class Stitching(NamedTuple):
    """Held-out scores of one stitched network, or of J of them; in nats.

    Args:
        kl: () or (J,) mean KL(target's output || stitched output); 0 is perfect.
        information: () or (J,) I(output; activations) of the target.
        stitched: (..., N, C) output probabilities of the stitched network.
        target: (..., N, C) those of the target.
    """

    kl: Tensor
    information: Tensor
    stitched: Tensor
    target: Tensor

    @property
    def relative(self) -> Tensor:
        """Relative KL: 0 is perfect, 1 as bad as always answering the mean output."""
        return self.kl / self.information

    def accuracy(self, labels: Tensor) -> Tensor:
        """(..., N) true classes -> how often the stitched network is right."""
        return (self.stitched.argmax(-1) == labels).double().mean(-1)

    def target_accuracy(self, labels: Tensor) -> Tensor:
        """(..., N) true classes -> how often the target itself is right."""
        return (self.target.argmax(-1) == labels).double().mean(-1)


def stitching_loss(
    stitcher: nn.Module, head: Head, z_source: Tensor, q_target: Tensor
) -> Tensor:
    r"""$\mathbb E\,\mathrm{KL}(q_B(\cdot|z_B)\,\|\,q_B(\cdot|s(z_A)))$ of one batch.

    Args:
        stitcher: the map s.
        head: the target's head, frozen.
        z_source: (B, ...) activations $z_A$ of the source.
        q_target: (B, C) the target's outputs $q_B(\cdot|z_B)$.

    Returns:
        A scalar in nats.
    """
    log_p = head(stitcher(z_source)).log_softmax(1)
    return kl_div(log_p, q_target, reduction="batchmean")


def fit_stitcher(
    stitcher: nn.Module,
    z_source: Tensor,
    head: Head,
    z_target: Tensor,
    recipe: Recipe = STITCHER,
    *,
    seed: int = 0,
) -> History:
    """Fit a stitcher between cached activations and a frozen head.

    Its loss cannot fall below that of the target's own output, and at its best
    bounds what the source lacks from above.

    Args:
        stitcher: fitted in place, on its own device, together with all tensors.
        z_source: (N, ...) activations of the source.
        head: rest of the target network, activations -> (N, C) logits.  A module
            is closed to gradients and in evaluation mode until the end.
        z_target: (N, ...) activations of the target on the same samples.
        recipe: how.
        seed: of the batches' order.

    Returns:
        Epoch means of the ``loss``.

    Raises:
        ValueError: source and target have different lengths.

    Source: sections on stitching of *Bridging Functional and Representational
    Similarity via Usable Information* (2026), and its code for the defaults.
    """
    if len(z_target) != len(z_source):
        raise ValueError(
            f"z_source has {len(z_source)} rows and z_target {len(z_target)}; give the "
            "same samples in the same order"
        )
    with _frozen(head):
        q_target = _logits(head, z_target).softmax(1)
        return recipe.fit(
            lambda z, q: stitching_loss(stitcher, head, z, q),
            stitcher,
            (z_source.detach(), q_target.detach()),
            generator=generator(seed, "stitching batches"),
        )


def evaluate_stitching(
    stitcher: nn.Module, z_source: Tensor, head: Head, z_target: Tensor
) -> Stitching:
    """Score a stitched network on samples that the stitcher has not seen.

    Args:
        stitcher: fitted elsewhere.
        z_source: (N, ...) activations of the source, test split.
        head: rest of the target network.
        z_target: (N, ...) activations of the target on the same samples.

    Raises:
        ValueError: there are no samples, or lengths differ.
    """
    if len(z_source) != len(z_target) or not len(z_source):
        raise ValueError(
            f"z_source has {len(z_source)} rows and z_target {len(z_target)}; give the "
            "same samples, at least one"
        )
    moved = predict(stitcher, z_source)
    with _frozen(head):
        return compare_outputs(_logits(head, moved), _logits(head, z_target))


def compare_outputs(stitched: Tensor, own: Tensor) -> Stitching:
    r"""Divergence of a stitched network's outputs from the target's own.

    $$\text{relative KL}=\frac{\mathbb E\,\mathrm{KL}(q_B(\cdot|Z_B)\,\|\,
    q_B(\cdot|s(Z_A)))}{I(\hat Y_B;Z_B)},\qquad
    I(\hat Y_B;Z_B)=H(\overline q_B)-\overline{H(q_B)}$$

    Args:
        stitched: (..., N, C) logits of the stitched network.
        own: (..., N, C) logits of the target.

    >>> sure = 100 * torch.eye(2)
    >>> [round(float(value), 4) for value in compare_outputs(sure, sure)[:2]]
    [0.0, 0.6931]
    """
    log_p, log_q = (logits.double().log_softmax(-1) for logits in (stitched, own))
    q = log_q.exp()
    kl = (q * (log_q - log_p)).sum(-1).mean(-1)
    mean = q.mean(-2)
    entropies = torch.special.xlogy(mean, mean).sum(-1)
    information = (q * log_q).sum(-1).mean(-1) - entropies
    return Stitching(kl, information, log_p.exp(), q)


def _logits(head: Head, z: Tensor) -> Tensor:
    return predict(nn.Identity(), z, call=head)


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
