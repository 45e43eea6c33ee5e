"""One network, trained in many ways side by side.

What a training adds to the cross-entropy is a `Term`.  All trainings of a task begin
with the same weights and see the same batches, so they run as one *bank*: weights are
stacked, and Adam never mixes them.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.prototypes.data import Task
from support.losses.contrastive import centre_loss
from support.losses.prototypes import orthogonal_projection, prototype_distance
from support.models.coders import mlp
from support.models.fixed_tables import factor_tables, orthogonal_table
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "CHOSEN",
    "FACTORS",
    "MAKERS",
    "PULL",
    "RECIPES",
    "SEPARATION",
    "SIZES",
    "AtRightAngles",
    "Bank",
    "Model",
    "Term",
    "Tied",
    "ToCentres",
    "ToFactors",
    "ToPrototypes",
    "WithHeads",
    "blocks",
    "class_table",
    "compared",
    "factor_table",
    "pull",
    "scaled_table",
    "terms",
    "train_bank",
]

RECIPES = {
    profile: {
        "digits": Recipe(updates=400 * more, batch_size=64, rate=3e-3),
        "tones": Recipe(updates=800 * more, batch_size=128, rate=2e-3),
        "speech": Recipe(updates=500 * more, batch_size=64, rate=2e-3),
    }
    for profile, more in (("quick", 1), ("full", 5))
}


class Model(nn.Module):
    """A perceptron whose embedding is linear, and a linear head on it.

    Args:
        task: gives widths and number of classes.
        seed: of the initial weights.
    """

    def __init__(self, task: Task, seed: int) -> None:
        super().__init__()
        with seeded_init(seed, "weights"):
            width = task.train.x.shape[1]
            self.body = mlp(width, task.hidden, task.width, norm=False)
            self.head = nn.Linear(task.width, len(task.classes))

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) -> logits (n, C)."""
        return self.head(self.body(x))

    def embed(self, x: Tensor) -> Tensor:
        """(n, d) -> (n, k), without gradients."""
        return predict(self.body, x)

    def predict(self, x: Tensor) -> Tensor:
        """(n, d) -> logits (n, C), without gradients."""
        return predict(self, x)

    @property
    def linear(self) -> list[nn.Linear]:
        """Its layers that hold weights, the head last."""
        return [part for part in self.modules() if isinstance(part, nn.Linear)]


class Term(nn.Module):
    """Cross-entropy, with label smoothing and weight decay if they are wanted."""

    def __init__(self, decay: float = 0.0, smoothing: float = 0.0) -> None:
        super().__init__()
        self.decay, self.smoothing = decay, smoothing

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """Embeddings (B, k), logits (B, C), classes (B,), levels (B, A) -> a scalar."""
        return cross_entropy(logits, y, label_smoothing=self.smoothing)


class ToPrototypes(Term):
    """Cross-entropy, and a pull of each embedding to the prototype of its class."""

    table: Tensor

    def __init__(
        self, table: Tensor, weight: float = 1.0, over: Literal["sum", "mean"] = "sum"
    ) -> None:
        super().__init__()
        self.register_buffer("table", table)  # a buffer is saved, and never trained
        self.weight, self.over = weight, over

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        distance = prototype_distance(z, self.table[y], over=self.over)
        return cross_entropy(logits, y) + self.weight * distance.mean()


class Tied(ToPrototypes):
    """The successor's classifier: the prototypes are the head as well."""

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        return super().forward(z, z @ self.table.T, y, levels)


class ToCentres(Term):
    """Cross-entropy, and a pull to centres that are trained along."""

    def __init__(self, centres: Tensor, weight: float) -> None:
        super().__init__()
        self.centres, self.weight = nn.Parameter(centres), weight

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`; twice the centre loss is the squared distance."""
        pull = 2 * centre_loss(z, y, self.centres)
        return cross_entropy(logits, y) + self.weight * pull


class AtRightAngles(Term):
    """Cross-entropy, and classes at right angles without any prototypes."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        return cross_entropy(logits, y) + self.weight * orthogonal_projection(z, y)


class ToFactors(Term):
    """Cross-entropy, and a pull of each block to where its factor's level stands."""

    tables: Tensor

    def __init__(self, tables: Tensor, weight: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("tables", tables)  # (A, L, k / A)
        self.weight = weight

    def forward(self, z: Tensor, logits: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """See `Term`."""
        count = len(self.tables)
        factor = torch.arange(count, device=z.device)
        # One row of each table, side by side.
        p = self.tables[factor, levels].flatten(1)
        pull = prototype_distance(z, p).mean() / count
        return cross_entropy(logits, y) + self.weight * pull


class WithHeads(Term):
    """Cross-entropy of the class and, by a linear head each, of all factors."""

    def __init__(self, task: Task, seed: int, weight: float, *, own: bool) -> None:
        super().__init__()
        count = len(task.factors)
        width = task.width // count if own else task.width
        with seeded_init(seed, "heads"):
            self.heads = nn.ModuleList(
                nn.Linear(width, task.n_levels) for _ in range(count)
            )
        self.weight, self.own = weight, own

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
        return cross_entropy(logits, y) + self.weight * factors.mean()


def blocks(z: Tensor, count: int) -> Sequence[Tensor]:
    """(..., k) -> ``count`` parts (..., k / count), one a factor."""
    return z.split(z.shape[-1] // count, -1)


def class_table(task: Task, seed: int) -> Tensor:
    """(C, k) orthogonal prototypes of length 1, drawn by the seed."""
    source = generator(seed, "prototypes")
    table = orthogonal_table(len(task.classes), task.width, source)
    return table.to(task.train.x.device)


def factor_table(task: Task, seed: int) -> Tensor:
    """(A, L, k / A) orthogonal prototypes of each factor's levels, of length 1."""
    count = len(task.factors)
    tables = factor_tables(
        [task.n_levels] * count,
        [task.width // count] * count,
        generator(seed, "prototypes"),
    )
    return torch.stack(tables).to(task.train.x.device)


def _centres(task: Task, seed: int, weight: float) -> Term:
    size = len(task.classes), task.width
    start = torch.randn(size, generator=generator(seed, "centres"))
    return ToCentres(start, weight)


PULL = {"digits": 1.0, "tones": 1.0, "speech": 0.3}
"""Weight of the pull to prototypes, whatever their scale."""


def pull(
    task: Task, seed: int, scale: float, weight: float | None = None
) -> ToPrototypes:
    """Orthogonal prototypes of some scale, 0 for a pull to the origin."""
    weight = PULL[task.name] if weight is None else weight
    return ToPrototypes(scale * class_table(task, seed), weight)


#: Name to (task, seed, value) -> term; the value is what tuning chose.
MAKERS: dict[str, Callable[[Task, int, Any], Term]] = {
    "cross-entropy": lambda task, seed, _: Term(),
    "regularised": lambda task, seed, value: Term(*value),
    "prototypes": lambda task, seed, scale: pull(task, seed, scale),
    "pull to origin": lambda task, seed, weight: pull(task, seed, 0, weight),
    "trained centres": _centres,
    "right angles": lambda task, seed, weight: AtRightAngles(weight),
    # the scales of the sister paper's code and of the successor, as they are
    "mean, scale 10": lambda task, seed, _: ToPrototypes(
        10 * class_table(task, seed), over="mean"
    ),
    "prototypes as head": lambda task, seed, _: Tied(class_table(task, seed), 0.05),
    "factor prototypes": lambda task, seed, scale: ToFactors(
        scale * factor_table(task, seed), PULL[task.name]
    ),
    "heads on blocks": lambda task, seed, weight: WithHeads(
        task, seed, weight, own=True
    ),
    "heads on blocks, by accuracy": lambda task, seed, weight: WithHeads(
        task, seed, weight, own=True
    ),
    "heads on all": lambda task, seed, weight: WithHeads(task, seed, weight, own=False),
}
#: What tuning chose among four values each (`chapters.prototypes.tuning`).
CHOSEN: dict[str, dict[str, Any]] = {
    "digits": {
        "regularised": (0.0, 0.1),
        "prototypes": 1.0,
        "pull to origin": 0.1,
        "trained centres": 0.3,
        "right angles": 1.0,
    },
    "tones": {
        "regularised": (0.01, 0.0),
        "pull to origin": 0.1,
        "factor prototypes": 5.0,
        "heads on blocks": 0.1,
        "heads on blocks, by accuracy": 3.0,
        "heads on all": 0.1,
    },
    "speech": {
        "regularised": (0.0, 0.1),
        "prototypes": 1.0,
        "pull to origin": 0.3,
        "factor prototypes": 1.0,
        "heads on blocks": 0.3,
        "heads on blocks, by accuracy": 0.3,
        "heads on all": 3.0,
    },
}
#: What is compared where classes get prototypes, the baseline first.
SEPARATION = (
    "cross-entropy",
    "regularised",
    "prototypes",
    "pull to origin",
    "trained centres",
    "right angles",
    "mean, scale 10",
    "prototypes as head",
)
#: What is compared where factors get them, the baseline first.
FACTORS = (
    "regularised",
    "cross-entropy",
    "heads on all",
    "heads on blocks",
    "heads on blocks, by accuracy",
    "factor prototypes",
    "pull to origin",
)
#: Labels a class that are learnt from; None takes all.
SIZES = {"all labels": None, "20 a class": 20, "5 a class": 5}


def compared(task: Task) -> list[str]:
    """Where classes get prototypes: what was tuned on this task, or needs no tuning."""
    tuned = CHOSEN[task.name].keys() | {
        "cross-entropy",
        "mean, scale 10",
        "prototypes as head",
    }
    return [name for name in SEPARATION if name in tuned]


def scaled_table(task: Task, seed: int) -> Tensor:
    """(C, k) prototypes as ``prototypes`` is trained with them."""
    return CHOSEN[task.name]["prototypes"] * class_table(task, seed)


def terms(
    task: Task, seed: int, names: Sequence[str], values: Mapping[str, Any] | None = None
) -> dict[str, Term]:
    """The terms of some trainings, with the values that tuning chose or others."""
    chosen = CHOSEN[task.name] | dict(values or {})
    return {name: MAKERS[name](task, seed, chosen.get(name)) for name in names}


class Bank(nn.Module):
    """Networks of one shape side by side; every sum over them is one over networks.

    Args:
        start: whose weights all of them begin with.
        terms: what each of them adds to its loss.
    """

    def __init__(self, start: Model, terms: Sequence[Term]) -> None:
        super().__init__()
        start.requires_grad_(False)
        self.shape, self.terms, count = start, list(terms), len(terms)
        self.extras = nn.ModuleList(terms)  # so that what they train is trained
        self.weights = nn.ParameterList(
            layer.weight.detach().T.repeat(count, 1, 1) for layer in start.linear
        )
        self.biases = nn.ParameterList(
            layer.bias.detach().repeat(count, 1, 1) for layer in start.linear
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, d) -> embeddings (M, B, k) and logits (M, B, C) of M networks."""
        *body, head = zip(self.weights, self.biases, strict=True)
        z = x
        for place, (weight, bias) in enumerate(body):
            z = (z.relu() if place else z) @ weight + bias
        return z, z @ head[0] + head[1]

    def loss(self, x: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """The sum of all networks' losses: no gradient goes from one to another."""
        z, logits = self(x)
        total = z.new_zeros(())
        for place, term in enumerate(self.terms):
            total = total + term(z[place], logits[place], y, levels)
            if term.decay:
                squares = [weight[place].square().sum() for weight in self.weights]
                total = total + term.decay / 2 * torch.stack(squares).sum()
        return total

    @torch.no_grad()
    def model(self, place: int) -> Model:
        """One of them alone; a tied head gets the prototypes as its weights."""
        model = deepcopy(self.shape)
        for layer, weight, bias in zip(
            model.linear, self.weights, self.biases, strict=True
        ):
            layer.weight.copy_(weight[place].T)
            layer.bias.copy_(bias[place, 0])
        term = self.terms[place]
        if isinstance(term, Tied):
            model.head.weight.copy_(term.table)
            model.head.bias.zero_()
        return model.eval()


def train_bank(
    task: Task, recipe: Recipe, seed: int, terms: Mapping[str, Term]
) -> dict[str, Model]:
    """Train one network a term, all from the same weights and on the same batches.

    Args:
        task: of the chapter.
        recipe: of the training.
        seed: of weights and batches.
        terms: name to what that training adds; at least one.

    Returns:
        Name to trained `Model`.
    """
    start = Model(task, seed).to(task.train.x.device)
    bank = Bank(start, list(terms.values())).to(task.train.x.device)
    part = task.train
    recipe.fit(
        bank.loss,
        bank,
        (part.x, part.y, part.levels),
        parameters=[each for each in bank.parameters() if each.requires_grad],
        generator=generator(seed, "batches"),
    )
    return {name: bank.model(place) for place, name in enumerate(terms)}
