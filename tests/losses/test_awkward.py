"""Bytes, halves, NaN, labels that are none, and scales: right, or refused by name."""

import numpy as np
import pytest
import torch

from support.losses.auc import ovo_loss, ovr_loss, smooth_auc_matrix
from support.losses.classification import (
    balanced_class_weights,
    cross_entropy,
    focal_loss,
    mean_absolute_error,
)
from support.losses.concepts import (
    concept_cross_entropy,
    concept_kl,
    concept_objective,
)
from support.losses.contrastive import centre_loss, triplet_loss
from support.losses.detection_cost import soft_detection_cost
from support.losses.erasure import identity_triplet, sensitive_regularizer
from support.losses.information import gaussian_kl
from support.losses.margins import angular_margin_loss, cosine_margin_loss
from support.losses.pairwise import pairwise_loss, pairwise_sigmoid, surrogate
from support.losses.vae import (
    bernoulli_reconstruction,
    decomposed_kl,
    share_posteriors,
    standard_normal_kl,
    support_factorisation,
    support_scale,
)
from support.losses.verification import aauc_verification, pair_scores

NAN, INF = float("nan"), float("inf")
BYTES = [torch.uint8, torch.int8, torch.int32, torch.int64]
HALVES = [torch.float16, torch.bfloat16]
SOURCE = torch.Generator().manual_seed(0)
X = torch.randn(6, 4, generator=SOURCE)
Y = torch.tensor([0, 1, 2, 0, 1, 2])
C = torch.tensor([[0, 1, 1, 0]] * 3 + [[1, 0, 1, 1]] * 3)

# Each calls a loss with numbers and, where it takes them, with labels.
OF_LABELS = {
    "cross_entropy": cross_entropy,
    "focal_loss": focal_loss,
    "mean_absolute_error": mean_absolute_error,
    "smooth_auc_matrix": smooth_auc_matrix,
    "ovo_loss": ovo_loss,
    "ovr_loss": ovr_loss,
    "angular_margin_loss": lambda x, y: angular_margin_loss(x, X[:3], y),
    "cosine_margin_loss": lambda x, y: cosine_margin_loss(x, X[:3], y),
    "centre_loss": lambda x, y: centre_loss(x, y, X[:3]),
    "triplet_loss": triplet_loss,
    "aauc_verification": aauc_verification,
}
OF_NUMBERS = {
    "surrogate": surrogate,
    "pairwise_loss": lambda x: pairwise_loss(x[:, 0], x[:, 1]),
    "pairwise_sigmoid": lambda x: pairwise_sigmoid(x[:, 0], x[:, 1]),
    "concept_kl": lambda x: concept_kl(x, C),
    "concept_cross_entropy": lambda x: concept_cross_entropy(x, C),
    "soft_detection_cost": lambda x: soft_detection_cost(x[:, 0], x[:, 1], 0.0),
    "sensitive_regularizer": sensitive_regularizer,
    "identity_triplet": lambda x: identity_triplet(x, X, X.flip(0)),
    "gaussian_kl": lambda x: gaussian_kl(x, X, X, X),
    "standard_normal_kl": lambda x: standard_normal_kl(x, X),
    "decomposed_kl": lambda x: decomposed_kl(x, X, X, 10),
    "share_posteriors": lambda x: share_posteriors((x, X), (X, X)),
    "support_factorisation": lambda x: support_factorisation(
        x, torch.Generator().manual_seed(0)
    ),
    "support_scale": support_scale,
    "bernoulli_reconstruction": lambda x: bernoulli_reconstruction(x, C.float()),
}


def numbers(result):
    parts = result if isinstance(result, tuple) else (result,)
    flat = [numbers(part) if isinstance(part, tuple) else part for part in parts]
    return torch.cat([part.double().flatten() for part in flat])


@pytest.mark.parametrize("kind", [*BYTES, torch.float32])
@pytest.mark.parametrize("name", OF_LABELS)
def test_labels_of_every_type_mean_the_same(name, kind):
    wanted = OF_LABELS[name](X, Y)
    assert torch.equal(OF_LABELS[name](X, Y.to(kind)), wanted)
    assert torch.equal(OF_LABELS[name](X, Y.numpy().astype(np.uint8)), wanted)


@pytest.mark.parametrize("kind", HALVES)
@pytest.mark.parametrize("name", OF_LABELS | OF_NUMBERS)
def test_half_precision_is_rounded_once_at_the_input(name, kind):
    narrow = X.to(kind)
    if name in OF_LABELS:
        found, wanted = (OF_LABELS[name](x, Y) for x in (narrow, narrow.float()))
    else:
        found, wanted = (OF_NUMBERS[name](x) for x in (narrow, narrow.float()))
    assert torch.equal(numbers(found), numbers(wanted))


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize("name", OF_LABELS | OF_NUMBERS)
def test_what_is_not_finite_is_refused_by_name(name, value):
    bad = X.clone()
    bad[1, 1] = value
    with pytest.raises(ValueError, match=rf"^\w+: got {value} at"):
        OF_LABELS[name](bad, Y) if name in OF_LABELS else OF_NUMBERS[name](bad)


@pytest.mark.parametrize("label", [-100, -1, 0.5, NAN])
@pytest.mark.parametrize("name", OF_LABELS)
def test_what_is_no_class_is_refused(name, label):
    with pytest.raises(ValueError, match=r"label|target|identity"):
        OF_LABELS[name](X, torch.tensor([0, 1, 2, 0, 1, label]))


@pytest.mark.parametrize("name", sorted(OF_LABELS.keys() - {"triplet_loss"}))
def test_a_class_beyond_the_last_is_refused(name):
    if name == "aauc_verification":  # identities have no last
        return
    with pytest.raises(ValueError, match=r"label|target|identity"):
        OF_LABELS[name](X, torch.tensor([0, 1, 2, 0, 1, 5]))


@pytest.mark.parametrize("name", OF_LABELS | OF_NUMBERS)
def test_order_of_rows_does_not_matter(name):
    if name in ("decomposed_kl", "support_factorisation"):  # neighbours; drawn rows
        return
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    if name in OF_LABELS:
        found, wanted = OF_LABELS[name](X[order], Y[order]), OF_LABELS[name](X, Y)
        assert torch.allclose(found, wanted, rtol=1e-5)


def test_bytes_of_concepts_do_not_wrap_around():
    # by hand: ((2 - 3)^2 + (2 + 3)^2) / 2 / (2 * 2.5)
    for kind in (*BYTES, torch.bool, torch.float32):
        c = torch.tensor([[1], [0]]).to(kind)
        z = torch.tensor([[2.0], [2.0]])
        assert concept_kl(z, c).item() == pytest.approx(2.6)
        parts = concept_objective(
            torch.zeros(2, 2), z, z, torch.tensor([0, 1], dtype=torch.uint8), c, gamma=1
        )
        assert parts["penalty"].item() == pytest.approx(2.6)


@pytest.mark.parametrize("kind", HALVES)
@pytest.mark.parametrize("count", [600, 3000, 5000])
def test_pairs_in_half_precision_are_counted_in_a_type_that_holds_them(kind, count):
    x = torch.randn(count, 2, generator=torch.Generator().manual_seed(1)).to(kind)
    labels = torch.arange(count) % 2
    found = smooth_auc_matrix(x, labels)
    assert torch.allclose(
        found.double(), smooth_auc_matrix(x.double(), labels), atol=1e-5
    )
    assert found.diagonal().tolist() == pytest.approx([0.5, 0.5], abs=1e-5)


def test_images_outside_the_unit_interval_are_refused():
    logits = torch.full((1, 2), 50.0)
    for images in (torch.full((1, 2), 255.0), torch.tensor([[0, 255]]).byte()):
        with pytest.raises(ValueError, match=r"images: got values from .* \[0, 1\]"):
            bernoulli_reconstruction(logits, images)
    with pytest.raises(ValueError, match="images: got nan"):
        bernoulli_reconstruction(logits, torch.full((1, 2), NAN))
    zeros = torch.zeros(1, 2)
    for kind in (torch.uint8, torch.bool, torch.float64):
        found = bernoulli_reconstruction(zeros, torch.tensor([[0, 1]]).to(kind))
        assert found.dtype == torch.float32
        assert found.item() == pytest.approx(1.386294, abs=1e-6)


def test_a_byte_is_a_class_and_no_mask():
    labels = torch.tensor([1, 0, 0], dtype=torch.uint8)
    assert centre_loss(torch.eye(3), labels, 2 * torch.eye(3)).item() == 2.5


def test_seven_of_a_hundred_are_seven():
    draw = torch.Generator().manual_seed(0)
    x, identity = torch.randn(20, 4, generator=draw), torch.arange(20) // 10
    negative = pair_scores(x, identity).negative
    assert len(negative) == 100
    positive = pair_scores(x, identity).positive
    wanted = pairwise_loss(positive, negative.topk(7).values, 30.0)
    found = aauc_verification(x, identity, negative_fraction=0.07)
    assert found.item() == pytest.approx(wanted.item(), abs=1e-7)


@pytest.mark.parametrize("scale", [1e-15, 1e-9, 1e9, 1e15])
@pytest.mark.parametrize(
    "loss",
    [
        triplet_loss,
        aauc_verification,
        lambda x, y: aauc_verification(x, y, pairs="anchored", negative_fraction=0.5),
        lambda x, y: angular_margin_loss(x, X[:3] * x[0, 0].abs(), y),
        lambda x, y: cosine_margin_loss(x, X[:3] * x[0, 0].abs(), y),
    ],
)
def test_lengths_are_taken_out_at_every_scale(loss, scale):
    assert loss(X * scale, Y).item() == pytest.approx(loss(X, Y).item(), abs=2e-5)


@pytest.mark.parametrize("loss", [cross_entropy, focal_loss, ovo_loss, ovr_loss])
def test_weights_that_weigh_nothing_are_refused(loss):
    for weights in (torch.zeros(4), torch.tensor([1.0, -1, 1, 1]), torch.ones(3)):
        with pytest.raises(ValueError, match="class_weights"):
            loss(X, Y, class_weights=weights)
    with pytest.raises(ValueError, match="class_weights: got nan"):
        loss(X, Y, class_weights=torch.tensor([1.0, NAN, 1, 1]))


def test_counts_beyond_single_precision_weigh_exactly():
    labels = torch.zeros(2**24 + 2, dtype=torch.uint8)
    labels[0] = 1
    assert balanced_class_weights(labels, 2)[1].item() == 2**23 + 1


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        (concept_kl, (X[:0], C[:0])),
        (sensitive_regularizer, (X[:0],)),
        (identity_triplet, (X[:0], X[:0], X[:0])),
        (support_scale, (X[:0],)),
        (cross_entropy, (X[:0], Y[:0])),
        (centre_loss, (X[:0], Y[:0], X)),
        (pairwise_loss, (X[:0, 0], X[:, 0])),
        (decomposed_kl, (X[:0], X[:0], X[:0], 5)),
    ],
)
def test_an_empty_batch_is_refused(loss, given):
    with pytest.raises(ValueError, match=r"got|both|at least one"):
        loss(*given)


@pytest.mark.parametrize("bad", [NAN, INF, 0.0, -1.0])
def test_a_steepness_or_margin_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="delta"):
        pairwise_loss(X[:, 0], X[:, 1], bad)
    with pytest.raises(ValueError, match="scale"):
        cosine_margin_loss(X, X[:3], Y, scale=bad)
    with pytest.raises(ValueError, match="c_miss"):
        soft_detection_cost(X[:, 0], X[:, 1], 0.0, c_miss=bad)
