"""The encoder whose states are opened, and the codes that are made of them.

Every maker of a code has one call, ``(x, k, seed) -> code of vectors``, a method of the
reader's own as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from chapters.sparse_autoencoders.data import Data
from support.models.masked_encoder import MaskedEncoder
from support.models.rotations import random_rotations
from support.models.sparse_autoencoder import TopKSAE
from support.scalars import number, whole
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "RATES",
    "SCALES",
    "SETTINGS",
    "Encode",
    "Maker",
    "Setting",
    "Vectors",
    "active_units",
    "dense",
    "make_encoder",
    "makers",
    "planted",
    "principal",
    "reconstruction_loss",
    "rotated",
    "train_encoder",
    "train_sae",
    "untrained_sae",
    "vectors",
]

Encode = Callable[[Tensor], Tensor]
Maker = Callable[[Tensor, int, int], Encode]
#: What is tried of the autoencoder and of the untrained code (see `tuning`).
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
_PENALTY = 0.1  # where the search found no other
_LISTENING = Recipe(
    batch_size=32, rate=2e-3, optimizer="adamw", weight_decay=0.01,
    schedule="one_cycle", every="step",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """Sizes of one data set in one profile.

    Attributes:
        layers, width: of the encoder.
        listening: how the encoder is trained.
        layer: whose states are opened, 0 for the entry.
        units: N, of a code.
        sparsities: s of the codes; k = (1 - s) N.
        coding: how an autoencoder is trained.
        scale: of the weights of an untrained code, by that of torch's start.
        alpha: of the Lasso, the same for all codes.
        penalties: of the probe by name of the code, see `penalty`.
    """

    layers: int
    width: int
    listening: Recipe
    layer: int
    units: int
    sparsities: tuple[float, ...]
    coding: Recipe
    scale: float = 1.0
    alpha: float = 0.1
    penalties: Mapping[str, float] = field(default_factory=dict)

    def penalty(self, code: str) -> float:
        """C of the probe of a code; ``"dense, rotated"`` has that of ``"dense"``."""
        kind = code.partition(",")[0]
        return self.penalties.get(code, self.penalties.get(kind, _PENALTY))


_QUICK = (0.75, 0.90, 0.95, 0.99)
_PAPER = (0.75, 0.80, 0.85, 0.90, 0.95, 0.99)
_CODING = Recipe(batch_size=64, rate=1e-3)
SETTINGS = {
    ("embedded", "quick"): Setting(
        3, 96, replace(_LISTENING, updates=150), 1, 512, _QUICK,
        replace(_CODING, updates=600, rate=1e-2), scale=0.5, alpha=0.01,
        penalties={
            "dense": 10.0, "dense, untrained encoder": 10.0,
            "trained 0.90": 1.0, "trained 0.99": 1.0,
            "untrained 0.95": 0.01, "untrained 0.99": 0.01,
        },
    ),
    ("fsdd", "quick"): Setting(
        3, 96, replace(_LISTENING, updates=250), 1, 512, _QUICK,
        replace(_CODING, updates=600, rate=1e-2), alpha=0.01,
        penalties={
            "dense": 10.0, "dense, untrained encoder": 10.0,
            "trained 0.75": 1.0, "trained 0.99": 10.0, "untrained 0.75": 1.0,
        },
    ),
    ("embedded", "full"): Setting(
        6, 768, replace(_LISTENING, updates=10000, rate=3e-4), 3, 2048, _PAPER,
        replace(_CODING, epochs=100, batch_size=32),
    ),
    ("fsdd", "full"): Setting(
        6, 768, replace(_LISTENING, updates=5000, rate=3e-4), 3, 2048, _PAPER,
        replace(_CODING, epochs=100, batch_size=32),
    ),
}  # fmt: skip
_HEADS = 4


class Vectors(NamedTuple):
    """One vector a clip, centred by those of training, in units of their deviation.

    Args:
        train: (n, D).
        test: (m, D).
    """

    train: Tensor
    test: Tensor


def make_encoder(data: Data, setting: Setting, seed: int) -> MaskedEncoder:
    """An encoder with the weights of its start."""
    frames, bins = data.train.x.shape[1:]
    with seeded_init(seed, "encoder"):
        model = MaskedEncoder(bins, frames, setting.width, setting.layers, _HEADS)
    return model.to(data.train.x.device).eval()


def train_encoder(data: Data, setting: Setting, seed: int) -> MaskedEncoder:
    """Train the same encoder to say what it does not see; it is given no label."""
    model, hidden = make_encoder(data, setting, seed), generator(seed, "hidden frames")
    setting.listening.fit(
        lambda x: model.masked_loss(x, hidden),
        model,
        (data.train.x,),
        generator=generator(seed, "clips heard"),
        label="encoder",
    )
    return model


def vectors(model: MaskedEncoder, data: Data, layer: int) -> Vectors:
    """States of one layer, their mean over time, as codes see them."""
    sides = [
        predict(
            model,
            part.x,
            call=lambda x: model.hidden(x)[layer].mean(1),
            batch_size=256,
        )
        for part in (data.train, data.test)
    ]
    mean = sides[0].mean(0)
    deviation = (sides[0] - mean).square().mean().sqrt()
    return Vectors(*((side - mean) / deviation for side in sides))


def active_units(sparsity: float, units: int) -> int:
    """k of a sparsity, floor of (1 - s) N whatever the rounding of s.

    Raises:
        ValueError: s is not in [0, 1), N is no integer, or no unit would be active.

    >>> active_units(0.99, 2048), active_units(0.90, 2048)
    (20, 204)
    """
    silent = number("sparsity", sparsity, least=0, most=1)
    k = int((1 - silent) * whole("units", units) + 1e-9)
    if not k:
        raise ValueError(
            f"sparsity: got {silent:g} of {units} units, which leaves none active; "
            "give a lower one, or more units"
        )
    return k


def reconstruction_loss(model: TopKSAE, x: Tensor) -> Tensor:
    """The paper's loss: mean squared error of the vectors, rebuilt from their codes."""
    return mse_loss(model(x).recon, x)


def train_sae(
    x: Tensor,
    k: int,
    seed: int,
    setting: Setting,
    *,
    pre_bias: bool = False,
    unit_decoder: bool = False,
) -> TopKSAE:
    """Train an autoencoder with k active units on vectors (n, D)."""
    model = _start(x, k, seed, setting, pre_bias, unit_decoder)

    def step(batch: Tensor) -> Tensor:
        model.normalise()  # what the last update has done to unit columns
        return reconstruction_loss(model, batch)

    setting.coding.fit(
        step, model, (x,), generator=generator(seed, "vectors"), label=f"k = {k}"
    )
    model.normalise()
    return model


def untrained_sae(x: Tensor, k: int, seed: int, setting: Setting) -> TopKSAE:
    """The control: the same autoencoder as it starts, its weights scaled.

    Its biases are not: the smaller the scale, the more they say which units are active.
    """
    model = _start(x, k, seed, setting)
    with torch.no_grad():
        model.encoder.weight *= setting.scale
    return model


def _start(
    x: Tensor,
    k: int,
    seed: int,
    setting: Setting,
    pre_bias: bool = False,
    unit_decoder: bool = False,
) -> TopKSAE:
    with seeded_init(seed, "autoencoder"):
        model = TopKSAE(
            x.shape[1], setting.units, k, pre_bias=pre_bias, unit_decoder=unit_decoder
        ).to(x.device)
    if pre_bias:
        model.start_at(x)
    return model.eval()


def dense(x: Tensor, k: int, seed: int) -> Encode:
    """The vector itself."""
    return lambda given: given


def rotated(x: Tensor, k: int, seed: int) -> Encode:
    """The vector in a basis drawn at random: the same information, other axes."""
    turn = random_rotations(1, x.shape[1], generator(seed, "rotation"))[0].to(x)
    return lambda given: given @ turn


def principal(x: Tensor, k: int, seed: int) -> Encode:
    """The first k principal components, at most D: numbers that are never zero."""
    mean = x.mean(0)
    axes = torch.linalg.svd(x - mean, full_matrices=False).Vh[:k].T
    return lambda given: (given - mean) @ axes


def makers(setting: Setting) -> Mapping[str, Maker]:
    """Name to maker, the baseline first."""
    return {
        "untrained": partial(untrained_sae, setting=setting),
        "trained": partial(train_sae, setting=setting),
    }


def planted(seed: int, n: int = 4000, dim: int = 64) -> tuple[Tensor, Tensor]:
    """Vectors that are truly made of few parts, three of 32 orthonormal atoms each.

    Args:
        seed: of atoms, choices and weights, which are uniform on [0.5, 1.5].
        n: vectors.
        dim: D, at least 32.

    Returns:
        vectors (n, D) and atoms (D, 32).

    Raises:
        ValueError: a count is no integer, or too small.
    """
    n, dim = whole("n", n), whole("dim", dim, least=32)
    source = generator(seed, "planted atoms")
    atoms = random_rotations(1, dim, source)[0][:, :32]
    chosen = torch.rand(n, 32, generator=source).topk(3).indices
    weights = torch.zeros(n, 32).scatter(
        1, chosen, 0.5 + torch.rand(n, 3, generator=source)
    )
    return weights @ atoms.T, atoms
