"""Seeds as separate streams, so that drawing one more batch never changes the data.

Nothing here reads a global seed.  A run has one integer seed; every use of
randomness takes its own *stream* of it by name ("data", "initialisation",
"batches").
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["generator", "seeded_init", "stream_seed"]


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
    ...     first = torch.nn.Linear(2, 1).weight
    >>> with seeded_init(0, "initialisation"):
    ...     bool((torch.nn.Linear(2, 1).weight == first).all())
    True
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(stream_seed(seed, stream))
        yield
