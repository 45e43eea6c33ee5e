"""Pictures of the reader's with known factors, for the encoders that had to learn."""

import numpy as np
import torch

from chapters.disentanglement.data import SIZES, Data
from support.data.own.given import Given
from support.data.own.resizing import sized
from support.training import generator

__all__ = ["COLUMNS", "KIND", "MORE", "load"]

KIND = "images"
COLUMNS: dict[str, str] = {}
MORE = (
    "Every column is a factor, 2 to 6 of them with 2 to 40 values each; the first two "
    "are made to depend, and all combinations of their values must occur. Four fifths "
    "of the pictures are learned from."
)


def load(
    given: Given, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Pictures of 16 pixels, or 64 in the full profile, in two parts.

    Raises:
        GivenDataError: too few or too many factors, or values that are not crossed.
    """
    names = tuple(map(str, given.table.columns))
    if not 2 <= len(names) <= 6:
        raise given.refused(
            f"there are {len(names)} factors ({', '.join(names) or 'no column'})",
            "Give 2 to 6 columns, the two that are to depend first.",
        )
    coded = [given.classes(name, most=40, rows=5) for name in names]
    sizes = tuple(len(words) for _, words in coded)
    factors = np.stack([numbers for numbers, _ in coded], axis=1)
    count = SIZES[profile]["count"]
    known, others = given.parts(generator(seed, "own split"), 0.8)
    known, others = known[:count], others[:count]
    for part in (known, others):
        pairs = factors[part, 0] * sizes[1] + factors[part, 1]
        absent = np.setdiff1d(np.arange(sizes[0] * sizes[1]), pairs)
        if len(absent):
            one, other = divmod(int(absent[0]), sizes[1])
            raise given.refused(
                f"no picture with {names[0]} {coded[0][1][one]} and {names[1]} "
                f"{coded[1][1][other]} among {len(part)} of a part",
                "Give more pictures, merge values, or put two columns first whose "
                "values all occur together.",
            )
    x = sized(given.samples, SIZES[profile]["side"]).to(device)
    c = torch.from_numpy(factors)
    return Data(x[known], c[known], x[others], c[others], names, sizes)
