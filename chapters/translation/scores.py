"""What is measured of a model: its translations, and what its two latents hold."""

from collections.abc import Callable
from functools import partial
from statistics import fmean

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from chapters.translation.data import Data
from chapters.translation.translator import WAYS, Code, Translator
from support.arrays import real
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
    "traits",
    "worth",
]

Translate = Callable[[Tensor, Tensor, Tensor], Tensor]
_READER = Recipe(epochs=10, batch_size=128, rate=2e-3)
_ACTIVE = 0.01  # variance of a unit's mean over images, above which it is active


def classifier(data: Data, seed: int) -> Callable[[Tensor], Tensor]:
    """A perceptron that has learnt the domains of real images.

    Args:
        data: of the chapter; its training part is used.
        seed: of weights and batches.

    Returns:
        Images (n, 1, side, side) -> domains (n,).
    """
    net = _learnt(data, data.y_train, len(data.names), cross_entropy, seed)
    return lambda images: predict(net, data.images(images)).argmax(1)


def traits(data: Data, seed: int) -> Callable[[Tensor], Tensor]:
    """What reads the style off an image: place, size, contrast, or slant and ink.

    Args:
        data: of the chapter; of glyphs a perceptron learns the four style variables.
        seed: of weights and batches.

    Returns:
        Images (n, 1, side, side) -> (n, k).
    """
    if data.style_train is None:
        return slant_and_ink
    net = _learnt(data, data.style_train, data.style_train.shape[1], mse_loss, seed)
    return lambda images: predict(net, data.images(images))


def _learnt(
    data: Data, answers: Tensor, width: int, loss: Callable[..., Tensor], seed: int
) -> nn.Module:
    with seeded_init(seed, "reader"):
        net = mlp(data.pixels, [256], width).to(data.x_train.device)
    _READER.fit(
        lambda x, y: loss(net(x), y),
        net,
        (data.x_train, answers),
        generator=generator(seed, "reader's batches"),
    )
    return net


class Meter:
    """Measures one model after another on the test images of a data set.

    Args:
        data: of the chapter.
        seed: of the readers of real images, and of samples from the coders.

    Attributes:
        real: accuracy of the classifier on real test images.
        copy, mean_image: `translations` that return the image itself, and the mean of
            the target's training images.
    """

    def __init__(self, data: Data, seed: int) -> None:
        self.data, self.seed = data, seed
        self.judge, self.read_style = classifier(data, seed), traits(data, seed)
        self.real = float(accuracy(data.y_test, self.judge(data.x_test)))
        self.copy = self.translations(lambda x, source, target: x)
        domains = range(len(data.names))
        means = torch.stack([data.x_train[data.y_train == c].mean(0) for c in domains])
        self.mean_image = self.translations(lambda x, source, target: means[target])

    def translations(
        self, translate: Translate, data: Data | None = None
    ) -> dict[str, float]:
        """Judge translations of test images to every other domain.

        Args:
            translate: images, their domains, the target's -> images.
            data: whose test images, by default those of the meter.

        Returns:
            ``accuracy`` of the classifier of real images; ``style kept``, the least
            correlation of a trait with the source's (of glyphs: with the true style);
            and of glyphs ``error``, the mean squared error to the true translation.
        """
        data = data or self.data
        count = len(data.names)
        before = data.style_test
        if before is None:
            before = self.read_style(data.x_test)
        found, kept, errors = [], [], []
        for step in range(1, count):
            target = (data.y_test + step) % count
            moved = require_tensor(
                translate(data.x_test, data.y_test, target),
                shape=data.x_test.shape,
                what="what translate returned",
            )
            images = data.images(moved)
            found.append(float(accuracy(target, self.judge(images))))
            kept.append(_kept(before, self.read_style(images), data.y_test))
            truth = data.truth(target)
            if truth is not None:
                errors.append(_mse(images, truth))
        least = float(torch.stack(kept).mean(0).min())
        row = {"accuracy": fmean(found), "style kept": least}
        return row | {"error": fmean(errors)} if errors else row

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
            from means, and with ``sample`` from samples; ``active u``, units; ``KL l``,
            ``KL u`` in nats; ``worth u``, the share of what the code adds to the domain
            in rebuilding images that is lost with z_u.
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
                for kind, (x, z) in (("", means), (" sample", (train, test))):
                    row[f"R² {name}{kind}"] = least_squares_r2(
                        x, data.style_train, z, data.style_test
                    )
            row[f"KL {name}"] = float(paid[block].sum())
        return row | {"worth u": worth(model, codes[1].mean)}

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


def worth(model: Translator, mean: Tensor) -> float:
    r"""How much of the rest is rebuilt out of z_u.

    $$\frac{E(z_l,0)-E(z_l,z_u)}{E(\mu_c,0)-E(z_l,z_u)}$$ with E the squared error of
    the test images rebuilt from these codes.

    Args:
        model: that was trained.
        mean: (n, 2d) of its test images.

    Raises:
        ValueError: the shape is another, or the code adds nothing to the domain.
    """
    data, none = model.data, centre(model, model.data.y_test)
    if mean.shape != none.shape:
        raise ValueError(f"mean: got {tuple(mean.shape)}; give {tuple(none.shape)}")
    without = torch.cat([mean[:, : model.width], none[:, model.width :]], 1)
    whole, part, nothing = (
        _mse(model.decode(z, data.y_test), data.x_test) for z in (mean, without, none)
    )
    if whole == nothing:
        raise ValueError("mean: the code rebuilds no better than the domain alone does")
    return (part - whole) / (nothing - whole)


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

    Raises:
        ValueError: fewer than two rows on a side, a target that does not vary, shapes
            that do not fit, or a number that is not finite.
    """
    x_train, y_train = real("x_train", x_train), real("y_train", y_train)
    x_test, y_test = real("x_test", x_test), real("y_test", y_test)
    shapes = [tuple(part.shape) for part in (x_train, y_train, x_test, y_test)]
    n, m, d, k = len(x_train), len(x_test), x_train.shape[-1], y_train.shape[-1]
    if shapes != [(n, d), (n, k), (m, d), (m, k)]:
        raise ValueError(
            f"x_train, y_train, x_test, y_test: got shapes {shapes}; give (n, d), "
            "(n, k), (m, d) and (m, k)"
        )
    if min(len(x_train), len(x_test)) < 2 or bool((y_test.var(0) == 0).any()):
        raise ValueError(
            f"y_test: got {len(x_train)} and {len(x_test)} rows, or a column that does "
            "not vary; give two rows or more, and targets that vary"
        )
    sides = [torch.cat([x, torch.ones_like(x[:, :1])], 1) for x in (x_train, x_test)]
    # this driver, which takes dependent columns too, is there on the CPU alone
    first, second, wanted, known = (
        part.double().cpu() for part in (*sides, y_train, y_test)
    )
    weights = torch.linalg.lstsq(first, wanted, driver="gelsd").solution
    left = (known - second @ weights).square().sum(0)
    total = (known - known.mean(0)).square().sum(0)
    return float((1 - left / total).mean())


def slant_and_ink(images: Tensor) -> Tensor:
    """(n, 1, side, side) -> (n, 2): shift of the ink to the right a row up; its sum.

    A blank image has slant 0.

    Raises:
        ValueError: not one channel, sides that differ, or a number that is not finite.
    """
    images = real("images", images)
    if images.ndim != 4 or images.shape[1] != 1 or images.shape[2] != images.shape[3]:
        raise ValueError(
            f"images: got shape {tuple(images.shape)}; give (n, 1, side, side)"
        )
    ink = images[:, 0].double().clamp(min=0)
    place = torch.arange(ink.shape[-1]).to(ink)
    total = ink.sum((1, 2)).clamp(min=1e-9)
    across = ink.sum(1) @ place / total
    down = ink.sum(2) @ place / total
    dx, dy = place - across[:, None], place - down[:, None]
    spread = (ink.sum(2) * dy.square()).sum(1) / total
    both = torch.einsum("nij,ni,nj->n", ink, dy, dx) / total
    return torch.stack([-both / spread.clamp(min=1e-9), total], 1)


def _kept(before: Tensor, after: Tensor, domain: Tensor) -> Tensor:
    """(k,) correlations of traits, among images that come from one domain."""
    sides = [before.double(), after.double()]
    centred = [torch.zeros_like(side) for side in sides]
    for of in domain.unique():
        rows = domain == of
        for side, away in zip(sides, centred, strict=True):
            away[rows] = side[rows] - side[rows].mean(0)
    one, other = centred
    sizes = one.norm(dim=0) * other.norm(dim=0)
    return (one * other).sum(0) / sizes.clamp(min=1e-12)


def _mse(one: Tensor, other: Tensor) -> float:
    return float((one - other).square().mean())
