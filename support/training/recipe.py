"""How a thing is trained, told once and handed down: a recipe."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from support.training.loop import History, Schedule, Step, fit

__all__ = ["Recipe"]

_OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
}
_SHAPES = ("constant", "cosine", "linear", "drops", "one_cycle")


@dataclass(frozen=True)
class Recipe:
    r"""All numbers of a training but the data, the model, the loss and the seed.

    With progress $p=t/T$ of $T$ epochs, or updates, the rate is ``rate`` times

    * *constant*: 1;
    * *cosine*: $(1+\cos\pi p)/2$;
    * *linear*: $1-.99\,p$;
    * *drops*: ``factor`` to the number of ``drops`` (shares of the training, each
      rounded to whole units, at least one) that have passed;
    * *one_cycle*: up to 1 in the first 30 % and down to nearly 0, as torch's
      ``OneCycleLR``, which also moves the momentum;

    and a warm-up of $w$ units multiplies that by $\min(1,(t+1)/w)$.

    Args:
        epochs: passes over the data, or over the sampler where there is one.
        updates: of the weights, in place of ``epochs``: as many whole passes as come
            nearest, at least one.
        batch_size: samples an update.
        rate: of learning; the highest one, where it changes.
        optimizer: ``adam``, ``adamw`` or ``sgd``.
        weight_decay: of the optimizer.
        momentum: of ``sgd``.
        fused: let torch update all weights in one call, faster, and different in
            the last bit.
        schedule: one of the words above.
        every: ``epoch`` or ``step``, what the rate changes after.
        drops: in (0, 1], for *drops*.
        factor: of each drop, above 0.
        warm_up: share of the training in [0, 1), rounded to whole units.

    Raises:
        ValueError: a word is unknown, a number is out of range, or two do not go
            together.

    >>> Recipe(schedule="drops", drops=(0.4, 0.8)).epochs
    20
    """

    epochs: int = 20
    updates: int | None = None
    batch_size: int = 128
    rate: float = 1e-3
    optimizer: str = "adam"
    weight_decay: float = 0.0
    momentum: float = 0.0
    fused: bool = True
    schedule: str = "constant"
    every: str = "epoch"
    drops: tuple[float, ...] = ()
    factor: float = 0.1
    warm_up: float = 0.0

    def __post_init__(self) -> None:
        for name, known in (
            ("optimizer", tuple(_OPTIMIZERS)),
            ("schedule", _SHAPES),
            ("every", ("epoch", "step")),
        ):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name}: got {getattr(self, name)!r}; give one of "
                    f"{', '.join(known)}"
                )
        for name, good, wanted in (
            ("epochs", self.epochs >= 0, "at least 0"),
            ("updates", self.updates is None or self.updates >= 1, "at least 1"),
            ("batch_size", self.batch_size >= 1, "at least 1"),
            ("rate", self.rate > 0, "more than 0"),
            ("weight_decay", self.weight_decay >= 0, "at least 0"),
            ("momentum", 0 <= self.momentum < 1, "0 to below 1"),
            ("drops", all(0 < drop <= 1 for drop in self.drops), "shares in (0, 1]"),
            ("factor", self.factor > 0, "more than 0"),
            ("warm_up", 0 <= self.warm_up < 1, "a share in [0, 1)"),
        ):
            if not good:
                raise ValueError(f"{name}: got {getattr(self, name)}; give {wanted}")
        for name, given, word, owner in (
            ("drops", self.drops, "drops", self.schedule),
            ("momentum", self.momentum, "sgd", self.optimizer),
        ):
            if given and owner != word:
                raise ValueError(f"{name}: got {given}, which {owner!r} does not have")
        if self.schedule == "one_cycle" and self.warm_up:
            raise ValueError("warm_up: 'one_cycle' has its own; give 0")

    def fit(
        self,
        step: Step,
        module: nn.Module,
        tensors: Sequence[Tensor],
        *,
        generator: torch.Generator,
        parameters: Iterable[Any] | None = None,
        schedules: Mapping[str, Schedule] | None = None,
        sampler: Iterable[Tensor] | None = None,
        label: str = "",
        checkpoint: str | Path | None = None,
        drop_last: bool = False,
    ) -> History:
        """Train a module as this recipe says; see `support.training.fit`.

        Args:
            step: the loss of one batch.
            module: what is trained.
            tensors: the data.
            generator: of order and noise.
            parameters: in place of the module's, or torch's groups of them.
            schedules: weights of the loss, by update.
            sampler: batches of one's own; it needs a length where the rate changes
                with every step, or the length of the training is told in updates.
            label: the progress bar's name.
            checkpoint: a file to resume from.
            drop_last: leave out a last batch that is not full.

        Returns:
            A list of epoch means for each recorded term.

        Raises:
            ValueError: as `fit`, or the sampler lacks a length.
        """
        epochs = units = self.epochs
        if self.every == "step" or self.updates is not None:
            count = len(tensors[0]) if tensors else 0
            each = max(1, _updates(count, self.batch_size, sampler, drop_last))
            if self.updates is not None:
                epochs = units = max(1, round(self.updates / each))
            if self.every == "step":
                units = epochs * each
        optimizer = self.optimizer_of(parameters or module.parameters())
        name = "scheduler" if self.every == "epoch" else "step_scheduler"
        return fit(
            step,
            module,
            tensors,
            epochs=epochs,
            batch_size=self.batch_size,
            optimizer=optimizer,
            generator=generator,
            **{name: self.scheduler_of(optimizer, units)},
            schedules=schedules,
            sampler=sampler,
            label=label,
            checkpoint=checkpoint,
            drop_last=drop_last,
        )

    def optimizer_of(self, parameters: Iterable[Any]) -> torch.optim.Optimizer:
        """A fresh optimizer of parameters, or of torch's groups of them."""
        options: dict[str, Any] = {
            "lr": self.rate,
            "weight_decay": self.weight_decay,
            "fused": self.fused or None,
        }
        if self.optimizer == "sgd":
            options["momentum"] = self.momentum
        return _OPTIMIZERS[self.optimizer](parameters, **options)

    def scheduler_of(self, optimizer: torch.optim.Optimizer, units: int) -> Any | None:
        """The rate's scheduler over so many epochs or updates; None for a constant."""
        units = max(1, units)
        main: Any | None = None
        match self.schedule:
            case "cosine":
                main = lr_scheduler.CosineAnnealingLR(optimizer, units)
            case "linear":
                main = lr_scheduler.LinearLR(optimizer, 1.0, 0.01, units)
            case "drops":
                marks = [max(1, round(share * units)) for share in self.drops]
                main = lr_scheduler.MultiStepLR(optimizer, marks, self.factor)
            case "one_cycle":
                # Torch takes its first step before any update, and refuses one unit.
                main = lr_scheduler.OneCycleLR(
                    optimizer, self.rate, total_steps=max(2, units) + 1
                )
        rise = round(self.warm_up * units)
        if rise < 2:
            return main
        slow = lr_scheduler.LinearLR(optimizer, 1 / rise, 1.0, rise - 1)
        return slow if main is None else lr_scheduler.ChainedScheduler([main, slow])


def _updates(
    count: int, batch_size: int, sampler: Iterable[Tensor] | None, drop_last: bool
) -> int:
    """Updates an epoch makes."""
    if sampler is None:
        full, rest = divmod(count, batch_size)
        return full + bool(rest and not (drop_last and full))
    if not isinstance(sampler, Sized):
        raise ValueError(
            "sampler: it has no length, which updates or a rate that changes every "
            "step need; give it __len__, or epochs and every='epoch'"
        )
    return len(sampler)
