"""Six families of variational autoencoders, as one module that gives a loss.

The module holds what a training must save: the autoencoder, the discriminator
of the family that has one, and the count of steps that anneals a capacity.
"""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from support.losses.vae import (
    bernoulli_reconstruction,
    decomposed_kl,
    share_posteriors,
    standard_normal_kl,
    support_factorisation,
    support_scale,
)
from support.models.vae import VariationalAutoencoder

__all__ = ["SETTINGS", "AutoencoderObjective"]

SETTINGS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "beta": {"beta": 4.0},
        "annealed": {"gamma": 1000.0, "capacity": 25.0},
        "factor": {"gamma": 20.0},
        "beta_tc": {"alpha": 1.0, "beta": 6.0, "gamma": 1.0},
        "ada": {"beta": 6.0},
        "factorised_support": {"beta": 1.0, "gamma": 1.0, "delta": 1.0},
    }
)
"""Family and its released weights."""

Moments = tuple[Tensor, Tensor, Tensor]
# 100 000 of the released training's 144 000 steps.
_ANNEALED_SHARE = 0.7


class AutoencoderObjective(nn.Module):
    r"""The loss of one family, a scalar a batch, in nats a picture.

    With $\mathrm{rec}$ the summed Bernoulli cross-entropy and $\mathrm{KL}$ the
    divergence from the prior:

    - ``beta``: $\mathrm{rec}+\beta\,\mathrm{KL}$
    - ``annealed``: $\mathrm{rec}+\gamma|\mathrm{KL}-C_t|$, $C_t$ linear from 0
      to the capacity over the first 70 % of the steps
    - ``factor``: $\mathrm{rec}+\mathrm{KL}+\gamma\,\mathbb E[d(z)]$ with $d$ the
      log density ratio that a discriminator learns beside it
    - ``beta_tc``: $\mathrm{rec}+\alpha I+\beta\,TC+\gamma\,\mathrm{dim}$
    - ``ada``: $\mathrm{rec}+\beta\,\mathrm{KL}$ on pairs, shared latents averaged
    - ``factorised_support``: $\mathrm{rec}+\beta\,\mathrm{KL}+\gamma\,$(soft
      Hausdorff distance)$\,+\delta\,$(scale)

    Args:
        family: one of `SETTINGS`.
        model: the autoencoder.
        dataset_size: pictures in the training set.
        steps: of the whole training; anneals the capacity.
        settings: weights of the family's terms that differ from `SETTINGS`.

    Raises:
        ValueError: the family or a setting is unknown.

    Source: Higgins 2017; Burgess 2018; Kim & Mnih 2018; Chen 2018; Locatello
    2020; Roth 2023; weights of the disentanglement paper's released code.
    """

    done: Tensor

    def __init__(
        self,
        family: str,
        model: VariationalAutoencoder,
        *,
        dataset_size: int,
        steps: int,
        **settings: float,
    ) -> None:
        super().__init__()
        if family not in SETTINGS:
            raise ValueError(
                f"objective: got {family!r}; give one of {', '.join(SETTINGS)}"
            )
        unknown = sorted(settings.keys() - SETTINGS[family].keys())
        if unknown:
            raise ValueError(
                f"settings: got {', '.join(unknown)}; {family} has "
                f"{', '.join(SETTINGS[family])}"
            )
        self.family = family
        self.weights = {**SETTINGS[family], **settings}
        self.model = model
        self.dataset_size = dataset_size
        self.annealed_steps = max(1, round(_ANNEALED_SHARE * steps))
        self.register_buffer("done", torch.zeros((), dtype=torch.long))
        self.discriminator = _discriminator(model.latents, family == "factor")

    def forward(
        self, pictures: Tensor, partners: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Terms of one batch (B, C, H, W) in [0, 1]; ``"loss"`` is minimised.

        Args:
            pictures: the batch.
            partners: for ``ada`` alone: pictures that share most factors.

        Raises:
            ValueError: ``ada`` without partners.
        """
        terms = getattr(self, f"_{self.family}")(pictures, partners)
        if self.training:
            self.done += 1
        return terms

    def _evidence(self, pictures: Tensor) -> tuple[dict[str, Tensor], Moments]:
        """Reconstruction and KL, and mean, log variance and sample of the codes."""
        mean, log_variance, sample, logits = self.model(pictures)
        terms = {
            "reconstruction": bernoulli_reconstruction(logits, pictures).mean(),
            "kl": standard_normal_kl(mean, log_variance).sum(1).mean(),
        }
        return terms, (mean, log_variance, sample)

    def _beta(self, pictures: Tensor, _: Tensor | None) -> dict[str, Tensor]:
        terms, _moments = self._evidence(pictures)
        loss = terms["reconstruction"] + self.weights["beta"] * terms["kl"]
        return terms | {"loss": loss}

    def _annealed(self, pictures: Tensor, _: Tensor | None) -> dict[str, Tensor]:
        terms, _moments = self._evidence(pictures)
        share = (self.done / self.annealed_steps).clamp(max=1)
        gap = (terms["kl"] - self.weights["capacity"] * share).abs()
        loss = terms["reconstruction"] + self.weights["gamma"] * gap
        return terms | {"loss": loss}

    def _beta_tc(self, pictures: Tensor, _: Tensor | None) -> dict[str, Tensor]:
        terms, (mean, log_variance, sample) = self._evidence(pictures)
        parts = decomposed_kl(sample, mean, log_variance, self.dataset_size)
        kl = sum(
            self.weights[name] * part
            for name, part in zip(("alpha", "beta", "gamma"), parts, strict=True)
        )
        loss = terms["reconstruction"] + kl
        return terms | {"loss": loss, "total_correlation": parts[1]}

    def _factor(self, pictures: Tensor, _: Tensor | None) -> dict[str, Tensor]:
        # The second half of the batch gives the discriminator codes that the
        # autoencoder's half has not seen, as in the paper's algorithm 2.
        first, second = pictures.chunk(2)
        terms, (_mean, _log_variance, sample) = self._evidence(first)
        frozen = {
            name: weight.detach()
            for name, weight in self.discriminator.named_parameters()
        }
        correlation = functional_call(self.discriminator, frozen, (sample,)).mean()
        with torch.no_grad():
            other = self.model.draw(*self.model.encode(second))
        order = torch.rand_like(other).argsort(0)
        real = self.discriminator(sample.detach())
        mixed = self.discriminator(other.gather(0, order))
        told_apart = (
            functional.softplus(-real).mean() + functional.softplus(mixed).mean()
        ) / 2
        loss = terms["reconstruction"] + terms["kl"]
        loss = loss + self.weights["gamma"] * correlation
        return terms | {"loss": loss + told_apart, "total_correlation": correlation}

    def _ada(self, pictures: Tensor, partners: Tensor | None) -> dict[str, Tensor]:
        if partners is None:
            raise ValueError("partners: got None; ada needs a partner for each picture")
        both = (self.model.encode(pictures), self.model.encode(partners))
        first, second, shared = share_posteriors(*both)
        reconstruction, kl = pictures.new_zeros(()), pictures.new_zeros(())
        for posterior, target in ((first, pictures), (second, partners)):
            logits = self.model.decoder(self.model.draw(*posterior))
            reconstruction = (
                reconstruction + bernoulli_reconstruction(logits, target).mean()
            )
            kl = kl + standard_normal_kl(*posterior).sum(1).mean()
        return {
            "loss": (reconstruction + self.weights["beta"] * kl) / 2,
            "reconstruction": reconstruction / 2,
            "kl": kl / 2,
            "shared": shared.double().sum(1).mean(),
        }

    def _factorised_support(
        self, pictures: Tensor, _: Tensor | None
    ) -> dict[str, Tensor]:
        terms, (mean, _log_variance, _sample) = self._evidence(pictures)
        # Its own generator, seeded by the loop's: a resumed training draws alike.
        generator = torch.Generator(mean.device)
        generator.manual_seed(int(torch.randint(2**62, ())))
        distance = support_factorisation(mean, generator)
        loss = terms["reconstruction"] + self.weights["beta"] * terms["kl"]
        loss = loss + self.weights["gamma"] * distance
        loss = loss + self.weights["delta"] * support_scale(mean)
        return terms | {"loss": loss, "support": distance}


def _discriminator(latents: int, wanted: bool) -> nn.Module:
    """Six hidden layers of 1000; one logit, the log ratio of joint to product."""
    if not wanted:
        return nn.Identity()
    layers: list[nn.Module] = []
    for before, after in pairwise((latents, *[1000] * 6)):
        layers += [nn.Linear(before, after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(1000, 1), nn.Flatten(0))
