"""CKA of more samples than fit into memory, batch by batch."""

from collections.abc import Iterable

from torch import Tensor

from support.metrics.similarity.inputs import check_pair
from support.metrics.similarity.kernels import alignment, linear_hsics

__all__ = ["MinibatchCKA", "minibatch_cka"]


class MinibatchCKA:
    r"""Accumulate linear CKA over batches.

    The unbiased HSIC of each batch is averaged, and the ratio is formed **once**,
    at the end.  Circulating code averages a ratio a batch, most often of the
    biased form, whose value then depends on the size of the batch.  Batches are
    weighted by their number of samples, so that a short last one counts less.

    Symmetric, invariant and directed as `support.metrics.similarity.linear_cka`.

    Source: Nguyen, Raghu and Kornblith, ICLR 2021, section 2, equations 2 and 3.

    >>> import torch
    >>> stream, x = MinibatchCKA(), torch.arange(16.0).reshape(8, 2) ** 2
    >>> for batch in x.split(4):
    ...     stream.update(batch, 2 * batch)
    >>> round(stream.compute(), 6)
    1.0
    """

    def __init__(self) -> None:
        self._sums = [0.0] * 5
        self.samples = 0

    def update(self, x: Tensor, y: Tensor) -> None:
        """Add one batch.

        Args:
            x: (n, p), n at least 4.
            y: (n, q), the same samples in the same order.

        Raises:
            ValueError: as `support.metrics.similarity.linear_cka`.
        """
        x, y = check_pair(x, y, 4)
        for place, value in enumerate(linear_hsics(x, y, unbiased=True)):
            self._sums[place] += len(x) * value
        self.samples += len(x)

    def compute(self) -> float:
        """Return CKA of the batches seen so far.

        Raises:
            ValueError: no batch yet, or a side relates no two samples.
        """
        if not self.samples:
            raise ValueError("no batch yet; call update(x, y) first")
        return alignment(*(value / self.samples for value in self._sums))


def minibatch_cka(batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Linear CKA over pairs of batches; see `MinibatchCKA`.

    Args:
        batches: pairs (n, p), (n, q) of the same samples, each n at least 4.

    Returns:
        At most 1; higher is more alike; 0 on average for independent sides.

    Raises:
        ValueError: there is no batch, or a batch is refused.

    >>> import torch
    >>> x = torch.arange(16.0).reshape(8, 2) ** 2
    >>> round(minibatch_cka(zip(x.split(4), x.split(4))), 6)
    1.0
    """
    stream = MinibatchCKA()
    for x, y in batches:
        stream.update(x, y)
    return stream.compute()
