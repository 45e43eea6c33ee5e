"""The door of random sources: nothing is drawn of a state that nobody gave."""

from typing import Any

import torch

__all__ = ["random_source"]


def random_source(name: str, given: Any) -> torch.Generator:
    """The generator that was given; without one, draws would not repeat.

    Args:
        name: of the argument, for the message.
        given: a generator of torch.

    Raises:
        ValueError: something else, such as None, a seed, or NumPy's generator.

    >>> random_source("generator", torch.Generator()).device
    device(type='cpu')
    """
    if not isinstance(given, torch.Generator):
        raise ValueError(
            f"{name}: got {type(given).__name__}; give a torch.Generator, such as "
            "torch.Generator().manual_seed(0)"
        )
    return given
