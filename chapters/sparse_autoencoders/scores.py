"""What is read off a code, by whom, and on how many units the reading rests."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from chapters.sparse_autoencoders.data import Data
from chapters.sparse_autoencoders.systems import Encode, Setting, Vectors
from support.arrays import classes, real
from support.metrics.classification import accuracy
from support.metrics.disentanglement.importances import (
    Completeness,
    Importances,
    completeness,
    lasso_importances,
)
from support.metrics.sparse_codes import Activity, activity, fvu
from support.models.sparse_autoencoder import TopKSAE, align_units
from support.scalars import number, whole
from support.training import predict, require_tensor

__all__ = [
    "BEST",
    "Reading",
    "Study",
    "atoms_found",
    "code_of",
    "completeness_law",
    "dropped_gradient",
    "entropies",
    "held_within",
    "mean_gap",
    "probe",
    "read",
]

BEST = 5
"""Attributes that a code predicts best, over which its figures are means."""


class Reading(NamedTuple):
    """Everything that is measured of one code.

    Args:
        accuracy: of the linear probe on test clips.
        read: the Lasso of every attribute.
        complete: of every attribute.
        best: (5,) attributes that the code predicts best on the training clips.
        activity: active and dead units on test clips.
        unexplained: share of variance not rebuilt; NaN of what rebuilds nothing.
    """

    accuracy: float
    read: Importances
    complete: Completeness
    best: Tensor
    activity: Activity
    unexplained: float

    @property
    def r2(self) -> float:
        """Mean R² of the best attributes, on test clips."""
        return float(self.read.r2_out[self.best].mean())

    @property
    def completeness(self) -> float:
        """Mean C of the best attributes; NaN where none takes a unit."""
        return float(self.complete.per_factor[self.best].nanmean())

    @property
    def effective(self) -> float:
        """Mean number of units of the best attributes; NaN where none takes a unit."""
        return float(self.complete.effective[self.best].nanmean())

    def row(self) -> dict[str, float]:
        """One row of the comparison, of what this code has."""
        row = {
            "accuracy": self.accuracy,
            "R²": self.r2,
            "C": self.completeness,
            "n_eff": self.effective,
            "FVU": self.unexplained,
            "active": self.activity.active,
            "dead": self.activity.dead,
        }
        return {name: value for name, value in row.items() if math.isfinite(value)}


def read(
    encode: Encode, given: Vectors, data: Data, penalty: float, alpha: float
) -> Reading:
    """Make a code of vectors, and read classes and attributes off it.

    Args:
        encode: vectors (n, D) -> codes (n, N).
        given: of the clips.
        data: whose classes and attributes they are.
        penalty: C of the probe, the inverse of its weight decay.
        alpha: of the Lasso.
    """
    train, test = (code_of(encode, x) for x in given)
    held = held_within(train, test)
    found = lasso_importances(
        train, data.train.attributes, held, data.test.attributes, alpha
    )
    return Reading(
        probe(train, data.train.y, held, data.test.y, penalty),
        found,
        completeness(found.importances),
        found.r2_in.topk(BEST).indices,
        activity(test),
        unexplained(encode, given.test),
    )


class Study:
    """Codes by name, with what was read off each.

    Args:
        data: whose classes and attributes are read.
        setting: with the penalties.

    Attributes:
        codes: name to what makes it.
        found: name to `Reading`.
    """

    def __init__(self, data: Data, setting: Setting) -> None:
        self.data, self.setting = data, setting
        self.codes: dict[str, Encode] = {}
        self.found: dict[str, Reading] = {}

    def add(self, name: str, encode: Encode, given: Vectors) -> Reading:
        """Read a code of these vectors, and keep both under its name."""
        penalty, alpha = self.setting.penalty(name), self.setting.alpha
        self.codes[name] = encode
        self.found[name] = read(encode, given, self.data, penalty, alpha)
        return self.found[name]

    def gain(self, one: str, other: str, what: str = "accuracy") -> float:
        """A figure of one code minus that of another."""
        values = [float(getattr(self.found[name], what)) for name in (one, other)]
        return values[0] - values[1]


def code_of(encode: Encode, x: Tensor) -> Tensor:
    """Codes (n, N) of vectors (n, D), from whatever makes them."""
    if isinstance(encode, TopKSAE):
        made: Tensor = predict(encode, x, call=encode.encode)
        return made
    return require_tensor(encode(x), shape=(len(x), -1), what="what encode returned")


def held_within(train: Tensor, test: Tensor) -> Tensor:
    """Codes (m, N) held within the range that each unit has in training (n, N).

    A unit that hardly moves in training has a deviation near 0; divided by it, one
    ordinary value of a test clip would outweigh all other units.

    Raises:
        ValueError: codes of differing width.
    """
    if train.shape[1] != test.shape[1]:
        raise ValueError(
            f"test: got {test.shape[1]} units, where train has {train.shape[1]}; "
            "give codes of one width"
        )
    return test.clamp(train.amin(0), train.amax(0))


def unexplained(encode: Encode, x: Tensor) -> float:
    """Share of the variance of vectors that an autoencoder does not rebuild."""
    if not isinstance(encode, TopKSAE):
        return math.nan
    return float(fvu(x, predict(encode, x).recon))


def probe(
    train: Tensor, y_train: Tensor, test: Tensor, y_test: Tensor, penalty: float
) -> float:
    """Accuracy of a logistic regression on standardised codes.

    Args:
        train: (n, N).
        y_train: (n,) classes.
        test: (m, N).
        y_test: (m,).
        penalty: C, the inverse of the weight decay, above 0.

    Raises:
        ValueError: codes that are no matrices of one width and of the classes' length,
            an undefined number, or a single class.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import

    train, y_train = _labelled("train", train, y_train)
    test, y_test = _labelled("test", test, y_test)
    if train.shape[1] != test.shape[1]:
        raise ValueError(
            f"test: got {test.shape[1]} units, where train has {train.shape[1]}"
        )
    if len(y_train.unique()) < 2:
        raise ValueError("y_train: got one class; give at least two")
    mean, deviation = train.mean(0), train.std(0)
    deviation = deviation.where(deviation > 0, torch.inf)
    sides = [((side - mean) / deviation).double().cpu() for side in (train, test)]
    model = LogisticRegression(C=number("penalty", penalty, above=0), max_iter=2000)
    model.fit(sides[0].numpy(), y_train.cpu().numpy())
    said = torch.from_numpy(model.predict(sides[1].numpy())).to(y_test.device)
    return float(accuracy(y_test, said))


def _labelled(name: str, code: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    code, y = real(name, code), classes(f"y_{name}", y)
    if code.ndim != 2 or not code.numel() or y.shape != code.shape[:1]:
        raise ValueError(
            f"{name}: got shape {tuple(code.shape)} with classes {tuple(y.shape)}; "
            "give (n, N) with (n,), both at least 1"
        )
    return code, y


def entropies(attributes: Tensor, bins: int = 10) -> Tensor:
    """Entropy of each attribute in bins of equal width, in nats.

    Args:
        attributes: (n, A), n at least 2.
        bins: from the least to the greatest value.

    Returns:
        (A,) in [0, ln bins].

    Raises:
        ValueError: no matrix, an undefined number, or an attribute that does not vary.
    """
    attributes, bins = real("attributes", attributes).double(), whole("bins", bins)
    if attributes.ndim != 2 or not attributes.numel():
        raise ValueError(
            f"attributes: got shape {tuple(attributes.shape)}; give (n, A)"
        )
    low, high = attributes.amin(0), attributes.amax(0)
    if bool((low == high).any()):
        still = int((low == high).nonzero()[0, 0])
        raise ValueError(f"attributes: attribute {still} does not vary; leave it out")
    place = ((attributes - low) / (high - low) * bins).long().clamp(max=bins - 1)
    share = torch.nn.functional.one_hot(place, bins).double().mean(0)
    return torch.special.entr(share).sum(1)


def atoms_found(model: TopKSAE, atoms: Tensor, least: float = 0.95) -> float:
    """Share of true atoms (D, A) that a unit of the decoder meets with this cosine."""
    pairs = align_units(atoms, model.decoder.weight)
    return float((pairs.cosine > least).double().sum() / atoms.shape[1])


def dropped_gradient(model: Encode, x: Tensor) -> float:
    """Largest gradient at a unit that was dropped; 0 if what the paper says holds.

    Raises:
        ValueError: no `TopKSAE`, of which alone the loss is known.
    """
    if not isinstance(model, TopKSAE):
        raise ValueError(f"model: got {type(model).__name__}; give a TopKSAE")
    out = model(x)
    (gradient,) = torch.autograd.grad(mse_loss(out.recon, x), out.pre)
    return float(gradient[out.code == 0].abs().amax())


def mean_gap(x: Tensor) -> float:
    """How far the share that the mean of vectors leaves unexplained is from 1."""
    return abs(float(fvu(x, x.mean(0).expand_as(x))) - 1)


def completeness_law(
    used: Sequence[int] = (1, 2, 8, 20, 64), widths: Sequence[int] = (64, 768, 2048)
) -> float:
    r"""Largest deviation of C from $1-\ln m/\ln N$, and of $n_{\rm eff}$ from m."""
    worst = 0.0
    for width in widths:
        rows = torch.stack([(torch.arange(width) < m).double() for m in used])
        found, m = completeness(rows), torch.tensor(used).double()
        law = 1 - m.log() / math.log(width)
        for one, other in ((found.per_factor, law), (found.effective, m)):
            worst = max(worst, float((one - other).abs().max()))
    return worst
