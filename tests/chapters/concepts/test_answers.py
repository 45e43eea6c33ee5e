"""Each check passes the right answer and refuses the wrong ones, without raising."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from chapters.concepts import answers
from support.losses.concepts import concept_cross_entropy
from support.models.concepts import class_means


def nothing(*_):
    return None


def raising(*_):
    raise RuntimeError("not yet")


def constant(*_):
    return torch.tensor(0.5)


def ceiling(table, weights, n_classes):
    shares = [(weights * (table == y)).sum(1) for y in range(n_classes)]
    return torch.stack(shares).amax(0).sum()


def most_frequent(table, weights, n_classes):
    return max((weights * (table == y)).sum() for y in range(n_classes))


def logit(z, scale, s, share):
    return 2 * scale * z / s**2 + math.log(share / (1 - share))


def factor(var_z):
    return 1 / (2 * var_z)


def third_term(z, c, known):
    return 0.2 * (known * (z - (6 * c - 3)).square()).sum(1).mean()


def noisy(z):
    return z + torch.randn_like(z)


def silent(head, z):
    return (head.hidden(z) == 0).all(0).all(1).nonzero()[:, 0].tolist()


def never_a_yes(head, z):
    return (head(z) <= 0).all(0).nonzero()[:, 0].tolist()


def affine(z, c):
    means = class_means(z, c)
    rest = z - torch.where(c > 0.5, means.yes, means.no)
    slope = (means.yes - means.no) / rest.var(0)
    return slope, torch.logit(c.mean(0)) - slope * (means.yes + means.no) / 2


def affine_about_zero(z, c):
    return affine(z, c)[0], torch.logit(c.mean(0))


def affine_of_equal_shares(z, c):
    slope, offset = affine(z, c)
    return slope, offset - torch.logit(c.mean(0))


class Room(nn.Module):
    weight = 5.0

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Linear(17, 64), nn.ReLU(), nn.Linear(64, 3))

    def split(self, x):
        return self.encoder(x).split([9, 8], dim=1)

    def classify(self, z, rest):
        return self.head(torch.cat([z, rest], dim=1))

    def loss(self, x, c, y):
        z, rest = self.split(x)
        seen = noisy(z)
        task = cross_entropy(self.classify(seen, rest), y)
        third = third_term(z, c, torch.ones_like(c))
        return 5 * task + concept_cross_entropy(seen, c) + self.weight * third


class NoThirdTerm(Room):
    weight = 0.0


def test_right_answers_pass():
    assert answers.ceiling(ceiling)
    assert answers.derivation(logit, factor)
    assert answers.bottleneck(third_term, noisy)
    assert answers.repair(silent, affine)
    assert answers.room(Room)


@pytest.mark.parametrize("wrong", [nothing, raising, constant])
def test_empty_answers_are_refused_in_words(wrong, capsys):
    assert not answers.ceiling(wrong)
    assert not answers.derivation(wrong, factor)
    assert not answers.derivation(logit, wrong)
    assert not answers.bottleneck(wrong, noisy)
    assert not answers.bottleneck(third_term, wrong)
    assert not answers.repair(wrong, affine)
    assert not answers.repair(silent, wrong)
    assert not answers.room(wrong)
    assert "✗ not yet" in capsys.readouterr().out


def test_classical_mistakes_are_refused():
    assert not answers.ceiling(most_frequent)
    assert not answers.ceiling(lambda table, weights, n: 1 / n)
    assert not answers.derivation(lambda z, scale, s, share: z, factor)
    assert not answers.derivation(logit, lambda var_z: 1 / var_z)
    assert not answers.bottleneck(
        lambda z, c, known: third_term(z, c, torch.ones_like(c)), noisy
    )  # absent answers penalised as if they were known
    assert not answers.bottleneck(
        lambda z, c, known: third_term(z, c, known) / z.shape[1], noisy
    )  # a mean over concepts
    assert not answers.bottleneck(third_term, lambda z: z)
    assert not answers.repair(never_a_yes, affine)
    assert not answers.repair(silent, affine_about_zero)
    assert not answers.repair(silent, affine_of_equal_shares)
    assert not answers.room(NoThirdTerm)
