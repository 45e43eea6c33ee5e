"""How things are trained: seeds as streams, one loop, recipes for it, predictions.

>>> import torch
>>> recipe = Recipe(epochs=30, rate=0.05)
>>> x, y = torch.eye(3), torch.tensor([1.0, 2.0, 3.0])
>>> with seeded_init(0, "initialisation"):
...     model = torch.nn.Linear(3, 1)
>>> def step(x, y):
...     return (model(x).squeeze(1) - y).square().mean()
>>> history = recipe.fit(step, model, (x, y), generator=generator(0, "batches"))
>>> predict(model, x).shape
torch.Size([3, 1])
"""

from support.training.checks import require_tensor, resolve_device
from support.training.loop import History, fit
from support.training.prediction import evaluating, predict
from support.training.recipe import Recipe
from support.training.streams import generator, seeded_init, stream_seed

__all__ = [
    "History",
    "Recipe",
    "evaluating",
    "fit",
    "generator",
    "predict",
    "require_tensor",
    "resolve_device",
    "seeded_init",
    "stream_seed",
]
