"""Learned vectors that stand before a sequence."""

import torch
from torch import Tensor, nn

from support.generators import random_source
from support.scalars import whole

__all__ = ["Token"]

_SPREAD = 0.5


class Token(nn.Module):
    r"""One vector before each sequence; in training drawn among several.

    $$\text{training: }r\sim\mathcal U\{1..R\}\text{ for each utterance},\ c=c_r;\qquad
    \text{test: }c=\frac1R\sum_rc_r$$

    With one vector it is the class token of BERT and ViT.  Several start at different
    places, or by symmetry they would stay equal.

    Args:
        width: d.
        vectors: R.

    Raises:
        ValueError: a count is no integer or below 1.

    Source: Mingote et al., arXiv 2111.03842v2, for the sampling; the law of the draw,
    the start and the mean at test are ours.

    >>> Token(4)(3).shape
    torch.Size([3, 1, 4])
    """

    def __init__(self, width: int, vectors: int = 1) -> None:
        super().__init__()
        size = whole("vectors", vectors), whole("width", width)
        self.vectors = nn.Parameter(_SPREAD * torch.randn(size))

    def forward(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Tokens for so many sequences.

        Args:
            count: N, at least 0.
            generator: draws r in training; None draws from torch's own stream, which
                `support.training.fit` seeds.

        Returns:
            (N, 1, d).

        Raises:
            ValueError: the count is no integer or below 0, or the generator is none.
        """
        count, several = whole("count", count, least=0), len(self.vectors)
        if self.training and several > 1:
            at = self.vectors.device
            if generator is not None:
                at = random_source("generator", generator).device
            drawn = torch.randint(several, (count,), generator=generator, device=at)
            return self.vectors[drawn.to(self.vectors.device), None]
        return self.vectors.mean(0).expand(count, 1, -1)
