"""One network, trained in many ways side by side.

All trainings of a task begin with the same weights and see the same batches, so they
run as one *bank*: weights are stacked, losses are summed, and Adam never mixes them.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from chapters.prototypes.data import Task
from chapters.prototypes.terms import Term, Tied
from support.models.coders import mlp
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
