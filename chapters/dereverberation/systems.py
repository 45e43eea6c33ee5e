"""What takes the room away: prediction, a linear filter, and networks with shortcuts.

A system is a function of heard clips (n, N) to dry ones; `SYSTEMS` makes each from the
data, a recipe and a seed.  All networks share their layers, first weights and batches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from chapters.dereverberation.data import Data
from chapters.dereverberation.spectra import LogSpectra
from support.models.context_filter import fit_context_filter
from support.models.wide_resnet import WideResNet
from support.scalars import number, whole
from support.signal.wpe import wpe
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "CHOSEN",
    "DEFAULT",
    "FILTER",
    "GLOBAL",
    "HEARD",
    "LOCAL",
    "NEITHER",
    "RECIPES",
    "SLOW",
    "SYSTEMS",
    "TUNED",
    "WRN",
    "Chosen",
    "Enhancer",
    "System",
    "Train",
    "context_filter",
    "objective",
    "prediction",
    "train",
]

System = Callable[[Tensor], Tensor]
Train = Callable[[Data, Recipe, int], System]

HEARD, DEFAULT, TUNED = "as heard", "WPE, defaults", "WPE, tuned"
FILTER, WRN = "linear filter", "WRN"
GLOBAL, LOCAL, NEITHER = "global shortcut", "block shortcuts", "no shortcut"

_BASE = Recipe(
    updates=250, batch_size=8, optimizer="adamw", schedule="cosine", every="step"
)
RECIPES = {
    "quick": _BASE,
    "full": replace(_BASE, updates=60_000, batch_size=32),
}


@dataclass(frozen=True)
class Chosen:
    """What was chosen of the grids of `chapters.dereverberation.tuning`.

    Attributes:
        taps, delay: of WPE.
        penalty: of the linear filter.
        rates: of each network, by name.
    """

    taps: int
    delay: int
    penalty: float
    rates: Mapping[str, float]


#: The rate without any shortcut is that of read speech, where alone this network runs.
CHOSEN = {
    "embedded": Chosen(
        40, 4, 1e5, {WRN: 4e-3, GLOBAL: 2e-3, LOCAL: 8e-3, NEITHER: 1e-3}
    ),
    "librispeech": Chosen(
        60, 3, 10.0, {WRN: 1e-3, GLOBAL: 5e-4, LOCAL: 4e-3, NEITHER: 1e-3}
    ),
}
CROP = 128  # frames of a training example
_SHAPES = {"quick": (64, 4, 1), "full": (768, 4, 2)}  # channels, blocks, units


@dataclass(frozen=True)
class Enhancer:
    """A network on normalised log magnitudes, from signals to signals.

    Attributes:
        spectra: the way there and back.
        network: (n, F, T) -> (n, F, T).
    """

    spectra: LogSpectra
    network: WideResNet

    def __call__(self, heard: Tensor) -> Tensor:
        """Heard clips (n, N) -> dry ones."""
        found = predict(self.network, self.spectra(heard), batch_size=32)
        return self.spectra.signal(found, heard)

    def by_block(self, heard: Tensor) -> list[Tensor]:
        """Heard clips (n, N) -> normalised spectra (n, F, T), one a block."""
        given = self.spectra(heard)
        return list(predict(self.network, given, call=self._blocks, batch_size=32))

    def _blocks(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network.by_block(x))


def prediction(taps: int, delay: int, iterations: int = 3) -> Train:
    """Weighted prediction error, which learns nothing from training clips.

    Args:
        taps: frames of the filter.
        delay: frames that are left alone.
        iterations: turns of variance and filter.

    Raises:
        ValueError: a count that is no integer of at least 1.
    """
    counts = {"taps": taps, "delay": delay, "iterations": iterations}
    counts = {name: whole(name, count) for name, count in counts.items()}

    def make(data: Data, recipe: Recipe, seed: int) -> System:
        spectra = data.spectra

        def system(heard: Tensor) -> Tensor:
            dry = wpe(spectra.spectrum(heard), **counts)
            return spectra.inverse(dry, heard.shape[-1])

        return system

    return make


def context_filter(penalty: float) -> Train:
    """The network's frames and three bins, combined linearly, in closed form.

    Args:
        penalty: of the ridge regression, above 0.
    """
    penalty = number("penalty", penalty, above=0)

    def make(data: Data, recipe: Recipe, seed: int) -> System:
        spectra = data.spectra
        found = fit_context_filter(*data.pairs, frames=10, bins=1, penalty=penalty)
        return lambda heard: spectra.signal(found.apply(spectra(heard)), heard)

    return make


def objective(network: WideResNet, heard: Tensor, dry: Tensor) -> Tensor:
    r"""Mean squared error of normalised log magnitudes.

    $$L=\frac1{FT}\sum_{f,t}\big(\hat\ell_{ft}-\ell_{x,ft}\big)^2,\qquad
    \hat\ell=\ell_y+\text{head}(u_B)$$

    Args:
        network: with its shortcuts.
        heard: (n, F, T) of clips as heard, $\ell_y$.
        dry: (n, F, T) of the same clips as spoken, $\ell_x$.
    """
    return (network(heard) - dry).square().mean()


def train(
    data: Data,
    recipe: Recipe,
    seed: int,
    *,
    global_shortcut: bool = True,
    block_shortcuts: bool = True,
    label: str = WRN,
) -> Enhancer:
    """Train a network on crops of 128 frames.

    Args:
        data: of the chapter.
        recipe: of the training.
        seed: of first weights, batches and crops.
        global_shortcut: from the input to the output.
        block_shortcuts: around the layers of each block.
        label: for the bar of progress.
    """
    spectra, (wet, dry) = data.spectra, data.pairs
    channels, blocks, units = _SHAPES["quick" if data.rate == 8000 else "full"]
    with seeded_init(seed, "weights"):
        network = WideResNet(
            spectra.bins,
            channels,
            blocks,
            units=units,
            global_shortcut=global_shortcut,
            block_shortcuts=block_shortcuts,
        ).to(wet.device)
    last = wet.shape[2] - CROP

    def step(heard: Tensor, spoken: Tensor) -> Tensor:
        start = int(torch.randint(last + 1, (1,)))
        frames = slice(start, start + CROP)
        return objective(network, heard[..., frames], spoken[..., frames])

    recipe.fit(
        step, network, (wet, dry), generator=generator(seed, "batches"), label=label
    )
    return Enhancer(spectra, network)


def _tuned(data: Data, recipe: Recipe, seed: int) -> System:
    best = CHOSEN[data.name]
    return prediction(best.taps, best.delay)(data, recipe, seed)


def _filtered(data: Data, recipe: Recipe, seed: int) -> System:
    return context_filter(CHOSEN[data.name].penalty)(data, recipe, seed)


def _network(name: str, through: bool, local: bool) -> Train:
    """Training of one network at the rate that was chosen for it."""

    def make(data: Data, recipe: Recipe, seed: int) -> System:
        own = replace(recipe, rate=CHOSEN[data.name].rates[name])
        return train(
            data,
            own,
            seed,
            global_shortcut=through,
            block_shortcuts=local,
            label=name,
        )

    return make


#: Name to training, the baseline first; a reader's own method is called alike.
SYSTEMS: dict[str, Train] = {
    HEARD: lambda data, recipe, seed: lambda heard: heard,
    DEFAULT: prediction(10, 3),
    TUNED: _tuned,
    FILTER: _filtered,
    GLOBAL: _network(GLOBAL, True, False),
    LOCAL: _network(LOCAL, False, True),
    WRN: _network(WRN, True, True),
}
#: Where there is time: without any shortcut.
SLOW: dict[str, Train] = {NEITHER: _network(NEITHER, False, False)}
