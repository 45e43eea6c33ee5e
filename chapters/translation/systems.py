"""The models that are compared, trained side by side on the same batches.

A `Setting` says what distinguishes one model from another; networks, steps, batches
and noise are the same for all of one bank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from chapters.translation.data import Data
from chapters.translation.networks import Side, convolutions, perceptrons
from chapters.translation.translator import Translator
from support.arrays import classes
from support.losses.information import gaussian_kl
from support.losses.reconstruction import gaussian_reconstruction
from support.models.bank import PerceptronBank
from support.models.erasure import reverse_gradient
from support.models.rotations import RotatedPrior
from support.scalars import number
from support.training import Recipe, generator, seeded_init

__all__ = [
    "ADVERSARY",
    "CVAE",
    "EQUAL",
    "GRID",
    "RATIO",
    "RECIPES",
    "STRENGTHS",
    "TIED",
    "WEAK",
    "WEIGHTS",
    "Bank",
    "Setting",
    "objective",
    "settings_for",
    "train",
]

_DROPPING = Recipe(schedule="drops", drops=(0.5, 0.75), batch_size=64, rate=2e-3)
RECIPES = {
    ("embedded", "quick"): replace(_DROPPING, updates=2500),
    ("embedded", "full"): replace(_DROPPING, updates=20000),
    ("mnist", "quick"): replace(_DROPPING, updates=1200),
    ("mnist", "full"): replace(
        _DROPPING, epochs=100, batch_size=128, rate=1e-3, warm_up=0.05
    ),
}
#: What is tried, and what was chosen of it (`chapters.translation.tuning`): strengths
#: for each method, and as many weights for the adversary at the strength of "equal".
GRID = (1.0, 3.0, 10.0, 30.0, 49.0)
WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)
WEIGHT = 1.0
CVAE, WEAK, EQUAL = "conditional VAE", "equal, κ=1", "equal"
RATIO, ADVERSARY, TIED = "ratio 10", "equal, adversary", "equal, tied style"
STRENGTHS: Mapping[str, Mapping[str, float]] = {
    "embedded": {CVAE: 3.0, EQUAL: 10.0, RATIO: 3.0},
    "mnist": {CVAE: 10.0, EQUAL: 3.0, RATIO: 10.0},
}
#: Latents of a block and hidden units by pixels; larger images get the paper's network.
_WIDTHS = {256: (16, 128), 784: (32, 256)}
_PAPER_WIDTH = 512


@dataclass(frozen=True)
class Setting:
    """What one model does differently.

    Attributes:
        strength: κ, the weight of divergences times the values of an image.
        ratio: weight of the domain's block, in units of the other block's.
        labelled: a conditional VAE: coder and decoder see the label, the prior not.
        tied: learn from images whose style depends on the domain.
        adversary: weight of a detector of the domain in the means of $z_u$, in units of
            a nat of divergence; 0 for none.

    Raises:
        ValueError: a number is out of range.
    """

    strength: float
    ratio: float = 1.0
    labelled: bool = False
    tied: bool = False
    adversary: float = 0.0

    def __post_init__(self) -> None:
        for name in ("strength", "ratio", "adversary"):
            number(name, getattr(self, name), least=0)
        for name in ("labelled", "tied"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(
                    f"{name}: got {getattr(self, name)!r}; give True or False"
                )


def settings_for(dataset: str) -> dict[str, Setting]:
    """Name to setting of what a lesson on a data set trains, the baseline first.

    Raises:
        ValueError: another data set.
    """
    if dataset not in STRENGTHS:
        raise ValueError(f"dataset: got {dataset!r}; give one of {list(STRENGTHS)}")
    chosen = STRENGTHS[dataset]
    found = {
        CVAE: Setting(chosen[CVAE], labelled=True),
        WEAK: Setting(1.0),
        EQUAL: Setting(chosen[EQUAL]),
        RATIO: Setting(chosen[RATIO], ratio=10.0),
    }
    if dataset == "embedded":
        found[ADVERSARY] = Setting(chosen[EQUAL], adversary=WEIGHT)
        found[TIED] = Setting(chosen[EQUAL], tied=True)
    return found


class Bank(nn.Module):
    """Variational autoencoders side by side, with one rotated prior for all.

    Args:
        settings: one a model.
        data: of the chapter.
        seed: of the first weights and of the prior.
    """

    coder: PerceptronBank | Side
    decoder: PerceptronBank | Side
    strengths: Tensor
    labelled: Tensor

    def __init__(self, settings: Sequence[Setting], data: Data, seed: int) -> None:
        super().__init__()
        count, domains, side = len(settings), len(data.names), data.x_train.shape[-1]
        self.width, hidden = _WIDTHS.get(data.pixels, (_PAPER_WIDTH, 0))
        with seeded_init(seed, "weights"):
            self.coder, self.decoder = (
                perceptrons(count, data.pixels, domains, 2 * self.width, hidden)
                if hidden
                else convolutions(count, side, domains, 2 * self.width)
            )
            self.hunted = [k for k, each in enumerate(settings) if each.adversary]
            self.hunter = PerceptronBank(
                max(1, len(self.hunted)), [self.width, 64, domains]
            )
        self.prior = RotatedPrior(domains, self.width, generator(seed, "prior"))
        pairs = [(each.ratio * each.strength, each.strength) for each in settings]
        self.register_buffer("strengths", torch.tensor(pairs))
        labels = torch.tensor([each.labelled for each in settings])
        self.register_buffer("labelled", labels[:, None, None].float())
        self.settings, self.data = settings, data

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Images (M, B, P), domains (M, B) -> means, log-variances (M, B, 2d)."""
        mean, log_var = self.coder(torch.cat([x, self.label(y)], 2)).chunk(2, 2)
        return mean, log_var

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Latents (M, B, 2d), domains (M, B) -> images (M, B, P)."""
        return self.decoder(torch.cat([z, self.label(y)], 2))

    def label(self, y: Tensor) -> Tensor:
        """One-hot domains (M, B, C); zeros for a model that sees no label."""
        domains = len(self.prior.rotations)
        return self.labelled * one_hot(classes("y", y, domains), domains)

    def alone(self, model: int) -> Translator:
        """One model, for use after training."""
        return Translator(
            self.coder.alone(model),
            self.decoder.alone(model),
            self.prior,
            self.data,
            labelled=self.settings[model].labelled,
            tied=self.settings[model].tied,
        ).eval()


def objective(bank: Bank, x: Tensor, y: Tensor) -> Tensor:
    r"""The paper's loss for each model, with strengths in place of weights.

    $$\|x-\hat x\|^2+\kappa_lD_{\rm KL}(q(z_l|x)\|\mathcal N(\mu_c,I))
    +\kappa_uD_{\rm KL}(q(z_u|x)\|\mathcal N(0,I))$$

    Args:
        bank: of M models.
        x: (M, B, P) images of mean 0 and variance 1.
        y: (M, B) domains.

    Returns:
        (M,) means over the batch, divided by P: the paper's mean over pixels.

    Raises:
        ValueError: shapes do not fit, there is no such domain, or a number is not
            finite.
    """
    if x.ndim != 3 or y.shape != x.shape[:2]:
        raise ValueError(
            f"x, y: got shapes {tuple(x.shape)} and {tuple(y.shape)}; give (M, B, P) "
            "and (M, B)"
        )
    mean, log_var = bank.encode(x, y)
    z = mean + (log_var / 2).exp() * torch.randn_like(mean)
    x_hat = bank.decode(z, y)
    error = gaussian_reconstruction(x_hat.flatten(0, 1), x.flatten(0, 1), "sum")
    # the prior alone knows the domain, and of a conditional VAE not even the prior
    centre = bank.prior.means[y] * (1 - bank.labelled)
    d, zero = bank.width, torch.zeros(1).to(x)
    kl_l = gaussian_kl(mean[..., :d], log_var[..., :d], centre, zero)
    kl_u = gaussian_kl(mean[..., d:], log_var[..., d:], zero, zero)
    paid = torch.stack([kl_l.mean(1), kl_u.mean(1)], 1)
    bound = error.view(y.shape).mean(1) + (bank.strengths * paid).sum(1)
    return (bound + _hunt(bank, mean[..., d:], y)) / x.shape[2]


def _hunt(bank: Bank, mean_u: Tensor, y: Tensor) -> Tensor:
    """Cross-entropies (M,) of the detectors, which the coders make large."""
    found = torch.zeros(len(mean_u)).to(mean_u)
    if not bank.hunted:
        return found
    logits = bank.hunter(reverse_gradient(mean_u[bank.hunted]))
    for row, model in zip(logits, bank.hunted, strict=True):
        setting = bank.settings[model]
        weight = setting.adversary * setting.strength
        found[model] = weight * cross_entropy(row, y[model])
    return found


def train(
    data: Data, settings: Mapping[str, Setting], recipe: Recipe, seed: int
) -> dict[str, Translator]:
    """Train models side by side.

    Args:
        data: of the chapter.
        settings: name to what it does differently.
        recipe: of the training.
        seed: of prior, weights, batches and noise.

    Returns:
        Name to model.

    Raises:
        ValueError: a setting wants tied style, of which these data have none, or is
            none.
    """
    chosen = list(settings.values()) if isinstance(settings, Mapping) else []
    if not chosen or not all(isinstance(each, Setting) for each in chosen):
        raise ValueError(f"settings: got {settings!r}; give names and their settings")
    sources = [data] if data.tied is None else [data, data.tied]
    if len(sources) == 1 and any(each.tied for each in chosen):
        raise ValueError("settings: tied style cannot be had of these data")
    which = torch.tensor([int(each.tied) for each in chosen])
    pictures = torch.stack(
        [(s.x_train.flatten(1) - s.mean) / s.deviation for s in sources]
    )
    domains = torch.stack([source.y_train for source in sources])
    bank = Bank(chosen, data, seed).to(data.x_train.device)

    def step(rows: Tensor) -> Tensor:
        return objective(bank, pictures[:, rows][which], domains[:, rows][which]).sum()

    recipe.fit(
        step,
        bank,
        (torch.arange(len(data.x_train)),),
        generator=generator(seed, "batches"),
        label=f"{len(chosen)} models",
    )
    return {name: bank.alone(model) for model, name in enumerate(settings)}
