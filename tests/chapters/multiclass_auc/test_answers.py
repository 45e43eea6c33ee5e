"""Each check passes the right answer and refuses the wrong ones, without raising."""

import pytest
import torch

from chapters.multiclass_auc import answers
from support.losses.auc import ovo_loss
from support.models.calibration import calibrate_bias


def nothing(*_):
    return None


def raising(*_):
    raise RuntimeError("not yet")


def constant(*_):
    return torch.tensor(0.5)


def rest(matrix, counts):
    weights = counts.expand(len(counts), -1).clone().fill_diagonal_(0)
    return (weights * matrix).sum(1) / weights.sum(1)


def ovo(scores, labels, delta):
    return ovo_loss(scores, labels, delta, on="scores")


def negative_first(scores, labels, delta):
    return 1 - ovo(scores, labels, delta)


def pooled(scores, labels, delta):
    """One mean over all pairs of samples, so that frequent classes weigh more."""
    own = scores.gather(1, labels[:, None])
    pairs = torch.sigmoid(delta * (own - scores[:, labels].T))
    return 1 - pairs[labels[:, None] != labels].mean()


def gradient(scores, labels):
    return torch.zeros(scores.shape[1])


def repair(scores, labels):
    return calibrate_bias(scores, labels, temperature=False).bias


def clean(noisy, eta):
    return (noisy - eta) / (1 - 2 * eta)


def partial_area(pos, neg, share):
    count = max(1, round(share * len(neg)))
    return torch.sigmoid(pos[:, None] - neg.topk(count).values).mean()


def test_right_answers_pass():
    assert answers.areas(lambda: (0.5, 0.875, 0.75))
    assert answers.rest(rest)
    assert answers.ovo(ovo)
    assert answers.constants(gradient, repair)
    assert answers.forgiveness(clean, partial_area)


@pytest.mark.parametrize("wrong", [nothing, raising, constant])
def test_empty_answers_are_refused_in_words(wrong, capsys):
    assert not answers.areas(wrong)
    assert not answers.rest(wrong)
    assert not answers.ovo(wrong)
    assert not answers.constants(wrong, repair)
    assert not answers.constants(gradient, wrong)
    assert not answers.forgiveness(wrong, partial_area)
    assert not answers.forgiveness(clean, wrong)
    assert "✗ not yet" in capsys.readouterr().out


def test_classical_mistakes_are_refused():
    assert not answers.areas(lambda: (0.5, 1.0, 0.8))  # the tie as a win
    assert not answers.areas(lambda: (None, None, None))
    assert not answers.rest(lambda matrix, counts: matrix.mean(1))
    assert not answers.ovo(negative_first)
    assert not answers.ovo(pooled)
    assert not answers.constants(lambda scores, labels: torch.ones(3), repair)
    assert not answers.constants(gradient, lambda scores, labels: torch.zeros(3))
    assert not answers.forgiveness(lambda noisy, eta: noisy, partial_area)
    assert not answers.forgiveness(
        clean, lambda pos, neg, share: partial_area(pos, neg, 1.0)
    )
