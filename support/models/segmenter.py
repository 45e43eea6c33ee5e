"""A segmenter that must rebuild the spectrogram from what it decides by."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from support.arrays import real
from support.scalars import whole

__all__ = ["NMFSegmenter", "Segmented"]

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "softplus": functional.softplus,
}


class Segmented(NamedTuple):
    """What a segmenter says of a batch.

    Args:
        h: (B, K, T) activations of the patterns, at least 0.
        logits: (B, C, T) of each class in each frame.
        recon: (B, F, T) spectrogram rebuilt from the activations.
    """

    h: Tensor
    logits: Tensor
    recon: Tensor


class NMFSegmenter(nn.Module):
    r"""Classes and the spectrogram, both linear in the same non-negative activations.

    $$H=\mathrm{ReLU}(\Psi(\cdot)),\qquad z_t=\Theta h_t+b,\qquad\hat X=WH$$

    so that each weight of $\Theta$ belongs to one spectral pattern, a column of W.

    Args:
        encoder: $\Psi$, maps (B, D, T) to (B, K, T); `support.models.tcn.TCN`, say.
        W: (F, K) dictionary of spectral patterns, at least 0.
        classes: C, at least 1; each a yes or no of its own.
        train_dictionary: let W learn too; negative entries count as 0 and columns are
            scaled to length 1 wherever it is used.  Else W stays as given.
        activation: ``relu`` or ``softplus``; GELU and others are not non-negative.

    Shape: (B, D, T) to `Segmented`.

    Raises:
        ValueError: W is negative, not finite, empty or no matrix, a column is 0 where
            it is to be scaled, a word or a size is out of range, or the encoder gives
            another number of channels than W has columns.

    Source: Mariotte, Almudévar, Tahon and Ortega, *An Explainable Proxy Model for
    Multilabel Audio Segmentation*, ICASSP 2024; Lebourdais et al., Interspeech 2024.

    >>> model = NMFSegmenter(nn.Conv1d(7, 3, 1), torch.rand(5, 3), 4)
    >>> model(torch.zeros(2, 7, 10)).recon.shape
    torch.Size([2, 5, 10])
    """

    W: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        W: Tensor,
        classes: int,
        *,
        train_dictionary: bool = False,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        W = real("W", real("W", W).detach().float()).clone()
        if W.ndim != 2 or not W.numel():
            raise ValueError(f"W: got shape {tuple(W.shape)}; give (F, K), not empty")
        if float(W.min()) < 0:
            raise ValueError(f"W: got {float(W.min()):g}; give numbers of at least 0")
        if train_dictionary and not bool((W > 0).any(0).all()):
            raise ValueError("W: a column is 0 and has no length 1; give patterns")
        if activation not in tuple(_ACTIVATIONS):  # whatever it is
            raise ValueError(
                f"activation: got {activation!r}; give one that is never negative, of "
                f"{', '.join(_ACTIVATIONS)}"
            )
        self.encoder = encoder
        self.head = nn.Conv1d(W.shape[1], whole("classes", classes), 1)
        self.activation = activation
        self.train_dictionary = train_dictionary
        if train_dictionary:
            self.W = nn.Parameter(W)
        else:
            self.register_buffer("W", W)

    @property
    def dictionary(self) -> Tensor:
        """(F, K) the patterns as they are used."""
        if not self.train_dictionary:
            return self.W
        return functional.normalize(self.W.clamp_min(0), dim=0)

    @property
    def theta(self) -> Tensor:
        r"""(C, K) weights $\Theta$ of the classes."""
        return self.head.weight[..., 0]

    @property
    def bias(self) -> Tensor:
        """(C,) b, what is said where no pattern is active."""
        assert self.head.bias is not None
        return self.head.bias

    def forward(self, x: Tensor) -> Segmented:
        """Activations, logits and what the activations rebuild."""
        z = self.encoder(x)
        if z.ndim != 3 or z.shape[1] != self.W.shape[1]:
            raise ValueError(
                f"encoder: gave shape {tuple(z.shape)}; W has {self.W.shape[1]} "
                "columns, so give (B, K, T) with as many channels"
            )
        h = _ACTIVATIONS[self.activation](z)
        return Segmented(h, self.head(h), torch.matmul(self.dictionary, h))
