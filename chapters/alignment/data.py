"""Pairs of a picture and a caption that names some of its facts, and not others.

A caption is the one-hot code of the facts that it names: the *essence*, which both
modalities hold.  The facts that it leaves out are *nuisances* of the picture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, one_hot, pad

# The twenty facts of a digit; a private name there, and no second copy of it here.
from support.data.digits import ATTRIBUTES, _attributes
from support.data.images import load_mnist
from support.data.lpc import LPC_FACTORS, load_lpc_sprites
from support.data.sprites import SPRITE_FACTORS, render_sprites, sample_factors
from support.training import generator, stream_seed

__all__ = ["SIZES", "Data", "Parts", "load"]

#: Pairs for training, for choosing and for testing; then with ``full``.
SIZES = {
    "embedded": ((2000, 1000, 1000), (7500, 2500, 2500)),
    "mnist": ((3000, 1500, 1500), (7500, 2500, 2500)),
    "lpc_sprites": ((2000, 1000, 1000), (7500, 2500, 2500)),
}
_TOLD = {
    "embedded": ("shape", "size", "column", "row"),
    "mnist": ("digit", "ink", "slant", "spread_x", "centre_y"),
    "lpc_sprites": ("hair_style", "pants", "direction", "pose"),
}
_UNTOLD = {
    "embedded": ("hue", "ground"),
    "mnist": (
        "spread_y",
        "left_right_symmetry",
        "ink_top_left",
        "horizontal_edges",
        "centre_x",
        "ink_middle_square",
    ),
    "lpc_sprites": ("skin", "hair_color", "shirt"),
}
#: What the factors of a sprite are called here, in their order.
_SPRITE = ("shape", "size", "column", "row", "hue", "ground")
_PLAIN = {"hue": 0, "ground": 1}  # a red figure on dark grey


class Parts(NamedTuple):
    """The same thing for the three parts of the split."""

    train: Tensor
    valid: Tensor
    test: Tensor


@dataclass(frozen=True)
class Data:
    """Pictures, their facts, and which of these the captions tell.

    Attributes:
        pictures: (n, channels, side, side) float32 in each part.
        facts: (n, k) int64 in each part, one column a name.
        values: name to number of values, in the order of the columns.
        told: names of the essence; the others are nuisances.
        independent: whether the facts were drawn independently.  If not, a caption
            tells something of the nuisances too, and what an embedding tells of them
            has to be measured given the caption.
        plain: the same pairs with all nuisances taken out of the pictures; None
            where the pictures are given.
    """

    pictures: Parts
    facts: Parts
    values: Mapping[str, int]
    told: tuple[str, ...]
    independent: bool
    plain: "Data | None" = None

    @property
    def untold(self) -> tuple[str, ...]:
        """Names of the nuisances."""
        return tuple(name for name in self.values if name not in self.told)

    def column(self, name: str) -> Parts:
        """(n,) values of one fact in each part."""
        place = list(self.values).index(name)
        return Parts(*(part[:, place] for part in self.facts))

    @property
    def captions(self) -> Parts:
        """(n, w) float32 in each part: the told facts, one-hot, side by side."""
        codes = [
            Parts(*(one_hot(part, self.values[name]) for part in self.column(name)))
            for name in self.told
        ]
        return Parts(*(torch.cat(part, 1).float() for part in zip(*codes, strict=True)))

    @property
    def keys(self) -> Parts:
        """(n,) number of each pair's caption: equal keys, equal captions."""
        keys = [torch.zeros_like(part[:, 0]) for part in self.facts]
        for name in self.told:
            column = self.column(name)
            keys = [
                key * self.values[name] + part
                for key, part in zip(keys, column, strict=True)
            ]
        return Parts(*keys)

    def tell(self, told: Sequence[str]) -> "Data":
        """The same pictures with captions that tell other facts."""
        unknown = [name for name in told if name not in self.values]
        if unknown or not told:
            raise ValueError(
                f"told: got {list(told)}; give some of {list(self.values)}"
            )
        return replace(self, told=tuple(told), plain=None)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load a corpus of pairs and split it.

    Args:
        dataset: ``embedded`` (small sprites, made here), ``mnist`` (scanned digits)
            or ``lpc_sprites`` (drawn figures).
        profile: ``quick`` or ``full``; sizes depend on it.
        seed: of what is made or drawn, and of the split.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: a corpus is not to be had.

    >>> load("embedded", "quick", seed=0).captions.train.shape
    torch.Size([2000, 14])
    """
    makers: dict[str, Callable[[Sequence[int], str, int], Data]] = {
        "embedded": _sprites,
        "mnist": _digits,
        "lpc_sprites": _figures,
    }
    for name, given, known in (
        ("dataset", dataset, list(makers)),
        ("profile", profile, ["quick", "full"]),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    return _moved(
        makers[dataset](SIZES[dataset][profile == "full"], profile, seed), device
    )


def _moved(data: Data, device: torch.device | str) -> Data:
    return replace(
        data,
        pictures=Parts(*(part.to(device) for part in data.pictures)),
        facts=Parts(*(part.to(device) for part in data.facts)),
        plain=None if data.plain is None else _moved(data.plain, device),
    )


def _sprites(sizes: Sequence[int], profile: str, seed: int) -> Data:
    facts = sample_factors(sum(sizes), stream_seed(seed, "facts"))
    plain = facts.clone()
    for name, value in _PLAIN.items():
        plain[:, _SPRITE.index(name)] = value

    def pairs(drawn: Tensor, without: Data | None) -> Data:
        # One seed for both: jitter and pixel noise are the same, too.
        pictures = render_sprites(drawn, stream_seed(seed, "pixels"))
        return Data(
            Parts(*pictures.split(list(sizes))),
            Parts(*facts.split(list(sizes))),
            dict(zip(_SPRITE, SPRITE_FACTORS.values(), strict=True)),
            _TOLD["embedded"],
            True,
            without,
        )

    return pairs(facts, pairs(plain, None))


def _digits(sizes: Sequence[int], profile: str, seed: int) -> Data:
    scans = load_mnist().train
    drawn = _drawn(len(scans), sizes, seed)
    pictures = torch.from_numpy(scans.images[drawn])[:, None].float() / 255
    # Attributes are made for 8 x 8 pixels: means of 4 x 4 of the padded scan.
    small = avg_pool2d(pad(pictures, (2, 2, 2, 2)), 4)[:, 0].double().numpy()
    names = _TOLD["mnist"][1:] + _UNTOLD["mnist"]
    with np.errstate(invalid="ignore"):  # a stroke one pixel wide has no slant: 0
        measured = np.nan_to_num(_attributes(small))
    measured = measured[:, [ATTRIBUTES.index(name) for name in names]]
    # The cut is made where the encoders learn.
    above = measured > np.median(measured[: sizes[0]], axis=0)
    digit = torch.from_numpy(scans.labels[drawn])[:, None]
    facts = torch.cat([digit, torch.from_numpy(above).long()], 1)
    return Data(
        Parts(*pictures.split(list(sizes))),
        Parts(*facts.split(list(sizes))),
        {"digit": 10} | {_spoken(name): 2 for name in names},
        tuple(map(_spoken, _TOLD["mnist"])),
        False,
    )


def _figures(sizes: Sequence[int], profile: str, seed: int) -> Data:
    drawn = _drawn(int(np.prod(list(LPC_FACTORS.values()))), sizes, seed)
    sprites = load_lpc_sprites(drawn, resolution=64 if profile == "full" else 16)
    pictures = torch.from_numpy(sprites.images).permute(0, 3, 1, 2).float() / 255
    return Data(
        Parts(*pictures.split(list(sizes))),
        Parts(*torch.from_numpy(sprites.factors).split(list(sizes))),
        dict(zip(map(_spoken, sprites.names), sprites.sizes, strict=True)),
        tuple(map(_spoken, _TOLD["lpc_sprites"])),
        True,
    )


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _drawn(count: int, sizes: Sequence[int], seed: int) -> np.ndarray:
    """Which of a corpus enter, in an order that the split cuts."""
    order = torch.randperm(count, generator=generator(seed, "split"))
    return order[: sum(sizes)].numpy()
