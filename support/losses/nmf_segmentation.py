"""The loss of a segmenter that must rebuild the sound: labels, spectrum, sparsity."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from support.arrays import real, tensor
from support.scalars import number

__all__ = ["SegmentationLoss", "masked_bce", "nmf_segmentation"]


class SegmentationLoss(NamedTuple):
    """The weighted sum, and its three parts without their weights; scalars."""

    total: Tensor
    bce: Tensor
    recon: Tensor
    sparsity: Tensor


def masked_bce(logits: Tensor, labels: Tensor) -> Tensor:
    r"""Binary cross-entropy over what has been annotated.

    $$\mathcal L_{\mathrm{BCE}}=-\frac1{|\Omega|}\sum_{i\in\Omega}
    \big[y_i\log\sigma(z_i)+(1-y_i)\log(1-\sigma(z_i))\big],
    \qquad\Omega=\{i:y_i\ne-1\}$$

    Args:
        logits: any shape, such as (B, C, T).
        labels: the same shape; 1 is there, 0 is not there, -1 nobody has looked.

    Returns:
        Scalar of at least 0, in nats; ln 2 where all logits are 0.  A cell without a
        label has a gradient of exactly 0.

    Raises:
        ValueError: shapes differ, a label is something else, no cell has a label, or a
            logit is not finite.

    >>> masked_bce(torch.zeros(3), torch.tensor([1, 0, -1]))
    tensor(0.6931)
    """
    logits = real("logits", logits)
    labels = tensor("labels", labels, logits).detach()
    labels = labels.to(logits.device, torch.double)  # no label is rounded to another
    if labels.shape != logits.shape:
        raise ValueError(
            f"labels: got shape {tuple(labels.shape)} for logits of shape "
            f"{tuple(logits.shape)}; give one a logit"
        )
    known = labels != -1
    strange = known & (labels != 0) & (labels != 1)
    if bool(strange.any()):
        raise ValueError(
            f"labels: got {labels[strange][0].item()}; give 1, 0, or -1 where nobody "
            "has looked"
        )
    count = int(known.sum())
    if not count:
        raise ValueError("labels: no cell has a label; give 0 or 1 to one at least")
    summed = binary_cross_entropy_with_logits(
        logits, labels.clamp(min=0).to(logits), known.to(logits), reduction="sum"
    )
    return summed / count


def nmf_segmentation(
    logits: Tensor,
    labels: Tensor,
    recon: Tensor,
    x: Tensor,
    h: Tensor,
    *,
    alpha: float = 10.0,
    beta: float = 5.0,
    gamma: float = 0.1,
) -> SegmentationLoss:
    r"""Label the frames, rebuild the spectrogram, and use little for it.

    $$\mathcal L=\alpha\,\mathcal L_{\mathrm{BCE}}
    +\beta\,\frac1{BFT}\|\mathbf X-\mathbf W\mathbf H\|_F^2
    +\gamma\,\frac1{BKT}\sum\mathbf H$$

    Every part is a mean over its own entries, so $\gamma$ weighs an entry of
    $\mathbf H$ by $\gamma/BKT$ only.  Frames without labels are rebuilt all the same.

    Args:
        logits: such as (B, C, T), of the linear layer on H.
        labels: see `masked_bce`.
        recon: $\mathbf W\mathbf H$, such as (B, F, T).
        x: the spectrogram, the same shape.
        h: the code, such as (B, K, T), at least 0.
        alpha: weight of the labels, at least 0, like the others.
        beta: weight of the rebuilding.
        gamma: weight of the sparsity.

    Returns:
        `SegmentationLoss`; all parts are at least 0.

    Raises:
        ValueError: as `masked_bce`; the spectrograms' shapes differ or are empty; the
            code is empty or has a negative entry; a number is not finite; a weight is
            negative.

    Source: Lebourdais et al., Interspeech 2024 (arXiv 2406.13385), form and weights of
    the authors' code.

    >>> ones = torch.ones(1, 2, 3)
    >>> parts = nmf_segmentation(0 * ones, ones, 0 * ones, ones, ones)
    >>> [round(float(part), 3) for part in parts]
    [12.031, 0.693, 1.0, 1.0]
    """
    alpha, beta, gamma = (
        number(name, weight, least=0)
        for name, weight in (("alpha", alpha), ("beta", beta), ("gamma", gamma))
    )
    bce = masked_bce(logits, labels)
    logits = tensor("logits", logits)
    recon = real("recon", recon)
    x, h = real("x", x, like=recon), real("h", h, like=recon)
    if recon.shape != x.shape or not x.numel():
        raise ValueError(
            f"recon, x: got shapes {tuple(recon.shape)} and {tuple(x.shape)}; give two "
            "spectrograms of one shape, not empty"
        )
    if not h.numel():
        raise ValueError(f"h: got shape {tuple(h.shape)}; give at least one entry")
    if bool((h < 0).any()):
        raise ValueError(
            f"h: got {float(h.detach().min())}; give a code of at least 0, such as "
            "the output of a ReLU"
        )
    if logits.ndim == x.ndim == h.ndim == 3:
        sides = {(len(part), part.shape[2]) for part in (logits, x, h)}
        if len(sides) > 1:
            raise ValueError(
                f"logits, x, h: got shapes {tuple(logits.shape)}, {tuple(x.shape)} and "
                f"{tuple(h.shape)}; give (B, C, T), (B, F, T) and (B, K, T)"
            )
    kind = torch.promote_types(recon.dtype, x.dtype)
    error = mse_loss(recon.to(kind), x.to(kind))
    sparsity = h.mean()  # of what is at least 0 the mean is the L1 norm, scaled
    total = alpha * bce + beta * error + gamma * sparsity
    return SegmentationLoss(total, bce, error, sparsity)
