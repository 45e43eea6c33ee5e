"""Seeds as separate streams, the device, and one plain training loop.

Nothing here reads a global seed.  A run has one integer seed; every use of
randomness takes its own *stream* of it by name ("data", "initialisation",
"batches"), so that drawing one more batch never changes the data.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

__all__ = [
    "History",
    "fit",
    "generator",
    "require_tensor",
    "resolve_device",
    "seeded_init",
    "stream_seed",
]

History = dict[str, list[float]]
Step = Callable[..., Tensor | dict[str, Tensor]]


def stream_seed(seed: int, stream: str) -> int:
    """Derive an independent 63-bit seed for a named stream.

    Args:
        seed: the run's seed, an integer of at least 0.
        stream: the name of the use, such as ``"data"``.

    Returns:
        An integer in [0, 2**63), the same on every machine.

    Raises:
        ValueError: the seed is no integer or is negative.

    >>> stream_seed(0, "data") != stream_seed(0, "batches")
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed: got {seed!r}; give an integer of at least 0")
    entropy = np.random.SeedSequence([seed, *stream.encode()])
    return int(entropy.generate_state(1, np.uint64)[0] >> np.uint64(1))


def generator(
    seed: int, stream: str, device: str | torch.device = "cpu"
) -> torch.Generator:
    """Return a generator for one named stream of a run's seed.

    Args:
        seed: the run's seed, an integer of at least 0.
        stream: the name of the use.
        device: where the random numbers are drawn; draws on the CPU are the
            same whatever device the model is on.

    >>> torch.rand(1, generator=generator(0, "data")).shape
    torch.Size([1])
    """
    return torch.Generator(device).manual_seed(stream_seed(seed, stream))


@contextmanager
def seeded_init(seed: int, stream: str) -> Iterator[None]:
    """Seed torch's own generators inside the block and restore them after it.

    Layers draw their initial weights from torch's global generator; this is
    the one place where that generator is seeded, and it is put back.

    >>> with seeded_init(0, "initialisation"):
    ...     first = nn.Linear(2, 1).weight
    >>> with seeded_init(0, "initialisation"):
    ...     bool((nn.Linear(2, 1).weight == first).all())
    True
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(stream_seed(seed, stream))
        yield


def resolve_device(spec: str) -> torch.device:
    """Turn ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:1"`` into a device.

    ``"auto"`` is the first GPU when there is one, else the CPU.

    Raises:
        ValueError: the word is no device, or the device is not there.

    >>> resolve_device("cpu")
    device(type='cpu')
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if spec == "auto":
        return torch.device("cuda:0" if count else "cpu")
    if spec == "cpu":
        return torch.device("cpu")
    name, _, index = str(spec).partition(":")
    if name != "cuda" or (":" in str(spec) and not index.isdigit()):
        raise ValueError(
            f"device: got {spec!r}; give 'auto', 'cpu', 'cuda' or 'cuda:N'"
        )
    if int(index or 0) >= count:
        raise ValueError(
            f"device: got {spec!r}, but this machine has {count} usable GPU(s); "
            "give 'cpu' or 'auto'"
        )
    return torch.device("cuda", int(index or 0))


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
    sampler: Iterable[Tensor] | None = None,
    label: str = "",
    checkpoint: str | Path | None = None,
    drop_last: bool = False,
) -> History:
    """Train a module with mini-batches; the one loop of the whole book.

    Args:
        step: called with one batch, a slice of each tensor; returns the loss,
            or a dictionary with ``"loss"`` and further terms to be recorded.
        module: what is trained; it is in training mode inside the loop and in
            evaluation mode when the loop ends.
        tensors: equally long tensors (n, ...); moved once to the module's
            device, if they are not there already.
        epochs: passes over the data, at least 0.
        batch_size: samples a step; the last batch of an epoch may be smaller.
        optimizer: a torch optimiser over the module's parameters.
        generator: a CPU generator; it draws the order of the samples and seeds
            whatever noise or dropout the step itself draws.
        scheduler: stepped once an epoch.
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
        ValueError: lengths differ, there are no samples, or a size is out of
            range.
        FloatingPointError: the loss of an epoch is not finite.
    """
    count = _validate(tensors, epochs, batch_size)
    device = next(module.parameters()).device
    data = [tensor.to(device) for tensor in tensors]
    history: History = {}
    noise_seed = int(
        torch.randint(2**62, (), generator=generator, device=generator.device)
    )
    state = _Checkpoint(checkpoint, module, optimizer, scheduler, generator)
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(noise_seed)
        start = state.load(history)
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
                batches = sampler or _batches(count, batch_size, generator, drop_last)
                terms = _epoch(step, data, batches, optimizer, device)
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


def _validate(tensors: Sequence[Tensor], epochs: int, batch_size: int) -> int:
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
    step: Step,
    data: list[Tensor],
    batches: Iterable[Tensor],
    optimizer: torch.optim.Optimizer,
    device: torch.device,
) -> dict[str, float]:
    """One pass; sums stay on the device and are read once, at its end."""
    sums: dict[str, Tensor] = {}
    seen = 0
    for batch in batches:
        index = batch.to(device)
        result = step(*(tensor[index] for tensor in data))
        terms = result if isinstance(result, dict) else {"loss": result}
        optimizer.zero_grad(set_to_none=True)
        terms["loss"].backward()
        optimizer.step()
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
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        scheduler: Any | None,
        generator: torch.Generator,
    ) -> None:
        self.path = Path(path) if path is not None else None
        self.parts: dict[str, Any] = {"module": module, "optimizer": optimizer}
        if scheduler is not None:
            self.parts["scheduler"] = scheduler
        self.generator = generator

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


def require_tensor(value: Any, *, shape: Sequence[int], what: str) -> Any:
    """Return what a reader's method gave, once its kind, shape and values are checked.

    Args:
        value: a tensor, an array or a number.
        shape: what its shape must be; -1 stands for any length, ``()`` for a number.
        what: it is, for the message.

    Returns:
        The value itself, so that gradients and types are kept.

    Raises:
        ValueError: it is no tensor, has another shape, or is not finite throughout.

    >>> require_tensor(0.5, shape=(), what="the loss")
    0.5
    """
    try:
        tensor = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        kind = type(value).__name__
        raise ValueError(f"{what} is a {kind}; give a tensor or a number") from None
    given = tuple(tensor.shape)
    fits = len(given) == len(shape) and all(
        wanted in (-1, size) for size, wanted in zip(given, shape, strict=True)
    )
    if not fits:
        wanted = tuple("any" if size == -1 else size for size in shape)
        words = f"({', '.join(map(str, wanted))})" if wanted else "(), one number"
        raise ValueError(f"{what} has shape {given}; expected {words}")
    finite = torch.isfinite(tensor)
    if not finite.all():
        bad = int((~finite).sum())
        raise ValueError(
            f"{what} is not finite: {bad} of {tensor.numel()} value(s) are NaN or "
            "infinite"
        )
    return value
