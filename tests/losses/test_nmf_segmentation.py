"""The loss of a segmenter that rebuilds the sound: known values, masks, refusals."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from support.losses.nmf_segmentation import masked_bce, nmf_segmentation


def drawn(*shape, seed=0):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def batch():
    labels = (drawn(2, 3, 7, seed=1) > 0).double()
    labels[0, :, :4] = -1
    logits, x = drawn(2, 3, 7), drawn(2, 5, 7, seed=2)
    return logits, labels, drawn(2, 5, 7, seed=3), x, drawn(2, 4, 7, seed=4).relu()


def test_without_a_mask_it_is_the_cross_entropy_of_torch():
    logits, labels = drawn(2, 3, 7), (drawn(2, 3, 7, seed=1) > 0).double()
    wanted = binary_cross_entropy_with_logits(logits, labels)
    assert float(masked_bce(logits, labels)) == pytest.approx(float(wanted), abs=1e-14)


def test_with_a_mask_it_is_the_mean_of_what_has_labels():
    logits, labels, *_ = batch()
    known = labels >= 0
    wanted = binary_cross_entropy_with_logits(logits[known], labels[known])
    assert float(masked_bce(logits, labels)) == pytest.approx(float(wanted), abs=1e-14)
    whole = masked_bce(logits, labels.long())
    assert float(whole) == pytest.approx(float(wanted), abs=1e-14)


def test_it_is_finite_where_the_logits_are_large():
    sure = torch.tensor([1e4, -1e4])
    assert float(masked_bce(sure, torch.tensor([1, 0]))) == 0
    assert float(masked_bce(sure, torch.tensor([0, 1]))) == pytest.approx(1e4)


def test_what_has_no_label_has_a_gradient_of_exactly_zero():
    logits, labels, *_ = batch()
    (slope,) = torch.autograd.grad(
        masked_bce(logits.requires_grad_(), labels), [logits]
    )
    known = labels >= 0
    assert (slope[~known] == 0).all()
    wanted = (torch.sigmoid(logits) - labels)[known] / known.sum()
    torch.testing.assert_close(slope[known], wanted.detach(), rtol=0, atol=1e-14)


def test_the_parts_are_means_and_the_total_weighs_them():
    logits, labels, recon, x, h = batch()
    found = nmf_segmentation(logits, labels, recon, x, h, alpha=2, beta=3, gamma=4)
    assert float(found.bce) == float(masked_bce(logits, labels))
    assert float(found.recon) == pytest.approx(float((recon - x).square().mean()))
    assert float(found.sparsity) == pytest.approx(float(h.abs().mean()))
    wanted = 2 * found.bce + 3 * found.recon + 4 * found.sparsity
    assert float(found.total) == pytest.approx(float(wanted))
    usual = nmf_segmentation(logits, labels, recon, x, h)
    wanted = 10 * found.bce + 5 * found.recon + 0.1 * found.sparsity
    assert float(usual.total) == pytest.approx(float(wanted))


def test_gradients():
    logits, labels, recon, x, h = batch()

    def total(logits, recon, x, h):
        return nmf_segmentation(logits, labels, recon, x, h).total

    inputs = (logits, recon, x, h + 0.1)
    assert torch.autograd.gradcheck(total, [each.requires_grad_() for each in inputs])


def test_a_longer_batch_of_the_same_is_the_same_loss():
    once = nmf_segmentation(*batch())
    twice = nmf_segmentation(*(torch.cat([each, each]) for each in batch()))
    for one, other in zip(once, twice, strict=True):
        assert float(one) == pytest.approx(float(other), abs=1e-12)


def test_single_and_double_precision_meet_in_double():
    logits, labels, recon, x, h = batch()
    mixed = nmf_segmentation(logits, labels, recon.float(), x, h)
    assert mixed.recon.dtype == torch.float64
    assert float(mixed.total) == pytest.approx(
        float(nmf_segmentation(logits, labels, recon, x, h).total), rel=1e-6
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": torch.full((2, 3, 7), -1)}, "labels: no cell has a label"),
        ({"labels": torch.full((2, 3, 7), 2)}, "labels: got 2"),
        ({"labels": torch.full((2, 3, 7), 0.5)}, "labels: got 0.5"),
        (
            {"labels": torch.full((2, 3, 7), 1 - 1e-11, dtype=torch.double)},
            "labels: got 0.99999",
        ),
        ({"labels": torch.ones(2, 7, 3)}, "labels: got shape"),
        ({"labels": None}, "labels: got NoneType"),
        ({"logits": torch.full((2, 3, 7), math.nan)}, "logits: got nan"),
        ({"x": torch.ones(2, 5, 8)}, "recon, x: got shapes"),
        ({"x": torch.ones(0), "recon": torch.ones(0)}, "recon, x: got shapes"),
        ({"h": torch.full((2, 4, 7), -0.5)}, "h: got -0.5"),
        ({"h": torch.ones(0)}, "h: got shape"),
        ({"h": torch.ones(2, 4, 8)}, "logits, x, h: got shapes"),
        ({"h": torch.ones(3, 4, 7)}, "logits, x, h: got shapes"),
        ({"h": "sparse"}, "h: got str"),
        ({"alpha": -1.0}, "alpha: got -1"),
        ({"beta": math.nan}, "beta: got nan"),
        ({"gamma": math.inf}, "gamma: got inf"),
        ({"gamma": "0.1"}, "gamma: got '0.1'"),
        ({"alpha": None}, "alpha: got None"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changes, words):
    names = ("logits", "labels", "recon", "x", "h")
    given = dict(zip(names, batch(), strict=True)) | changes
    with pytest.raises(ValueError, match=words):
        nmf_segmentation(**given)
