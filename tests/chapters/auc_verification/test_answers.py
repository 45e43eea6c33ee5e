"""What passes the checks of the exercises, and what must not."""

import time

import torch
from torch.nn.functional import normalize

from chapters.auc_verification import answers
from support.losses.verification import aauc_verification
from support.metrics.verification import equal_error_rate, error_rates


def nothing(*_):
    """A body of ``pass``."""


def raises(*_):
    raise NotImplementedError


def test_three_measures_are_right_or_refused():
    assert answers.measures(lambda: (0.25, 0.9, 0.25))
    assert answers.measures(lambda: (0.225, 0.9, 0.25))  # another convention
    for wrong in (
        nothing,
        raises,
        lambda: (0.0, 0.0, 0.0),
        lambda: (0.25, 0.9),
        lambda: ("a", "b", "c"),
        lambda: (0.25, 0.1, 0.25),  # the area above the curve
        lambda: (0.25, 0.9, 1.98),  # one false alarm let in
    ):
        assert not answers.measures(wrong)


def slope(gap, delta):
    up = torch.sigmoid(torch.tensor(delta * gap, dtype=torch.float64))
    return -delta * up * (1 - up)


def from_area(area):
    gap = 2**0.5 * torch.special.ndtri(torch.tensor(area, dtype=torch.float64))
    return torch.special.ndtr(-gap / 2)


def two_systems():
    hopeless = [-1.0] * 20 + [2.0] * 80
    even = torch.special.ndtri(torch.linspace(0.005, 0.995, 100))
    gap = 2**0.5 * torch.special.ndtri(torch.tensor(0.8))
    false = torch.linspace(0, 1, 101).tolist()
    return (hopeless, false), ((even + gap).tolist(), even.tolist())


def test_gaussian_answers_are_right_or_refused():
    assert answers.gaussians(slope, from_area, two_systems)
    for wrong in (
        (nothing, from_area, two_systems),
        (lambda gap, delta: -slope(gap, delta), from_area, two_systems),
        (lambda gap, delta: slope(gap, delta) / delta, from_area, two_systems),
        (slope, nothing, two_systems),
        (slope, lambda area: 1 - area, two_systems),
        (slope, from_area, nothing),
        (slope, from_area, raises),
        (slope, from_area, lambda: (([1.0, 2.0], [0.0, 1.0]),) * 2),
    ):
        assert not answers.gaussians(*wrong)


def anchored(embedding, identity, delta, **options):
    return aauc_verification(
        embedding, identity, delta=delta, pairs="anchored", **options
    )


def without_lengths(embedding, identity, delta):
    """Products in place of cosines."""
    same = identity[:, None] == identity
    scores = embedding @ embedding.T
    return torch.sigmoid(-delta * (scores[same].mean() - scores[~same].mean()))


def with_itself(embedding, identity, delta):
    unit = normalize(embedding, dim=1)
    same, cosine = identity[:, None] == identity, unit @ unit.T
    gaps = cosine[:, :, None] - cosine[:, None, :]
    mask = same[:, :, None] & ~same[:, None, :]
    held = (torch.sigmoid(-delta * gaps) * mask).sum((1, 2))
    return (held / mask.sum((1, 2))).mean()


def test_the_anchored_loss_is_right_or_refused():
    assert answers.loss(anchored)
    for wrong in (
        nothing,
        raises,
        lambda embedding, *_: embedding.mean(),
        lambda embedding, *_: 0.5,
        # The lesson's own reading.
        lambda e, i, delta: aauc_verification(e, i, delta=delta),
        lambda e, i, delta: 1 - anchored(e, i, delta),
        lambda e, i, delta: anchored(e, i, delta).detach(),
        without_lengths,
        with_itself,
    ):
        assert not answers.loss(wrong)


def test_the_hardest_share_is_right_or_refused():
    def right(embedding, identity, share, delta):
        return anchored(embedding, identity, delta, negative_fraction=share)

    assert answers.hardest(right)
    for wrong in (
        nothing,
        raises,
        lambda e, i, share, delta: e.mean(),
        lambda e, i, share, delta: anchored(e, i, delta),  # all of them
        lambda e, i, share, delta: aauc_verification(
            e, i, delta=delta, negative_fraction=share
        ),
    ):
        assert not answers.hardest(wrong)


def eer(target, nontarget):
    return equal_error_rate(error_rates(target, nontarget))[0]


def nearest(target, nontarget):
    """The mean of both errors where they are nearest."""
    rates = error_rates(target, nontarget)
    place = (rates.miss - rates.false_alarm).abs().argmin()
    return (rates.miss + rates.false_alarm)[place] / 2


def test_the_equal_error_rate_is_right_or_refused():
    assert answers.equal_errors(eer)
    for wrong in (
        nothing,
        raises,
        lambda *_: 0.5,
        nearest,
        lambda target, nontarget: eer(nontarget, target),
        # Ties are broken: each score is a step of its own.
        lambda target, nontarget: eer(target + 1e-9, nontarget),
    ):
        assert not answers.equal_errors(wrong)


def test_a_slow_answer_is_told(monkeypatch):
    monkeypatch.setattr(answers, "_SLOW", 0.05)

    def slow(target, nontarget):
        time.sleep(0.1 if len(target) > 1000 else 0)
        return eer(target, nontarget)

    assert not answers.equal_errors(slow)
