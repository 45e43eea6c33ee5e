"""The exercises' judges pass what is right, and tell what is wrong in words."""

import pytest
import torch
from scipy.optimize import linear_sum_assignment

from chapters.similarity.answers import (
    judge_bet,
    judge_choice,
    judge_hsic,
    judge_matching,
    judge_terms,
)
from chapters.similarity.exact import stitching_terms
from support.metrics.similarity import fit_r2, linear_cka


def nothing(*_):
    return None


def zero(*_):
    return torch.zeros(())


def one(*_):
    return 1.0


def broken(*_):
    raise RuntimeError("no")


LAZY = [nothing, zero, one, broken]


def test_a_bet():
    assert judge_bet({"CCA", "affine R²"})
    everything = {"CKA", "RSA", "Procrustes R²", "CCA", "affine R²"}
    wrong = [None, set(), "CCA", 3, {"CCA"}, everything, {"CCA", "affine"}, [None]]
    assert not any(judge_bet(bet) for bet in wrong)


def missing(joint, outputs):
    law = joint[:, :, None] * outputs
    best = law.sum(1) / joint.sum(1, keepdim=True)
    return (law * (outputs.log() - best.log()[:, None])).sum()


def clumsy(joint, outputs, stitched):
    return stitching_terms(joint, outputs, stitched)[2]


def from_the_marginal(joint, outputs):
    """The mutual information of output and target: the frequent slip."""
    law = joint.sum(0)[:, None] * outputs
    return (law * (outputs.log() - law.sum(0).log())).sum()


def test_the_two_terms():
    assert judge_terms(missing, clumsy)
    assert not any(judge_terms(lazy, clumsy) for lazy in [*LAZY, from_the_marginal])
    assert not any(judge_terms(missing, lazy) for lazy in LAZY)
    whole = [lambda *tables: stitching_terms(*tables)[0]]
    assert not any(judge_terms(missing, wrong) for wrong in whole)


def unbiased(k, el, keep=False):
    n = len(k)
    if not keep:
        k, el = k - k.diag().diag(), el - el.diag().diag()
    a, b = k.sum(0), el.sum(0)
    inner = (k * el).sum() + a.sum() * b.sum() / ((n - 1) * (n - 2))
    return (inner - 2 / (n - 2) * a @ b) / (n * (n - 3))


def biased(k, el):
    n = len(k)
    centre = torch.eye(n).double() - 1 / n
    return (centre @ k @ centre * el).sum() / (n - 1) ** 2


def test_unbiased_hsic():
    assert judge_hsic(unbiased)
    with_diagonal = [biased, lambda k, el: unbiased(k, el, keep=True)]
    assert not any(judge_hsic(wrong) for wrong in [*LAZY, *with_diagonal])


def stitch(source, target, objective):
    """Labels beat a poor target; imitation does not."""
    if objective == "kl" or target[0] == "1":
        return 1.0, 0.1
    return 1.2, 2.0


@pytest.mark.parametrize(
    "choice",
    [
        None,
        (),
        "10a",
        ("10a", "2b"),
        ("10a", "10a", "ce"),
        ("10a", "7z", "ce"),
        ("10a", "2b", "mse"),
        ("10a", "2b", "kl"),
        ("2b", "10a", "ce"),
    ],
)
def test_a_wrong_choice_is_told(choice):
    assert not judge_choice(choice, ["10a", "2b"], stitch)


def test_a_right_choice():
    assert judge_choice(("10a", "2b", "ce"), ["10a", "2b"], stitch)


def matched(x, y, maximize=True):
    x, y = x - x.mean(0), y - y.mean(0)
    gain = (x.T @ y).square() / x.square().sum(0)[:, None]
    rows, columns = linear_sum_assignment(gain.numpy(), maximize=maximize)
    return float(gain[rows, columns].sum() / y.square().sum())


def each_its_best(x, y):
    """Not one for one: a unit of the source may serve twice."""
    x, y = x - x.mean(0), y - y.mean(0)
    gain = (x.T @ y).square() / x.square().sum(0)[:, None]
    return float(gain.amax(0).sum() / y.square().sum())


def test_one_unit_for_one_unit():
    assert judge_matching(matched)
    richer = [
        lambda x, y: fit_r2(x, y, "affine", x, y, ridge=0).r2,
        each_its_best,
        linear_cka,
        lambda x, y: matched(x, y, maximize=False),
    ]
    assert not any(judge_matching(wrong) for wrong in [*LAZY, *richer])
