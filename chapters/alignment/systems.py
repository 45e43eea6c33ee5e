"""Two encoders and their temperature, trained in the ways that are compared.

A `Setting` says what distinguishes one training from another: the temperature (fixed
or trained), the weight of the penalty, the depth, and whether the pictures hold
nuisances.  Everything else is shared: data, initial weights, order of the batches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from chapters.alignment.data import Data
from support.losses.multimodal import alignment_penalty, info_nce
from support.models.coders import mlp, resnet20
from support.training import Recipe, generator, seeded_init

__all__ = [
    "FIXED",
    "MAP",
    "ON_MAP",
    "PLAIN",
    "RECIPES",
    "RIVALS",
    "SETTINGS",
    "SYSTEMS",
    "TRAINED",
    "WEIGHTS",
    "Pair",
    "Setting",
    "objective",
    "systems_for",
    "train",
    "untrained",
]

RECIPES = {
    "quick": Recipe(epochs=20, schedule="drops", drops=(0.4, 0.8), factor=0.3),
    "full": Recipe(epochs=50, schedule="drops", drops=(0.4, 0.8), factor=0.3),
}
#: Weights of the penalty, and as many fixed temperatures as its rivals.
WEIGHTS = (0.0, 1.0, 3.0)
_TEMPERATURES = (0.05, 0.2, 1.0)
_START, _FLOOR = 0.07, 1e-3


@dataclass(frozen=True)
class Setting:
    """What one training does differently.

    Attributes:
        temperature: fixed; None trains it from 0.07.
        weight: beta, of the penalty.
        hidden: widths of the picture encoder's hidden layers.
        plain: learn from pictures without nuisances.
    """

    temperature: float | None = None
    weight: float = 0.0
    hidden: tuple[int, ...] = (256, 128)
    plain: bool = False


class Pair(nn.Module):
    """An encoder of pictures, one of captions, and the temperature between them.

    The temperature is a plain number, as in the authors' code, not a logarithm: with
    the steps of Adam a logarithm could not move far enough in a short training.

    Args:
        picture: module (B, channels, side, side) -> (B, d).
        caption: module (B, w) -> (B, d).
        temperature: fixed; None trains it.
    """

    def __init__(
        self, picture: nn.Module, caption: nn.Module, temperature: float | None
    ) -> None:
        super().__init__()
        self.picture, self.caption = picture, caption
        start = torch.tensor(_START if temperature is None else temperature)
        self.temperature = nn.Parameter(start, requires_grad=temperature is None)

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures and captions -> their embeddings (B, d), rows of length 1."""
        a = normalize(self.picture(x), dim=1)
        b = normalize(self.caption(t), dim=1)
        return a, b


def objective(
    a: Tensor, b: Tensor, temperature: float | Tensor, weight: float
) -> Tensor:
    r"""The paper's loss, $\mathcal L_{\rm InfoNCE}+\beta\,\mathcal L_M$ (eq. 20).

    Args:
        a: (B, d) embeddings of pictures, rows of length 1.
        b: (B, d) of their captions.
        temperature: $\tau$.
        weight: $\beta$, at least 0.

    Returns:
        A scalar, in nats.
    """
    loss = info_nce(a, b, temperature)
    if weight:
        loss = loss + weight * alignment_penalty(a, b)
    return loss


def untrained(
    data: Data, recipe: Recipe, seed: int, setting: Setting | None = None
) -> Pair:
    """Two encoders with their initial weights, which all trainings begin with.

    Args:
        data: of the chapter; pictures of 64 pixels get the paper's residual network.
        recipe: unused here; every system is called alike.
        seed: of the weights.
        setting: temperature and depth; by default a trained one and two layers.
    """
    setting = setting or Setting()
    channels, side = data.pictures.train.shape[1:3]
    told = data.captions.train.shape[1]
    with seeded_init(seed, "picture"):
        if side == 64:
            picture: nn.Module = resnet20(channels, dim=None)
            hidden, width = [64, 64, 32, 32, 64, 64], 64
        else:
            picture = mlp(channels * side**2, setting.hidden, 32)
            hidden, width = [64, 64], 32
    with seeded_init(seed, "caption"):
        caption = mlp(told, hidden, width)
    pair = Pair(picture, caption, setting.temperature)
    return pair.to(data.pictures.train.device).eval()


def train(
    data: Data,
    recipe: Recipe,
    seed: int,
    setting: Setting,
    loss: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None,
) -> Pair:
    """Train a pair of encoders.

    Args:
        data: of the chapter.
        recipe: of the training.
        seed: of weights and batches.
        setting: what this training does differently.
        loss: of (a, b, temperature), in place of the objective of the setting.

    Raises:
        ValueError: the setting wants pictures without nuisances, and there are none.
    """
    if setting.plain and data.plain is None:
        raise ValueError("setting: plain pictures cannot be had of these data")
    data = data.plain if setting.plain and data.plain is not None else data
    pair = untrained(data, recipe, seed, setting)
    chosen = loss or partial(objective, weight=setting.weight)

    def step(x: Tensor, t: Tensor) -> Tensor:
        with torch.no_grad():  # the last update may have gone below what is allowed
            pair.temperature.clamp_(min=_FLOOR)
        a, b = pair(x, t)
        return chosen(a, b, pair.temperature)

    recipe.fit(
        step,
        pair,
        (data.pictures.train, data.captions.train),
        parameters=[part for part in pair.parameters() if part.requires_grad],
        generator=generator(seed, "batches"),
        drop_last=True,
    )
    with torch.no_grad():
        pair.temperature.clamp_(min=_FLOOR)
    return pair


#: Names by what is turned: the penalty, twice, and the temperature.
TRAINED, FIXED = (
    tuple(f"{word}, β={weight:g}" for weight in WEIGHTS)
    for word in ("τ trained", "τ=0.01")
)
RIVALS = tuple(f"τ={value:g}, β=0" for value in _TEMPERATURES)
PLAIN = "no nuisances"
#: The paths of the three knobs, and what is written beside their ends.
MAP = (
    {
        "penalty, τ = 0.01": FIXED,
        "penalty, τ trained": TRAINED,
        "temperature, no penalty": (FIXED[0], *RIVALS),
    },
    {
        FIXED[0]: "τ = 0.01",
        FIXED[-1]: "β = 3",
        TRAINED[0]: "τ trained",
        TRAINED[-1]: "β = 3",
        RIVALS[-1]: "τ = 1",
        PLAIN: PLAIN,
        "untrained": "untrained",
    },
)
ON_MAP = (*FIXED, *TRAINED, *RIVALS, PLAIN)
#: Name to setting, the baseline first.
SETTINGS: Mapping[str, Setting] = MappingProxyType(
    dict(zip(TRAINED, (Setting(None, weight) for weight in WEIGHTS), strict=True))
    | dict(zip(FIXED, (Setting(0.01, weight) for weight in WEIGHTS), strict=True))
    | dict(zip(RIVALS, map(Setting, _TEMPERATURES), strict=True))
    | {
        "1 layer": Setting(hidden=(256,)),
        "4 layers": Setting(hidden=(256, 256, 128, 128)),
        PLAIN: Setting(0.01, plain=True),
        f"{PLAIN}, τ trained": Setting(plain=True),
    }
)
#: Name to training.
SYSTEMS: dict[str, Callable[[Data, Recipe, int], Pair]] = {
    name: partial(train, setting=setting) for name, setting in SETTINGS.items()
}


def systems_for(data: Data) -> dict[str, Callable[[Data, Recipe, int], Pair]]:
    """The systems that these data allow: depth and intervention need made pictures."""
    if data.plain is not None:
        return SYSTEMS
    return {name: SYSTEMS[name] for name in TRAINED + FIXED + RIVALS}
