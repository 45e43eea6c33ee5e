"""What is measured of a pair of encoders: nuisance, essence, geometry, retrieval."""

from collections.abc import Sequence

import torch
from torch import Tensor

from chapters.alignment.data import Data, Parts
from chapters.alignment.systems import Pair
from support.metrics.probes import conditional_entropy, fit_probe
from support.metrics.retrieval import recall
from support.metrics.similarity import linear_cka, mutual_neighbours
from support.training import predict

__all__ = ["Meter", "embed", "tuned"]


def embed(pair: Pair, data: Data) -> tuple[Parts, Parts]:
    """Embeddings of pictures and captions, (n, d) each, in each part."""
    sides = [
        predict(pair, x, t) for x, t in zip(data.pictures, data.captions, strict=True)
    ]
    return Parts(*(a for a, _ in sides)), Parts(*(b for _, b in sides))


class Meter:
    r"""Measures one pair of encoders after another on the same pairs.

    What an embedding tells of a fact $N$ is the share of its uncertainty that a
    linear probe removes, $\mathrm{URR}=(\hat H(N\mid C)-\hat H(N\mid Z,C))/\hat H(N)$
    with the caption $C$ where it tells of $N$ itself, and without it where the facts
    are independent.  Equal to `support.metrics.probes.urr` with logistic probes; here
    $\hat H(N\mid C)$ is measured once, and one probe serves two parts.

    Args:
        data: of the chapter.
    """

    def __init__(self, data: Data) -> None:
        self.data = data
        self.captions, self.keys = data.captions, data.keys
        self.known = {
            name: self._entropies(name, self.captions) for name in self._given()
        }

    def _given(self) -> tuple[str, ...]:
        return () if self.data.independent else self.data.untold

    def _entropies(self, name: str, features: Parts) -> tuple[float, float]:
        """Entropy of a fact given features, in nats: valid and test."""
        labels = self.data.column(name)
        probe = fit_probe(features.train, labels.train, self.data.values[name])
        return (
            conditional_entropy(probe.logits(features.valid), labels.valid),
            conditional_entropy(probe.logits(features.test), labels.test),
        )

    def urr(self, z: Parts, name: str) -> tuple[float, float]:
        """What embeddings tell of one fact: on validation and on test pairs.

        Args:
            z: (n, d) embeddings in each part.
            name: of the fact.
        """
        totals = [_entropy(part) for part in self.data.column(name)[1:]]
        if name in self.known:
            before: Sequence[float] = self.known[name]
            z = Parts(
                *(
                    torch.cat([one, known], 1)
                    for one, known in zip(z, self.captions, strict=True)
                )
            )
        else:
            before = totals
        valid, test = (
            (start - end) / total
            for start, end, total in zip(
                before, self._entropies(name, z), totals, strict=True
            )
        )
        return valid, test

    def __call__(self, pair: Pair) -> dict[str, float]:
        """One row of the comparison.

        Returns:
            On test pairs: ``URR nuisance`` and ``URR essence``, means over facts,
            ``URR`` of each nuisance, linear ``CKA`` (biased form), ``5-NN``,
            the share of mutual neighbours, ``gap``, the distance of the two means,
            ``R@1``, ``τ``; and ``valid URR`` and ``valid R@1``, by which rivals
            are chosen.
        """
        a, b = embed(pair, self.data)
        told = {name: self.urr(a, name) for name in self.data.values}
        untold = [told[name] for name in self.data.untold]
        row = {
            "URR nuisance": _mean([test for _, test in untold]),
            "URR essence": _mean([told[name][1] for name in self.data.told]),
        }
        row |= {f"URR {name}": told[name][1] for name in self.data.untold}
        return row | {
            "CKA": linear_cka(a.test, b.test, unbiased=False),
            "5-NN": mutual_neighbours(a.test, b.test, k=5, distance="cosine"),
            "gap": float((a.test.mean(0) - b.test.mean(0)).norm()),
            "R@1": self._recall(a.test, b.test, self.keys.test),
            "τ": float(pair.temperature.detach()),
            "valid URR": _mean([valid for valid, _ in untold]),
            "valid R@1": self._recall(a.valid, b.valid, self.keys.valid),
        }

    def _recall(self, a: Tensor, b: Tensor, keys: Tensor) -> float:
        """R@1 from pictures to captions, each caption standing once."""
        distinct, place = keys.unique(return_inverse=True)
        first = torch.stack(
            [(place == k).nonzero()[0, 0] for k in range(len(distinct))]
        )
        return recall(a, b[first], keys, distinct)


def tuned(rows: dict[str, dict[str, float]], than: str, rivals: Sequence[str]) -> str:
    """The rival that removes most among those that find captions as well.

    Args:
        rows: of `Meter`, by name.
        than: whom they rival.
        rivals: names; the choice looks at validation pairs alone.

    Returns:
        The rival with the least ``valid URR`` of those whose ``valid R@1`` is at most
        0.02 below; empty where none finds captions as well.
    """
    least = rows[than]["valid R@1"] - 0.02
    good = [name for name in rivals if rows[name]["valid R@1"] >= least]
    return min(good, key=lambda name: rows[name]["valid URR"], default="")


def _entropy(labels: Tensor) -> float:
    shares = torch.bincount(labels).double() / len(labels)
    return float(torch.special.entr(shares).sum())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
