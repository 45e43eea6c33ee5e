"""What a training adds to the cross-entropy: a pull, heads, or nothing."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.prototypes.data import Task, blocks
from support.arrays import classes, real
from support.losses.prototypes import orthogonal_projection, prototype_distance
from support.scalars import number
from support.training import seeded_init

__all__ = [
    "AtRightAngles",
    "Term",
    "Tied",
    "ToFactors",
    "ToPrototypes",
    "WithHeads",
]


class Term(nn.Module):
    """Cross-entropy, with label smoothing and weight decay if they are wanted.

    Raises:
        ValueError: a number is out of range.
    """

    def __init__(self, decay: float = 0.0, smoothing: float = 0.0) -> None:
        super().__init__()
        self.decay = number("decay", decay, least=0)
        self.smoothing = number("smoothing", smoothing, least=0, most=1)

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """Embeddings (B, k), logits (B, C), classes (B,), levels (B, A) -> a scalar."""
        return cross_entropy(logits, y, label_smoothing=self.smoothing)


class ToPrototypes(Term):
    """Cross-entropy, and a pull of each embedding to the prototype of its class."""

    def __init__(
        self,
        table: Tensor,
        weight: float = 1.0,
        over: Literal["sum", "mean"] = "sum",
        *,
        trained: bool = False,
    ) -> None:
        super().__init__()
        # (C, k), predefined unless the places are to be trained along
        self.table = nn.Parameter(real("table", table), requires_grad=trained)
        self.weight, self.over = number("weight", weight, least=0), over

    def places(self, y: Tensor, levels: Tensor) -> Tensor:
        """(B, k), the prototype of each sample."""
        return self.table[classes("y", y, len(self.table))]

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        distance = prototype_distance(z, self.places(y, levels), over=self.over)
        return cross_entropy(logits, y) + self.weight * distance.mean()


class Tied(ToPrototypes):
    """The successor's classifier: the prototypes are the head as well."""

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        return super().forward(z, z @ self.table.T, y, levels)


class AtRightAngles(Term):
    """Cross-entropy, and classes at right angles without any prototypes."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = number("weight", weight, least=0)

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        return cross_entropy(logits, y) + self.weight * orthogonal_projection(z, y)


class ToFactors(ToPrototypes):
    """Cross-entropy, and a pull of each block to where its factor's level stands."""

    def __init__(
        self, table: Tensor, weight: float = 1.0, *, trained: bool = False
    ) -> None:
        if table.ndim != 3 or not table.numel():
            raise ValueError(
                f"table: got shape {tuple(table.shape)}; give (A, L, k / A)"
            )
        super().__init__(table, weight / len(table), trained=trained)  # mean of factors

    def places(self, y: Tensor, levels: Tensor) -> Tensor:
        """(B, k), one row of each factor's table, side by side."""
        count, n_levels, _ = self.table.shape
        if levels.shape != (len(y), count):
            raise ValueError(
                f"levels: got shape {tuple(levels.shape)}; give ({len(y)}, {count})"
            )
        factor = torch.arange(count, device=levels.device)
        return self.table[factor, classes("levels", levels, n_levels)].flatten(1)


class WithHeads(Term):
    """Cross-entropy of the class and, by a linear head each, of all factors.

    With ``origin`` every embedding is pulled to 0 as well, by that weight.
    """

    def __init__(
        self, task: Task, seed: int, weight: float, *, own: bool, origin: float = 0.0
    ) -> None:
        super().__init__()
        count = len(task.factors)
        width = task.block if own else task.width
        if not count:
            raise ValueError("task: got one without factors; give one that has some")
        with seeded_init(seed, "heads"):
            self.heads = nn.ModuleList(
                nn.Linear(width, task.n_levels) for _ in range(count)
            )
        self.weight, self.own = number("weight", weight, least=0), own
        self.origin = number("origin", origin, least=0)

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        count = len(self.heads)
        seen = blocks(z, count) if self.own else [z] * count
        factors = torch.stack(
            [
                cross_entropy(head(part), level)
                for head, part, level in zip(self.heads, seen, levels.T, strict=True)
            ]
        )
        loss = cross_entropy(logits, y) + self.weight * factors.mean()
        return loss + self.origin * z.square().sum(1).mean()
