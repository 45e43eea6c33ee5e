"""Batches of sequences that hold every class."""

from collections.abc import Iterator

import torch
from torch import Tensor

from support.arrays import real

__all__ = ["StratifiedSequenceSampler"]


class StratifiedSequenceSampler:
    """Yields batches of sequence numbers, each with enough frames of every class.

    A ranking loss compares only samples of one batch; a class that is missing from
    it teaches nothing.  Each batch is first filled, rarest class first, with random
    sequences that hold the classes it still lacks, then with random ones.  In an
    epoch each sequence comes once, unless a rare class must be borrowed again.

    Args:
        class_counts: frames of each class in each sequence, shape (S, C).
        batch_size: sequences a batch, at most S.
        generator: of the order, on the CPU.
        minimum: frames of each class wanted in a batch; met where possible.

    Raises:
        ValueError: the shape or a size is out of range, a count is negative or not
            finite, or a class is nowhere.

    Iterating gives one epoch of ⌈S / batch_size⌉ batches, each an int64 tensor of
    shape (batch_size,), without repetition inside the batch.

    >>> sampler = StratifiedSequenceSampler(torch.eye(4)[:, :2] + 1, 2,
    ...                                     torch.Generator())
    >>> [len(batch) for batch in sampler]
    [2, 2]
    """

    def __init__(
        self,
        class_counts: Tensor,
        batch_size: int,
        generator: torch.Generator,
        *,
        minimum: int = 20,
    ) -> None:
        class_counts = real("class_counts", class_counts).double()  # sums are exact
        if class_counts.ndim != 2 or not class_counts.numel():
            raise ValueError(
                f"class_counts: got shape {tuple(class_counts.shape)}; give (S, C)"
            )
        if bool((class_counts < 0).any()):
            raise ValueError(
                f"class_counts: got {float(class_counts.min())}; give counts of at "
                "least 0"
            )
        if not 1 <= batch_size <= len(class_counts):
            raise ValueError(
                f"batch_size: got {batch_size}; give 1 to {len(class_counts)}, the "
                "number of sequences"
            )
        absent = (class_counts.sum(0) == 0).nonzero().flatten().tolist()
        if absent:
            raise ValueError(
                f"class_counts: class {absent} is in no sequence; add data or drop it"
            )
        self.counts = class_counts.cpu()
        self.batch_size = batch_size
        self.generator = generator
        self.minimum = minimum
        self.rarest_first = self.counts.sum(0).argsort().tolist()

    def __len__(self) -> int:
        return -(-len(self.counts) // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        fresh = torch.ones(len(self.counts), dtype=torch.bool)
        for _ in range(len(self)):
            batch = self._batch(fresh)
            fresh[batch] = False
            yield batch

    def _batch(self, fresh: Tensor) -> Tensor:
        # unused sequences come before used ones, each group in random order
        noise = torch.rand(len(fresh), generator=self.generator)
        order = (noise + ~fresh).argsort()
        counts = self.counts[order]
        taken = torch.zeros(len(order), dtype=torch.bool)
        for label in self.rarest_first:
            while int(taken.sum()) < self.batch_size:
                if int(counts[taken, label].sum()) >= self.minimum:
                    break
                useful = (~taken & (counts[:, label] > 0)).nonzero().flatten()
                if not len(useful):
                    break
                taken[useful[0]] = True
        rest = (~taken).nonzero().flatten()[: self.batch_size - int(taken.sum())]
        taken[rest] = True
        return order[taken]
