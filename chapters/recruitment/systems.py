"""The chapter's ways to take an attribute out of faces, and keep the person in them.

SensitiveNets trains a projection against a detector of the attribute; gradient
reversal does too, with another loss.  LEACE (`support.models.erasure.leace`)
needs no training at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.recruitment.data import Data
from support.data.recruitment import Recruitment
from support.losses.erasure import identity_triplet, sensitive_regularizer
from support.models.erasure import SensitiveProjection, leace, reverse_gradient
from support.training import generator, seeded_init

__all__ = [
    "ATTRIBUTES",
    "GAMES",
    "READERS",
    "SYSTEMS",
    "Game",
    "SensitiveNets",
    "forget",
    "matched_negatives",
    "train_sensitive",
]

ATTRIBUTES = {"gender": 2, "ethnicity": 3}
"""What can be taken out, and its number of values."""

_HIDDEN, _MARGIN, _BATCH = 32, 0.3, 256
_PROJECTION_RATE, _DETECTOR_RATE = 2e-3, 5e-3


@dataclass(frozen=True)
class Game:
    """How a projection and a detector play against each other.

    Args:
        strength: weight of the regulariser.
        keep: weight of the triplet loss on persons; 0 leaves it out.
        against: ``"constant"``, SensitiveNets' regulariser; ``"prior"``, the
            same with the share of the class in place of .9; or ``"reversal"``,
            the detector's cross-entropy with its gradient reversed.
        warm_up: detector steps before everything else.
        refresh: detector steps before each step of the projection; 0 leaves the
            detector as the warm-up made it, and stale.
        steps: of the projection.

    Raises:
        ValueError: the kind of loss is unknown, or a number is out of range.

    >>> Game(strength=0.3).refresh
    2
    """

    strength: float = 1.0
    keep: float = 1.0
    against: str = "constant"
    warm_up: int = 0
    refresh: int = 2
    steps: int = 600

    def __post_init__(self) -> None:
        if self.against not in ("constant", "prior", "reversal"):
            raise ValueError(
                f"against: got {self.against!r}; give 'constant', 'prior' or 'reversal'"
            )
        for name in ("strength", "keep", "warm_up", "refresh", "steps"):
            least = int(name == "steps")
            if getattr(self, name) < least:
                raise ValueError(
                    f"{name}: got {getattr(self, name)}; give at least {least}"
                )


GAME = Game()

GAMES = {
    "quick": Game(strength=0.3, steps=600),
    "full": Game(strength=0.3, steps=3000),
}
"""By profile; the strength was chosen on seeds that enter no record."""

READERS = {"quick": "bag", "full": "bilstm"}
"""How the scorer reads the biography: as word counts, or as the testbed does."""


class SensitiveNets:
    """A projection and the detector it must mislead, each with its own optimiser.

    The two kinds of step alternate, and neither moves the other's weights: in
    `detect` the projection is detached, in `project` the detector stands still.

    Args:
        features: numbers in an embedding.
        values: of the attribute.
        game: weights and kind of the losses.
        seed: of the initial weights.
        device: where the weights live.

    Source: Morales et al., SensitiveNets, IEEE TPAMI 2020; widths, rates, margin
    and weights are ours, since the authors' were not found.
    """

    def __init__(
        self,
        features: int,
        values: int,
        game: Game = GAME,
        *,
        seed: int = 0,
        device: str | torch.device = "cpu",
    ) -> None:
        with seeded_init(seed, "projection"):
            self.projection = SensitiveProjection(features).to(device)
            self.detector = nn.Sequential(
                nn.Linear(features, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, values)
            ).to(device)
        self.game = game
        # The detector's parameters are in no optimiser but its own.
        self.of_projection = torch.optim.Adam(
            self.projection.parameters(), lr=_PROJECTION_RATE, fused=True
        )
        self.of_detector = torch.optim.Adam(
            self.detector.parameters(), lr=_DETECTOR_RATE, fused=True
        )

    def detect(self, face: Tensor, label: Tensor) -> float:
        """Step (a): the detector learns the attribute from the detached projection.

        Faces are (B, d), labels (B,) integers; returns the loss before the step.
        """
        seen = self.projection(face).detach()
        loss = cross_entropy(self.detector(seen), label)
        self.of_detector.zero_grad(set_to_none=True)
        loss.backward()
        self.of_detector.step()
        return float(loss.detach())

    def project(
        self, anchor: Tensor, positive: Tensor, negative: Tensor, label: Tensor
    ) -> float:
        """Step (b): the projection learns to mislead a detector that stands still.

        Pictures are (B, d): positives of the same persons, negatives of others;
        labels are the anchors'; returns the loss before the step.
        """
        seen = self.projection(anchor)
        loss = seen.new_zeros(())
        if self.game.keep:
            others = self.projection(positive), self.projection(negative)
            kept = identity_triplet(seen, *others, margin=_MARGIN)
            loss = loss + self.game.keep * kept
        loss = loss + self.game.strength * self.mislead(seen, label)
        self.of_projection.zero_grad(set_to_none=True)
        loss.backward()
        self.of_projection.step()
        return float(loss.detach())

    def mislead(self, seen: Tensor, label: Tensor) -> Tensor:
        """What the projection is charged for what the detector sees, a scalar."""
        if self.game.against == "reversal":
            return cross_entropy(self.detector(reverse_gradient(seen)), label)
        logits = self.detector(seen)
        level = 0.9 if self.game.against == "constant" else 1 / logits.shape[1]
        return sensitive_regularizer(logits, target_class=0, level=level)


def train_sensitive(
    data: Recruitment,
    attribute: str = "gender",
    game: Game = GAME,
    *,
    seed: int = 0,
    device: str | torch.device = "cpu",
    person: Tensor | None = None,
) -> SensitiveNets:
    """Alternate the two steps of `SensitiveNets` on the faces of applications.

    Args:
        data: applications with two pictures a person.
        attribute: one of `ATTRIBUTES`.
        game: how the two play.
        seed: of initial weights and batches.
        device: where the training runs.
        person: (n,) who applies; without it, nobody applies twice.

    Returns:
        The networks; ``projection`` is what serves, in evaluation mode.

    Raises:
        ValueError: the attribute is unknown.

    >>> from support.data.recruitment import make_recruitment
    >>> data = make_recruitment(24, 0)
    >>> train_sensitive(data, game=Game(steps=2)).projection(data.face).shape
    torch.Size([24, 20])
    """
    if attribute not in ATTRIBUTES:
        raise ValueError(
            f"attribute: got {attribute!r}; give one of {', '.join(ATTRIBUTES)}"
        )
    nets = SensitiveNets(
        data.face.shape[1], ATTRIBUTES[attribute], game, seed=seed, device=device
    )
    label = getattr(data, attribute).to(device)
    first, second = data.face.to(device), data.face_second.to(device)
    source = generator(seed, "faces")
    # All rows are drawn beforehand: the loop below is nothing but the two steps.
    shown = (game.warm_up + game.steps * game.refresh, _BATCH)
    seen = iter(torch.randint(len(data), shown, generator=source).to(device))
    anchors = torch.randint(len(data), (game.steps, _BATCH), generator=source)
    # With a random other, the attributes would be of use for telling persons apart.
    cell = data.ethnicity * 2 + data.gender
    others = matched_negatives(anchors.flatten(), cell, source, person)
    others = others.view_as(anchors)
    for step, (rows, negatives) in enumerate(
        zip(anchors.to(device), others.to(device), strict=True)
    ):
        for _ in range(game.refresh + (0 if step else game.warm_up)):
            some = next(seen)
            nets.detect(first[some], label[some])
        nets.project(first[rows], second[rows], first[negatives], label[rows])
    nets.projection.eval().requires_grad_(False)
    return nets


def matched_negatives(
    rows: Tensor, cell: Tensor, source: torch.Generator, person: Tensor | None = None
) -> Tensor:
    """Draw for each row one of somebody else in the same cell.

    Args:
        rows: (B,) row numbers.
        cell: (n,) integers; at least two persons share each.
        source: on the CPU.
        person: (n,) integers; without them each row is a person.

    Returns:
        (B,) row numbers, none of the row's own person.

    Raises:
        ValueError: a cell has one person only, so that there is no other.

    >>> cell = torch.tensor([0, 1, 0, 1])
    >>> matched_negatives(torch.arange(4), cell, torch.Generator())
    tensor([2, 3, 0, 1])
    """
    person = torch.arange(len(cell)) if person is None else person
    # The rows of a person stand in a row within the cell: the block [begin, end).
    key = cell * (person.max() + 1) + person
    order = key.argsort(stable=True)
    ranked = key[order]
    end = torch.searchsorted(ranked, key[rows], right=True)
    block = end - torch.searchsorted(ranked, key[rows])
    sizes = torch.bincount(cell)
    first = (sizes.cumsum(0) - sizes)[cell[rows]]
    others = sizes[cell[rows]] - block
    if (others < 1).any():
        raise ValueError("cell: some group has one person only; give two or more")
    step = (torch.rand(len(rows), generator=source) * others).long()
    step = torch.minimum(step, others - 1)
    return order[first + (end - first + step) % sizes[cell[rows]]]


def forget(
    data: Data, game: Game, seed: int, *, attribute: str = "gender", **options: Any
) -> nn.Module:
    """The projection that `train_sensitive` finds against one attribute.

    Args:
        data: its training faces are learned from.
        game: how projection and detector play.
        seed: of initial weights and batches.
        attribute: one of `ATTRIBUTES`.
        **options: fields of the game to change.

    Returns:
        A map of (n, d) faces, on the CPU.
    """
    nets = train_sensitive(
        data.train,
        attribute,
        replace(game, **options),
        seed=seed,
        device=data.device,
        person=data.known[0],
    )
    return nets.projection.cpu()


def _untouched(data: Data, game: Game, seed: int) -> Callable[[Tensor], Tensor]:
    return lambda face: face


def _erase(data: Data, game: Game, seed: int) -> nn.Module:
    return leace(data.train.face, data.train.gender)


SYSTEMS: Mapping[str, Callable[[Data, Game, int], Callable[[Tensor], Tensor]]] = {
    "untouched": _untouched,
    "SensitiveNets": forget,
    "gradient reversal": partial(forget, against="reversal"),
    "LEACE": _erase,
}
"""Ways to take the gender out of faces: name to train(data, game, seed) -> a map."""
