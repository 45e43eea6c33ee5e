"""One plain training loop: mini-batches, schedules by epoch or by step, checkpoints."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

__all__ = ["History", "Schedule", "Step", "fit"]

History = dict[str, list[float]]
Step = Callable[..., Tensor | dict[str, Tensor]]
Schedule = Callable[[int], float]
"""The number of updates made so far, from 0 -> what a weight is at the next one."""


def fit(
    step: Step,
    module: nn.Module,
    tensors: Sequence[Tensor],
    *,
    epochs: int,
    batch_size: int,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    scheduler: Any | None = None,
    step_scheduler: Any | None = None,
    schedules: Mapping[str, Schedule] | None = None,
    sampler: Iterable[Tensor] | None = None,
    label: str = "",
    checkpoint: str | Path | None = None,
    drop_last: bool = False,
) -> History:
    """Train a module with mini-batches; the one loop of the whole book.

    Args:
        step: called with one batch, a slice of each tensor, and with what the
            ``schedules`` are by then; returns the loss, or a dictionary with
            ``"loss"`` and further terms to be recorded.
        module: what is trained; it is in training mode inside the loop and in
            evaluation mode when the loop ends.
        tensors: equally long tensors (n, ...); moved once to the module's
            device, if they are not there already.
        epochs: passes over the data, at least 0.
        batch_size: samples a step; the last batch of an epoch may be smaller.
        optimizer: a torch optimiser over the module's parameters.
        generator: a CPU generator; it draws the order of the samples and seeds
            whatever noise or dropout the step itself draws.
        scheduler: one of torch's, of the learning rate; stepped once an epoch.
        step_scheduler: likewise, stepped after each update of the weights; both
            may be given, if each multiplies the rate.
        schedules: weights of the loss that change from update to update, such as
            ``{"beta": lambda done: min(1.0, done / 1000)}``; ``step`` gets each
            by its name.
        sampler: yields index tensors for each epoch in place of a random
            permutation cut into batches.
        label: the progress bar's name; it shows only when a person watches.
        checkpoint: a file; written after each epoch, and read when it exists,
            so that an interrupted training goes on where it stopped, with the
            same random numbers as if it had never stopped.
        drop_last: leave out the last batch when it is not full.

    Returns:
        A list of epoch means for each recorded term.

    Raises:
        ValueError: lengths differ, there are no samples, a size is out of range,
            the module has nothing to train, ``step`` gave no loss, or the
            checkpoint is of a longer training.
        FloatingPointError: the loss of an epoch is not finite.
    """
    count = _validate(module, tensors, epochs, batch_size)
    device = next(module.parameters()).device
    data = [tensor.to(device) for tensor in tensors]
    history: History = {}
    noise_seed = int(
        torch.randint(2**62, (), generator=generator, device=generator.device)
    )
    parts = {
        "module": module,
        "optimizer": optimizer,
        "scheduler": scheduler,
        "step_scheduler": step_scheduler,
    }
    state = _Checkpoint(checkpoint, parts, generator)

    def update(*batch: Tensor) -> dict[str, Tensor]:
        given = {
            name: value(state.updates) for name, value in (schedules or {}).items()
        }
        result = step(*batch, **given)
        terms = result if isinstance(result, dict) else {"loss": result}
        if "loss" not in terms:
            raise ValueError(f"step: gave the terms {sorted(terms)}; give 'loss' too")
        optimizer.zero_grad(set_to_none=True)
        terms["loss"].backward()
        optimizer.step()
        if step_scheduler is not None:
            step_scheduler.step()
        state.updates += 1
        return terms

    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(noise_seed)
        start = state.load(history)
        if start > epochs:
            raise ValueError(
                f"checkpoint: {checkpoint} holds {start} epochs of {epochs}; "
                "give another file"
            )
        bar = tqdm(
            range(start, epochs),
            initial=start,
            total=epochs,
            desc=label,
            unit="epoch",
            disable=not _watched(),
        )
        module.train()
        try:
            for _ in bar:
                batches = sampler
                if batches is None:
                    batches = _batches(count, batch_size, generator, drop_last)
                terms = _epoch(update, data, batches, device)
                if not np.isfinite(terms["loss"]):
                    raise FloatingPointError(
                        f"{label or 'training'}: the loss is {terms['loss']} after "
                        f"{len(history.get('loss', []))} epochs; lower the learning "
                        "rate or look at the data"
                    )
                for name, value in terms.items():
                    history.setdefault(name, []).append(value)
                if scheduler is not None:
                    scheduler.step()
                state.save(history)
                bar.set_postfix(loss=f"{terms['loss']:.4f}")
        finally:
            module.eval()
    return history


def _validate(
    module: nn.Module, tensors: Sequence[Tensor], epochs: int, batch_size: int
) -> int:
    if next(module.parameters(), None) is None:
        raise ValueError(
            f"module: {type(module).__name__} has no parameters; give one to train"
        )
    lengths = sorted({len(tensor) for tensor in tensors})
    if len(lengths) != 1 or lengths[0] == 0:
        raise ValueError(
            f"tensors: got lengths {lengths}; give tensors of one length above 0"
        )
    if epochs < 0:
        raise ValueError(f"epochs: got {epochs}; give an integer of at least 0")
    if batch_size < 1:
        raise ValueError(f"batch_size: got {batch_size}; give at least 1")
    return lengths[0]


def _batches(
    count: int, size: int, generator: torch.Generator, drop_last: bool
) -> Iterator[Tensor]:
    order = torch.randperm(count, generator=generator, device=generator.device)
    for batch in order.split(size):
        if drop_last and len(batch) < size and count >= size:
            return
        yield batch


def _epoch(
    update: Callable[..., dict[str, Tensor]],
    data: list[Tensor],
    batches: Iterable[Tensor],
    device: torch.device,
) -> dict[str, float]:
    """One pass; sums stay on the device and are read once, at its end."""
    sums: dict[str, Tensor] = {}
    seen = 0
    for batch in batches:
        index = batch.to(device)
        terms = update(*(tensor[index] for tensor in data))
        seen += len(index)
        for name, value in terms.items():
            weighted = value.detach().double() * len(index)
            sums[name] = sums[name] + weighted if name in sums else weighted
    if not seen:
        raise ValueError("sampler: it gave no batch in an epoch; give at least one")
    names = list(sums)
    means = torch.stack([sums[name] for name in names]).div(seen).tolist()
    return dict(zip(names, means, strict=True))


class _Checkpoint:
    """The state of a training, kept in one file that is replaced whole."""

    def __init__(
        self,
        path: str | Path | None,
        parts: Mapping[str, Any],
        generator: torch.Generator,
    ) -> None:
        self.path = Path(path) if path is not None else None
        self.parts = {name: part for name, part in parts.items() if part is not None}
        self.generator = generator
        self.updates = 0

    def load(self, history: History) -> int:
        """Restore the parts and the history; return the epochs already done."""
        if self.path is None or not self.path.exists():
            return 0
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.generator.set_state(state["order"])
        torch.set_rng_state(state["noise"])
        if state["noise_cuda"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(state["noise_cuda"])
        self.updates = state["updates"]
        history.update(state["history"])
        return len(history["loss"])

    def save(self, history: History) -> None:
        if self.path is None:
            return
        state = {name: part.state_dict() for name, part in self.parts.items()}
        state |= {
            "order": self.generator.get_state(),
            "noise": torch.get_rng_state(),
            "noise_cuda": torch.cuda.get_rng_state_all(),
            "updates": self.updates,
            "history": history,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        torch.save(state, temporary)
        os.replace(temporary, self.path)


def _watched() -> bool:
    """Whether a person sees the progress: no batch run, and a live screen."""
    if os.environ.get("COURSE_BATCH"):
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules
