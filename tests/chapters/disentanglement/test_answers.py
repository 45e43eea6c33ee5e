"""The exercises' checks accept what is right and refuse what is not, in words."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from chapters.disentanglement import answers
from support.metrics.disentanglement import bottleneck_terms, minimality_sufficiency
from support.metrics.information import entropy, mutual_information

CHECKS = {
    "hand": answers.try_hand,
    "terms": answers.try_terms,
    "wasteful": answers.try_wasteful,
    "strict": answers.try_strict,
    "corrected": answers.try_corrected,
}


def by_hand(p):
    rest = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    return 1.0, 1 - rest, rest, 1.0, 1.0


def terms(world):
    *parts, weights = world
    found = bottleneck_terms(*parts, weights=weights)
    return tuple(float(term[0, 0]) for term in found)


def wasteful(rng):
    factors = torch.from_numpy(rng.integers(0, 4, (2000, 2)))
    return factors, torch.cat([factors, -factors], dim=1).double()


def strict(mutual, h_factor, h_code, product=True):
    alive = h_code > 0
    if not alive.any():
        return 0.0, 0.0
    minimal = mutual[:, alive] / h_code[alive]
    sufficient = mutual[:, alive] / h_factor[:, None]
    if not product:  # the classical mistake: means of maxima
        return float(minimal.amax(0).mean()), float(sufficient.amax(1).mean())
    pairs = linear_sum_assignment(minimal * sufficient, maximize=True)
    return (
        float(minimal[pairs].sum() / alive.sum()),
        float(sufficient[pairs].sum() / len(mutual)),
    )


def corrected(a, b):
    return mutual_information(a, b, correction="miller-madow")


RIGHT = {
    "hand": by_hand,
    "terms": terms,
    "wasteful": wasteful,
    "strict": strict,
    "corrected": corrected,
}


def innocent(rng):
    factors = torch.from_numpy(rng.integers(0, 4, (2000, 2)))
    return factors, factors.double()


def zeros(count):
    return lambda *_: (0.0,) * count


MISTAKES = [
    ("hand", zeros(5)),
    ("hand", lambda p: (1.0, by_hand(p)[1], 1.0, 1.0, 1.0)),  # MIG without the second
    ("hand", lambda p: (1.0, by_hand(p)[1], by_hand(p)[2], by_hand(p)[2], 1.0)),
    ("terms", zeros(6)),
    ("terms", lambda world: terms(world)[::-1]),
    ("wasteful", lambda rng: (torch.zeros(10, 2).long(), torch.zeros(10, 2))),
    ("wasteful", innocent),
    ("wasteful", lambda rng: (3, 4)),
    ("strict", zeros(2)),
    ("strict", lambda *parts: strict(*parts, product=False)),
    ("corrected", mutual_information),
    ("corrected", lambda a, b: corrected(a, b) * np.log(2)),  # nats
    ("corrected", lambda a, b: max(corrected(a, b), 0.0)),
]


@pytest.mark.parametrize("name", CHECKS)
def test_what_is_right_passes(name, capsys):
    assert CHECKS[name](RIGHT[name])
    assert "✓ passed" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_a_mistake_is_refused_in_words(name, mistake, capsys):
    assert not CHECKS[name](mistake)
    assert "✗ not yet" in capsys.readouterr().out


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("given", [None, "words", torch.zeros(3)])
def test_no_answer_makes_a_check_raise(name, given):
    def raises(*_):
        raise KeyError("mine")

    assert not CHECKS[name](lambda *_: given)
    assert not CHECKS[name](raises)


def test_an_answer_that_breaks_where_x_is_noisy_is_told():
    calls = []

    def breaks_later(world):
        calls.append(0)
        if len(calls) > 30:
            raise RuntimeError("no more")
        return terms(world)

    assert not answers.try_terms(breaks_later)


def test_the_strict_scores_are_the_packages_with_a_matching():
    source = torch.Generator().manual_seed(3)
    c = torch.randint(0, 4, (300, 2), generator=source)
    z = torch.cat([c, c[:, :1]], dim=1)
    mutual = torch.tensor(
        [[mutual_information(a, b) for b in z.unbind(1)] for a in c.unbind(1)],
        dtype=torch.float64,
    )
    h = [
        torch.tensor([entropy(column) for column in part.unbind(1)]) for part in (c, z)
    ]
    package = minimality_sufficiency(c, z.double(), bins=None, matching="one-to-one")
    assert answers._strict(mutual, *h) == pytest.approx(package[:2])


def test_a_correction_needs_fewer_samples():
    assert answers.samples_needed(corrected) * 3 <= answers.samples_needed(
        mutual_information
    )
