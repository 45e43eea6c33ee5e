"""What is measured of a model: its translations, and what its two latents hold."""

from collections.abc import Callable
from functools import partial
from statistics import fmean

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from chapters.translation.data import Data
from chapters.translation.translator import WAYS, Code, Translator
from support.losses.information import gaussian_kl
from support.metrics.classification import accuracy
from support.metrics.probes import fit_probe
from support.models.coders import mlp
from support.training import (
    Recipe,
    generator,
    predict,
    require_tensor,
    seeded_init,
)

__all__ = [
    "Meter",
    "Translate",
    "centre",
    "classifier",
    "divergences",
    "least_squares_r2",
    "slant_and_ink",
]

Translate = Callable[[Tensor, Tensor, Tensor], Tensor]
_CLASSIFIER = Recipe(epochs=10, batch_size=128, rate=2e-3)
_ACTIVE = 0.01  # variance of a unit's mean over images, above which it is active


def classifier(data: Data, seed: int) -> Callable[[Tensor], Tensor]:
    """A perceptron that has learnt the domains of real images.

    Args:
        data: of the chapter; its training part is used.
        seed: of weights and batches.

    Returns:
        Images (n, 1, side, side) -> domains (n,).
    """
    with seeded_init(seed, "classifier"):
        net = mlp(data.pixels, [256], len(data.names)).to(data.x_train.device)
    _CLASSIFIER.fit(
        lambda x, y: cross_entropy(net(x), y),
        net,
        (data.x_train, data.y_train),
        generator=generator(seed, "classifier's batches"),
    )
    return lambda images: predict(net, images).argmax(1)


class Meter:
    """Measures one model after another on the test images of a data set.

    Args:
        data: of the chapter.
        seed: of the classifier of real images, and of samples from the coders.
    """

    def __init__(self, data: Data, seed: int) -> None:
        self.data, self.seed = data, seed
        self.judge = classifier(data, seed)
        self.real = float(accuracy(data.y_test, self.judge(data.x_test)))
        self.copy = self.translations(lambda x, source, target: x)

    def translations(
        self, translate: Translate, data: Data | None = None
    ) -> dict[str, float]:
        """Judge translations of test images to every other domain.

        Args:
            translate: images, their domains, the target's -> images.
            data: whose test images, by default those of the meter.

        Returns:
            ``accuracy`` of the classifier of real images; and of glyphs ``error``, the
            mean squared error to the true translation, of scans ``style kept``, the
            mean correlation of slant and ink with the source's.
        """
        data = data or self.data
        found, kept = [], []
        for step in range(1, len(data.names)):
            target = (data.y_test + step) % len(data.names)
            images = require_tensor(
                translate(data.x_test, data.y_test, target),
                shape=data.x_test.shape,
                what="what translate returned",
            )
            found.append(float(accuracy(target, self.judge(images))))
            truth = data.truth(target)
            if truth is None:
                kept.append(_kept(data, images, target))
            else:
                kept.append(_mse(images, truth))
        key = "style kept" if data.style_test is None else "error"
        return {"accuracy": fmean(found), key: fmean(kept)}

    def __call__(self, model: Translator) -> dict[str, float]:
        """One row of the comparison.

        Returns:
            Of `translations` by rotation (a conditional VAE: by its label), and with
            ``shift`` or ``swap`` before their names by these, with ``sampled`` of a
            draw from the coder, as in the paper; ``recon.``, the mean squared error of
            reconstructions; and what `blocks` says.
        """
        data = model.data  # tied glyphs, where it has learnt those
        row = self.translations(model, data)
        others = {way: partial(model, way=way) for way in WAYS[1:]}
        others["sampled"] = partial(model, noise=generator(self.seed, "translations"))
        for way, translate in {} if model.labelled else others.items():
            found = self.translations(translate, data)
            row |= {f"{way} {name}": value for name, value in found.items()}
        again = model(data.x_test, data.y_test, data.y_test)
        row["recon."] = _mse(again, data.x_test)
        return row if model.labelled else row | self.blocks(model)

    def blocks(self, model: Translator) -> dict[str, float]:
        """What the two latents of a model hold.

        Returns:
            ``C_l``, ``C_u``, accuracies of a linear classifier of the domain on
            samples, and ``C_u mean`` on means; ``R² l``, ``R² u`` of the known style
            from means; ``active u``, units; ``KL l``, ``KL u`` in nats.
        """
        data = model.data
        codes = [
            model.encode(x, y)
            for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test))
        ]
        source = generator(self.seed, "samples")
        samples = [code.sample(source) for code in codes]
        row, paid = {}, divergences(model, codes[1], data.y_test).mean(0)
        for name, block in (("l", slice(model.width)), ("u", slice(model.width, None))):
            means = [code.mean[:, block] for code in codes]
            train, test = (rows[:, block] for rows in samples)
            row[f"C_{name}"] = self.read(data, train, test)
            if name == "u":  # means of z_l move with the domain by design
                row["C_u mean"] = self.read(data, means[0], means[1])
                row["active u"] = float((means[1].var(0) > _ACTIVE).sum())
            if data.style_train is not None and data.style_test is not None:
                row[f"R² {name}"] = least_squares_r2(
                    means[0], data.style_train, means[1], data.style_test
                )
            row[f"KL {name}"] = float(paid[block].sum())
        return row

    def read(
        self, data: Data, train: Tensor, test: Tensor, probe: str = "logistic"
    ) -> float:
        """Accuracy with which the domain can be read off latents.

        Args:
            data: whose domains they are.
            train: (n, d) latents of the training images.
            test: (m, d) of the test images.
            probe: see `support.metrics.probes.fit_probe`.
        """
        fitted = fit_probe(
            train, data.y_train, len(data.names), probe=probe, seed=self.seed
        )
        return float(accuracy(data.y_test, fitted.logits(test).argmax(1)))


def centre(model: Translator, y: Tensor) -> Tensor:
    """(n, 2d) means of the prior of images of these domains."""
    known = model.prior.mean(y)
    return torch.cat([known, torch.zeros_like(known)], 1)


def divergences(model: Translator, code: Code, y: Tensor) -> Tensor:
    """(n, 2d) nats that each unit pays for leaving its prior."""
    mean, log_var, known = (
        part[..., None] for part in (code.mean, code.log_var, centre(model, y))
    )
    return gaussian_kl(mean, log_var, known, torch.zeros(1).to(known))


def least_squares_r2(
    x_train: Tensor, y_train: Tensor, x_test: Tensor, y_test: Tensor
) -> float:
    r"""Mean over targets of $1-\sum(y-\hat y)^2/\sum(y-\bar y)^2$ on test rows.

    Args:
        x_train: (n, d).
        y_train: (n, k).
        x_test: (m, d).
        y_test: (m, k).

    Returns:
        At most 1; 0 of whoever says the mean, below 0 of whoever does worse.
    """
    ones = [torch.ones(len(x), 1).to(x) for x in (x_train, x_test)]
    first, second = (
        torch.cat(pair, 1).double() for pair in ((x_train, ones[0]), (x_test, ones[1]))
    )
    weights = torch.linalg.lstsq(first, y_train.double(), driver="gelsd").solution
    left = (y_test - second @ weights).square().sum(0)
    total = (y_test.double() - y_test.double().mean(0)).square().sum(0)
    return float((1 - left / total).mean())


def slant_and_ink(images: Tensor) -> Tensor:
    """(n, 1, side, side) -> (n, 2): shift of the ink to the right a row up; its sum."""
    ink = images[:, 0].double().clamp(min=0)
    place = torch.arange(ink.shape[-1]).to(ink)
    total = ink.sum((1, 2)).clamp(min=1e-9)
    across = ink.sum(1) @ place / total
    down = ink.sum(2) @ place / total
    dx, dy = place - across[:, None], place - down[:, None]
    spread = (ink.sum(2) * dy.square()).sum(1) / total
    both = torch.einsum("nij,ni,nj->n", ink, dy, dx) / total
    return torch.stack([-both / spread.clamp(min=1e-9), total], 1)


def _kept(data: Data, images: Tensor, target: Tensor) -> float:
    """Correlation of slant and ink with the source's, among pairs of equal domains."""
    before, after = slant_and_ink(data.x_test), slant_and_ink(images)
    pair = data.y_test * len(data.names) + target
    for domains in pair.unique():
        rows = pair == domains
        before[rows] -= before[rows].mean(0)
        after[rows] -= after[rows].mean(0)
    sizes = before.norm(dim=0) * after.norm(dim=0)
    return float(((before * after).sum(0) / sizes.clamp(min=1e-12)).mean())


def _mse(one: Tensor, other: Tensor) -> float:
    return float((one - other).square().mean())
