"""Two-step back-propagation: weights on batches, then tied variables on everything."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes
from support.models.frame_statistics import Statistics
from support.models.tied_factors import TiedFactorNetwork
from support.models.tied_inference import check_states, log_likelihood
from support.training import Recipe, fit

__all__ = ["Found", "TwoStep", "fit_two_step", "objective"]


@dataclass(frozen=True)
class TwoStep:
    """What a recipe does not say of the training: all of it ours.

    Args:
        means: epochs without any factor.
        speakers: epochs after these with the speakers' factors alone, so that the
            recordings' factors do not take what is the speakers'.
        steps: of Adam on the factors after each epoch.
        rate: of these, falling as the recipe's does.
        start: standard deviation of the factors when they come in.
    """

    means: int = 4
    speakers: int = 8
    steps: int = 6
    rate: float = 0.08
    start: float = 0.3


class Found(NamedTuple):
    """What training finds besides the weights.

    Args:
        y: (G, Ry) factors of the speakers.
        x: (n, Rx) factors of the recordings.
        history: the objective a frame after each epoch, in nats.
    """

    y: Tensor
    x: Tensor
    history: list[float]


def objective(
    network: TiedFactorNetwork,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    y: Tensor,
    x: Tensor,
) -> Tensor:
    r"""Penalised negative log-likelihood, a frame.

    $$\mathcal J=\frac1T\Big(-\sum_t\log\mathcal N(\mathbf o_t;B^\top\phi_t,\Sigma)
    +\tfrac12\sum_s\|y_s\|^2+\tfrac12\sum_h\|x_h\|^2\Big)$$

    Args:
        network: gives means and $\Sigma$.
        statistics: of n recordings.
        state: (n, Q).
        speaker: (n,) integers in [0, G).
        y: (G, Ry); its gradient is summed over all frames of a speaker.
        x: (n, Rx); its gradient is summed over all frames of a recording.

    Returns:
        A scalar, in nats.
    """
    mean = network.mean(state, y[speaker], x)
    fit_of = log_likelihood(statistics, mean, network.noise).sum()
    prior = (y.square().sum() + x.square().sum()) / 2
    return (prior - fit_of) / statistics.N.sum()


def fit_two_step(
    network: TiedFactorNetwork,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    recipe: Recipe,
    *,
    generator: torch.Generator,
    plan: TwoStep | None = None,
) -> Found:
    """Train weights and tied variables in turn.

    Args:
        network: is trained in place, in the precision of its weights.
        statistics: of the n background recordings.
        state: (n, Q) integers.
        speaker: (n,) integers from 0.
        recipe: of the weights, whose epochs both steps share.
        generator: draws batches and first factors, on the CPU.
        plan: see `TwoStep`.

    Returns:
        See `Found`.

    Raises:
        ValueError: shapes do not fit, or there is no generator.
        FloatingPointError: the objective is not finite.
    """
    if not isinstance(generator, torch.Generator):
        raise ValueError(f"generator: got {generator!r}; give a torch.Generator")
    plan = plan or TwoStep()
    state = check_states(statistics, state, len(network.embedding))
    speaker = classes("speaker", speaker, like=state)
    if speaker.shape != state.shape[:1] or not len(speaker):
        raise ValueError(f"speaker: got shape {tuple(speaker.shape)}; give (n,)")
    silent = (torch.bincount(speaker) == 0).nonzero()[:, 0].tolist()
    if silent:
        raise ValueError(
            f"speaker: {silent[:5]} have no recording; count those who have one from 0"
        )
    like = network.bias
    known = Statistics(*(getattr(statistics, name).to(like) for name in "NFS"))
    state, speaker = state.to(like.device), speaker.to(like.device)
    y = torch.zeros(int(speaker.max()) + 1, network.speaker_factors).to(like)
    x = torch.zeros(len(state), network.session_factors).to(like)
    factors = [y.requires_grad_(), x.requires_grad_()]

    def weights_step(
        N: Tensor, F: Tensor, S: Tensor, state: Tensor, who: Tensor, row: Tensor
    ) -> Tensor:
        """Step 1: a batch of recordings, the factors held."""
        mean = network.mean(state, y.detach()[who], x.detach()[row])
        found = log_likelihood(Statistics(N, F, S), mean, network.noise)
        return -found.sum() / N.sum()

    rows = torch.arange(len(state), device=like.device)
    tensors = (known.N, known.F, known.S, state, speaker, rows)
    optimizer = recipe.optimizer_of(network.parameters())
    scheduler = recipe.scheduler_of(optimizer, recipe.epochs)
    tied = torch.optim.Adam(factors, plan.rate)
    slower = recipe.scheduler_of(tied, recipe.epochs - plan.means)
    history = []
    for epoch in range(recipe.epochs):
        fit(
            weights_step,
            network,
            tensors,
            epochs=1,
            batch_size=recipe.batch_size,
            optimizer=optimizer,
            generator=generator,
            scheduler=scheduler,
        )
        entered = (epoch >= plan.means) + (epoch >= plan.means + plan.speakers)
        if epoch in (plan.means, plan.means + plan.speakers):
            part = factors[entered - 1]
            drawn = torch.randn(part.shape, generator=generator)
            part.data.copy_(plan.start * drawn)
        for _ in range(plan.steps if entered else 0):
            # Step 2: all recordings at once, the weights held.
            cost = objective(network, known, state, speaker, y, x)
            gradients = torch.autograd.grad(cost, factors[:entered])
            for part, gradient in zip(factors, gradients, strict=False):
                part.grad = gradient
            tied.step()
        if entered and slower is not None:
            slower.step()
        with torch.no_grad():
            cost = objective(network, known, state, speaker, y, x)
        history.append(float(cost))
    return Found(y.detach(), x.detach(), history)
