"""The chapter's systems: the map in two regimes, its rivals, and one row less."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.unlearning.data import Ring
from chapters.unlearning.peers import bad_teaching, fine_tune, scrub
from chapters.unlearning.problem import Problem
from support.losses.forgetting import forget_loss, retain_loss, zero_shot_losses
from support.models.coders import mlp
from support.models.forgetting import forget_map, solve_forget_map
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "CONFIGURED",
    "GRIDS",
    "LONG",
    "MARKS",
    "PEERS",
    "SYSTEMS",
    "TUNED",
    "fit_map",
    "linear_map",
    "mapped",
    "own",
    "remove_row",
    "ring_maps",
    "train_ring",
    "zero_shot_map",
]

Forget = Callable[[Problem, Any, int], Any]

#: 200 steps of Adam at 1e-3, which is what the authors' ten epochs over the 5,000
#: forgotten pictures of a class of CIFAR-10 come to.
CONFIGURED = Recipe(updates=200, batch_size=64, rate=1e-3)
#: The same loss, trained on.
LONG = Recipe(updates=2000, batch_size=64, rate=1e-2)
#: Steps at which a long training is looked at.
MARKS = (0, 1, 2, 4, 7, 10, 15, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1200, 2000)

#: Four settings each: λ; (λ, hidden); rate; (weight, rate); (rate, epochs).
GRIDS: Mapping[str, tuple[Any, ...]] = {
    "fine-tune": (3e-4, 1e-3, 3e-3, 1e-2),
    "SCRUB": ((0.1, 5e-4), (0.1, 5e-3), (1.0, 5e-4), (1.0, 5e-3)),
    "Bad Teaching": ((5e-4, 3), (5e-4, 10), (5e-3, 3), (5e-3, 10)),
    "linear map": (0.1, 0.64, 6.4, 64.0),
    "zero-shot map": ((0.1, ()), (0.1, (128,)), (1.0, ()), (1.0, (128,))),
}
#: The least mean distance to retraining on the tuning seeds 200 to 202, of the
#: photographs with 3,000 for training.
TUNED: Mapping[str, Mapping[str, Any]] = {
    "embedded": {
        "fine-tune": 1e-2,
        "SCRUB": (0.1, 5e-3),
        "Bad Teaching": (5e-4, 10),
        "linear map": 0.64,
        "zero-shot map": (0.1, (128,)),
    },
    "eurosat32": {
        "fine-tune": 1e-3,
        "SCRUB": (1.0, 5e-3),
        "Bad Teaching": (5e-3, 3),
        "linear map": 0.64,
        "zero-shot map": (0.1, (128,)),
    },
}


def fit_map(
    f: nn.Module,
    z_r: Tensor,
    z_f: Tensor,
    *,
    lam: float,
    recipe: Recipe,
    seed: int,
    marks: Sequence[int] = (),
) -> dict[int, nn.Module]:
    r"""Train a map on $\mathcal L_r+\lambda\mathcal L_f$; no label anywhere.

    One batch each of forgotten, retained and reference features a step.  The forgotten
    are drawn to the mean of the reference batch: the gradient is that of the published
    pairwise loss, see `support.losses.forgetting.forget_loss_pairwise`.

    Args:
        f: the map, trained in place.
        z_r: (n, D) retained features.
        z_f: (m, D) features to forget.
        lam: $\lambda$.
        recipe: how; an epoch is a pass over the forgotten features.
        seed: of all batches.
        marks: numbers of updates after which a copy of the map is kept.

    Returns:
        The copies, by number of updates.
    """
    both = torch.cat([z_r, z_f])
    kept: dict[int, nn.Module] = {}

    def drawn(z: Tensor) -> Tensor:
        rows = torch.randint(len(z), (recipe.batch_size,), device=z.device)
        return z[rows]

    def step(batch: Tensor, done: int) -> Tensor:
        if done in marks:
            kept[done] = deepcopy(f)
        forget = forget_loss(f, batch, drawn(both).mean(0))
        return retain_loss(f, drawn(z_r)) + lam * forget

    recipe.fit(
        step,
        f,
        (z_f,),
        generator=generator(seed, "map batches"),
        schedules={"done": lambda done: done},
    )
    if marks:
        kept[marks[-1]] = deepcopy(f)
    return kept


def mapped(net: nn.Sequential, f: nn.Module) -> nn.Sequential:
    """The old network with a map between body and head."""
    return nn.Sequential(nn.Sequential(net[0], f), net[1])


def linear_map(problem: Problem, lam: float, seed: int) -> nn.Sequential:
    """The paper's linear map as configured: from the identity, 200 steps."""
    z_r, z_f = problem.features()
    f = forget_map(z_r.shape[1]).to(z_r.device)
    fit_map(f, z_r, z_f, lam=lam, recipe=CONFIGURED, seed=seed)
    return mapped(problem.net, f)


def zero_shot_map(
    problem: Problem, setting: tuple[float, Sequence[int]], seed: int
) -> nn.Sequential:
    """The regime without retained samples: rows of the head stand in for them.

    The rows are scaled to the length of the forgotten class's mean feature.

    Args:
        problem: what to forget; only its forgotten samples are looked at, and how
            many there are of each class.
        setting: $\\lambda$, and widths of hidden layers.
        seed: of first weights and batches.
    """
    lam, hidden = setting
    z_f = predict(problem.net[0], problem.x_f)
    rows = problem.head.weight.detach()
    counts = problem.data.y_train.bincount(minlength=len(rows)).float()
    label = int(problem.y_f[0])
    retained = torch.tensor([c for c in range(len(rows)) if c != label])
    scale = float(z_f.mean(0).norm() / rows[label].norm())
    with seeded_init(seed, "map"):
        f = forget_map(z_f.shape[1], hidden).to(z_f.device)

    def step(batch: Tensor) -> Tensor:
        retain, forget = zero_shot_losses(
            f, rows, batch, counts / counts.sum(), retained, scale=scale
        )
        return retain + lam * forget

    CONFIGURED.fit(step, f, (z_f,), generator=generator(seed, "zero-shot batches"))
    return mapped(problem.net, f)


def remove_row(problem: Problem, _setting: None, _seed: int) -> nn.Sequential:
    """The control: never answer with the forgotten class; no data, no training."""
    if problem.label is None:
        raise ValueError("problem: random samples have no row of the head to delete")
    head = deepcopy(problem.head)
    with torch.no_grad():
        head.weight[problem.label] = 0
        head.bias[problem.label] = -1000.0  # as good as minus infinity, and finite
    return nn.Sequential(problem.net[0], head)


PEERS = ("fine-tune", "SCRUB", "Bad Teaching")
"""The rivals that edit weights."""

SYSTEMS: Mapping[str, Forget] = {
    "row removal": remove_row,
    "fine-tune": fine_tune,
    "SCRUB": scrub,
    "Bad Teaching": bad_teaching,
    "linear map": linear_map,
    "zero-shot map": zero_shot_map,
}
"""Name to forget(problem, setting, seed) -> network; the control first."""


def own(method: Callable[..., Any]) -> Forget:
    """A reader's ``method(extractor, head, x_r, x_f, y_r, seed)`` as a system."""

    def forget(problem: Problem, _setting: Any, seed: int) -> Any:
        body, head = deepcopy(problem.net)
        return method(body, head, problem.x_r, problem.x_f, problem.y_r, seed)

    return forget


def train_ring(ring: Ring, seed: int) -> nn.Sequential:
    """The authors' toy network, 10-128-64-2 and a head for six classes."""
    with seeded_init(seed, "ring network"):
        net = nn.Sequential(mlp(10, [128, 64], 2, norm=False), nn.Linear(2, 6))
    net.to(ring.x.device)
    Recipe(epochs=60, batch_size=64).fit(
        lambda x, y: cross_entropy(net(x), y),
        net,
        (ring.x, ring.y),
        generator=generator(seed, "ring batches"),
    )
    return net


def ring_maps(net: nn.Sequential, ring: Ring, seed: int) -> dict[str, nn.Module]:
    """Maps of the ring's two features that should forget class 0.

    Args:
        net: trained on the ring.
        ring: the points.
        seed: of weights and batches of the deep map.

    Returns:
        The linear map in closed form for four weights of forgetting, and a map with
        two hidden layers of 64 units, trained for 100 passes over the class.
    """
    z = predict(net[0], ring.x)
    z_r, z_f = z[ring.y != 0], z[ring.y == 0]
    maps: dict[str, nn.Module] = {
        f"linear, λ = {lam:g}": solve_forget_map(z_r, z_f, z.mean(0), lam)
        for lam in (0.1, 1.0, 10.0, 100.0)
    }
    with seeded_init(seed, "ring map"):
        deep = forget_map(2, (64, 64)).to(z.device)
    recipe = Recipe(epochs=100, batch_size=64)
    fit_map(deep, z_r, z_f, lam=1.0, recipe=recipe, seed=seed)
    return maps | {"two hidden layers": deep}
