"""One network, trained in many ways side by side.

All trainings of a task begin with the same weights and see the same batches, so they
run as one *bank*: losses are summed, and Adam never mixes them.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from chapters.prototypes.data import Task
from chapters.prototypes.terms import Term, Tied
from support.arrays import real
from support.models.bank import PerceptronBank
from support.training import Recipe, generator, predict, seeded_init

__all__ = ["RECIPES", "Bank", "Model", "train"]

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

    Rows that do not fit, or are not finite, are refused by `embed` and `predict`.

    Args:
        body: (n, d) -> (n, k).
        head: (n, k) -> (n, C).
    """

    def __init__(self, body: nn.Sequential, head: nn.Linear) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, x: Tensor) -> Tensor:
        """(n, d) -> logits (n, C)."""
        return self.head(self.body(x))

    def embed(self, x: Tensor) -> Tensor:
        """(n, d) -> (n, k), without gradients."""
        return predict(self.body, self._rows(x))

    def predict(self, x: Tensor) -> Tensor:
        """(n, d) -> logits (n, C), without gradients."""
        return predict(self, self._rows(x))

    def _rows(self, x: Tensor) -> Tensor:
        weight = next(self.parameters())
        rows = real("x", x, like=weight).to(weight.dtype)
        if rows.ndim != 2 or rows.shape[1] != weight.shape[1]:
            raise ValueError(
                f"x: got shape {tuple(rows.shape)}; give (n, {weight.shape[1]})"
            )
        return rows


class Bank(nn.Module):
    """Networks side by side that begin with the same weights.

    Args:
        task: gives widths and number of classes.
        seed: of the weights.
        terms: what each of them adds to its loss.
    """

    def __init__(self, task: Task, seed: int, terms: Sequence[Term]) -> None:
        super().__init__()
        self.terms = list(terms)
        self.extras = nn.ModuleList(terms)  # so that what they train is trained
        widths = [task.train.x.shape[1], *task.hidden, task.width]
        with seeded_init(seed, "weights"):
            self.body = PerceptronBank(len(terms), widths, same=True)
            ends = [task.width, len(task.classes)]
            self.head = PerceptronBank(len(terms), ends, same=True)

    def loss(self, x: Tensor, y: Tensor, levels: Tensor) -> Tensor:
        """The sum of all networks' losses: no gradient goes from one to another."""
        z = self.body(x)
        logits, total = self.head(z), z.new_zeros(())
        weights = [*self.body.weights, *self.head.weights]
        for place, term in enumerate(self.terms):
            total = total + term(z[place], logits[place], y, levels)
            if term.decay:
                squares = [weight[place].square().sum() for weight in weights]
                total = total + term.decay / 2 * torch.stack(squares).sum()
        return total

    @torch.no_grad()
    def alone(self, place: int) -> Model:
        """One of them; a tied head gets the prototypes as its weights."""
        head = self.head.alone(place)[0]
        assert isinstance(head, nn.Linear)
        term = self.terms[place]
        if isinstance(term, Tied):
            head.weight.copy_(term.table)
            head.bias.zero_()
        return Model(self.body.alone(place), head).requires_grad_(False).eval()


def train(
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

    Raises:
        ValueError: there is no term, something is none, or one stands there twice.
    """
    if not terms or not all(isinstance(term, Term) for term in terms.values()):
        raise ValueError(f"terms: got {terms!r}; give a mapping of names to terms")
    if len({id(term) for term in terms.values()}) < len(terms):
        raise ValueError("terms: one stands there twice; give each network its own")
    bank = Bank(task, seed, list(terms.values())).to(task.train.x.device)
    part = task.train
    recipe.fit(
        bank.loss,
        bank,
        (part.x, part.y, part.levels),
        parameters=[each for each in bank.parameters() if each.requires_grad],
        generator=generator(seed, "batches"),
    )
    return {name: bank.alone(place) for place, name in enumerate(terms)}
