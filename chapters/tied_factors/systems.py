"""The methods that are compared: one classifier, trained in three ways.

Both rivals have one number to choose and choose it alike: among four values, by
the cross-entropy on the validation part.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.tied_factors.data import Data
from support.training import Recipe, generator

__all__ = ["DECAYS", "RECIPES", "STOPS", "SYSTEMS", "fit_linear", "objective"]

RECIPES = {
    "quick": Recipe(epochs=300, batch_size=64, rate=0.5, optimizer="sgd"),
    "full": Recipe(epochs=3000, batch_size=64, rate=0.5, optimizer="sgd"),
}
DECAYS = (0.01, 0.03, 0.1, 0.3)
#: Shares of all epochs after which a training is stopped.
STOPS = (0.01, 0.03, 0.1, 0.3)


def objective(model: nn.Linear, x: Tensor, y: Tensor, decay: float) -> Tensor:
    r"""The loss with weight decay.

    $$L(W,b)=\frac1n\sum_i-\log p_{W,b}(y_i\mid x_i)+\frac\lambda2\|W\|^2$$

    Args:
        model: $x\mapsto Wx+b$.
        x: (n, d) samples.
        y: (n,) classes.
        decay: $\lambda$, at least 0.

    Returns:
        A scalar, in nats.

    >>> float(objective(nn.Linear(1, 2).requires_grad_(False),
    ...                 torch.zeros(1, 1), torch.tensor([0]), 0.0)) > 0
    True
    """
    fit = cross_entropy(model(x), y)
    penalty = decay / 2 * model.weight.square().sum()
    return fit + penalty


def fit_linear(data: Data, recipe: Recipe, seed: int, decay: float = 0.0) -> nn.Linear:
    """Train a linear classifier from zero.

    Args:
        data: of the chapter.
        recipe: of the training.
        seed: of the order of batches.
        decay: as in `objective`.
    """
    model = nn.Linear(data.x_train.shape[1], data.n_classes)
    model = model.to(data.x_train.device)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)  # the theorem of the lesson begins here
    recipe.fit(
        lambda x, y: objective(model, x, y, decay),
        model,
        (data.x_train, data.y_train),
        generator=generator(seed, "batches"),
    )
    return model


def _without(data: Data, recipe: Recipe, seed: int) -> nn.Linear:
    return fit_linear(data, recipe, seed)


def _stopped(data: Data, recipe: Recipe, seed: int) -> nn.Linear:
    lengths = [max(1, round(share * recipe.epochs)) for share in STOPS]
    short = [replace(recipe, epochs=length) for length in lengths]
    return _best([fit_linear(data, each, seed) for each in short], data)


def _decayed(data: Data, recipe: Recipe, seed: int) -> nn.Linear:
    return _best([fit_linear(data, recipe, seed, decay) for decay in DECAYS], data)


def _best(models: Sequence[nn.Linear], data: Data) -> nn.Linear:
    with torch.no_grad():
        losses = [float(cross_entropy(m(data.x_valid), data.y_valid)) for m in models]
    return models[losses.index(min(losses))]


#: Name to training, the baseline first; a reader's own method is called alike.
SYSTEMS: dict[str, Callable[[Data, Recipe, int], nn.Linear]] = {
    "no decay": _without,
    "early stopping": _stopped,
    "weight decay": _decayed,
}
