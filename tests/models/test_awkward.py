"""Bytes, halves, offsets and units: fits and poolings give what they promise."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from support.models.backends import CosineBackend, TwoCovariancePLDA
from support.models.calibration import calibrate_bias
from support.models.concepts import class_means, quantiles
from support.models.erasure import leace
from support.models.frame_statistics import baum_welch
from support.models.pooling import alignment_pool, mean_pool, statistics_pool
from support.models.prototypes import prototypes
from support.models.whitening import (
    AffineMap,
    class_covariances,
    lda,
    wccn,
    whitening,
)

NAN = float("nan")
HALVES = [torch.float16, torch.bfloat16]
WHOLE = [torch.uint8, torch.int8, torch.int64]


def classes(count=60, seed=0):
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 6
    centres = 3 * torch.randn(6, 4, generator=draw).double()
    return centres[labels] + torch.randn(count, 4, generator=draw).double(), labels


def gap(x, y):
    return float((x[y == 1].double().mean(0) - x[y == 0].double().mean(0)).abs().max())


# ---- erasure ----


def test_integers_are_erased():
    draw = torch.Generator().manual_seed(0)
    y = torch.arange(2000) % 2
    x = (torch.randn(2000, 3, generator=draw) * 50 + 60 * y[:, None]).long()
    erased = leace(x, y)(x)
    assert gap(x, y) > 50
    assert erased.dtype == torch.float64
    assert gap(erased, y) < 1e-10
    assert torch.equal(leace(x.numpy(), y.numpy())(x.numpy()), erased)


@pytest.mark.parametrize("kind", HALVES)
def test_half_precision_is_erased_as_promised(kind):
    draw = torch.Generator().manual_seed(0)
    y = torch.arange(2000) % 2
    x = torch.randn(2000, 8, generator=draw)
    x[:, 0] += 2 * y
    x = (x @ torch.linalg.qr(torch.randn(8, 8, generator=draw))[0]).to(kind)
    erased = leace(x, y)(x)
    assert erased.dtype == torch.float32
    probe = LogisticRegression().fit(erased.numpy(), y.numpy())
    assert probe.score(erased.numpy(), y.numpy()) < 0.53
    assert gap(erased, y) < 1e-6


def test_classes_in_a_column_are_classes():
    x, y = classes()
    three = y % 3
    erased = leace(x, three[:, None])(x)
    for label in range(1, 3):
        assert gap(erased[(three == 0) | (three == label)], three[three != 3 - label]
                   .eq(label).long()) < 1e-10  # fmt: skip


def test_numbers_that_do_not_vary_erase_nothing_and_say_so():
    x, _ = classes()
    for z in (torch.full((60,), 0.1), torch.full((60, 2), 1e9)):
        with pytest.raises(ValueError, match="numbers that vary"):
            leace(x, z)


@pytest.mark.parametrize("scale", [1e-9, 1, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_the_units_of_both_sides_do_not_matter(scale, offset):
    x, y = classes()
    z = torch.stack([y.double(), (y % 2).double()], 1)
    erased = leace(x * scale + offset, z * scale + offset)(x * scale + offset)
    found = (erased - offset) / scale
    # (an offset of 1e5 leaves a scale of 1e-9 two digits, 1 eleven, 1e9 all)
    rounding = 1e-10 + 1e-10 * offset / scale
    if rounding < 1:
        assert torch.allclose(found, leace(x, z)(x), atol=rounding)


def test_nothing_is_erased_where_nothing_covaries():
    corners = torch.cartesian_prod(*[torch.tensor([-0.1, 0.1]).double()] * 3)
    x, z = corners[:, :2], corners[:, 2]
    assert torch.allclose(leace(x, z)(x), x, atol=1e-12)


# ---- pooling ----


@pytest.mark.parametrize("kind", HALVES)
def test_sums_of_half_precision_do_not_overflow(kind):
    mask = torch.ones(1, 3000, dtype=torch.bool)
    high = torch.full((1, 3000, 1), 100.0).to(kind)
    assert mean_pool(high, mask).tolist() == [[100]]
    assert mean_pool(high, mask).dtype == kind
    wide = torch.where(torch.arange(3000) % 2 == 0, 300.0, -300.0)[None, :, None]
    assert statistics_pool(wide.to(kind), mask).tolist() == [[0, 300]]
    A = torch.ones(1, 3000, 1)
    assert alignment_pool(high / 2, A).tolist() == [[50]]
    assert alignment_pool(high / 2, A.to(kind)).tolist() == [[50]]


@pytest.mark.parametrize("kind", [*WHOLE, torch.bool])
def test_integers_are_pooled_in_fractions(kind):
    y = torch.tensor([[[1], [0], [1], [0]]]).to(kind)
    mask = torch.tensor([[1, 1, 1, 0]], dtype=torch.uint8)
    assert mean_pool(y, mask).item() == pytest.approx(2 / 3)
    assert statistics_pool(y, mask)[0, 1].item() == pytest.approx(2**0.5 / 3)
    assert alignment_pool(y, mask[..., None]).item() == pytest.approx(2 / 3)
    assert mean_pool(y.numpy(), mask.numpy()).item() == pytest.approx(2 / 3)


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1, 1e9])
def test_a_deviation_has_the_unit_of_its_feature(scale):
    y = torch.tensor([[[1.0], [3.0]]]) * scale
    found = statistics_pool(y, torch.ones(1, 2).bool())[0] / scale
    assert found.tolist() == pytest.approx([2, 1], rel=1e-6)


def test_a_feature_that_does_not_vary_has_no_infinite_slope():
    y = torch.ones(1, 4, 2, requires_grad=True)
    statistics_pool(y, torch.ones(1, 4).bool()).sum().backward()
    assert torch.isfinite(y.grad).all()


@pytest.mark.parametrize("pool", [mean_pool, statistics_pool, alignment_pool])
def test_nan_counts_on_padding_alone(pool):
    y = torch.tensor([[[1.0], [3.0], [NAN]]])
    mask = torch.tensor([[True, True, False]])
    given = mask if pool is not alignment_pool else mask[..., None].float()
    assert torch.isfinite(pool(y, given)).all()
    with pytest.raises(ValueError, match="y: got nan"):
        pool(y, torch.ones_like(given))


# ---- calibration ----


def test_scores_that_do_not_vary_have_no_temperature():
    labels = torch.tensor([0, 0, 0, 1])
    for scores in (torch.zeros(4, 2), torch.full((4, 2), 0.1), torch.ones(4, 2) * 1e9):
        with pytest.raises(ValueError, match="no temperature"):
            calibrate_bias(scores, labels)
        assert calibrate_bias(scores, labels, temperature=False).temperature == 1
    with pytest.raises(ValueError, match="no temperature"):
        calibrate_bias(torch.eye(2)[:1], labels[:1])


@pytest.mark.parametrize("scale", [1e-9, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_calibrated_logits_do_not_know_the_unit(scale, offset):
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 3
    scores = torch.randn(200, 3, generator=draw).double()
    scores[torch.arange(200), labels] += 1
    moved = (scores + offset) * scale
    found = calibrate_bias(moved, labels).apply(moved).softmax(1)
    wanted = calibrate_bias(scores, labels).apply(scores).softmax(1)
    assert torch.allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("kind", [*WHOLE, *HALVES])
def test_scores_of_every_type_are_calibrated_in_fractions(kind):
    scores = torch.tensor([[3, 0], [1, 2], [0, 2], [2, 1], [1, 0], [0, 1]])
    labels = torch.tensor([0, 1, 1, 0, 1, 0])
    found = calibrate_bias(scores.to(kind), labels.to(torch.uint8))
    wanted = calibrate_bias(scores.double(), labels)
    assert torch.allclose(found.bias.double(), wanted.bias, atol=1e-6)
    assert float(found.temperature) == pytest.approx(float(wanted.temperature))


@pytest.mark.parametrize("label", [-100, 2, 0.5, NAN])
def test_what_is_no_class_is_not_left_out(label):
    with pytest.raises(ValueError, match="labels: got"):
        calibrate_bias(torch.eye(2), torch.tensor([0, label]))


# ---- whitening and back-ends ----


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e9])
def test_covariances_have_the_unit_of_their_features(scale):
    x, y = classes()
    x = x - x.mean(0)
    units = torch.tensor([1, scale, 1, scale]).double()
    for found, wanted in zip(
        class_covariances(x * units, y), class_covariances(x, y), strict=True
    ):
        assert torch.allclose(found / torch.outer(units, units), wanted, rtol=1e-6)


@pytest.mark.parametrize(("scale", "offset"), [(1e-9, 0), (1e9, 0), (1, 1e6)])
def test_maps_and_scores_do_not_know_unit_or_offset(scale, offset):
    x, y = classes()
    moved = x * scale + offset
    for fit in (whitening, lambda v: wccn(v, y), lambda v: lda(v, y)):
        found, wanted = fit(moved).apply(moved), fit(x).apply(x)
        same = torch.allclose(found.abs(), wanted.abs(), atol=1e-6)
        assert same or torch.allclose(found * scale, wanted * scale, atol=1e-6)
    scores = [
        TwoCovariancePLDA().fit(v, y).score(v[:3, None], v[3:9]) for v in (x, moved)
    ]
    assert torch.allclose(*scores, atol=1e-5)
    cosines = [CosineBackend().fit(v).score(v[:3, None], v[3:9]) for v in (x, moved)]
    assert torch.allclose(*cosines, atol=1e-6)


@pytest.mark.parametrize("kind", WHOLE)
def test_no_map_is_cut_down_to_integers(kind):
    halving = AffineMap(torch.zeros(1).double(), torch.full((1, 1), 0.5).double())
    assert halving.apply(torch.tensor([[3]]).to(kind)).item() == 1.5
    x = torch.tensor([[3, 1], [1, 3], [0, 1], [5, 2]]).to(kind)
    score = CosineBackend().score(x[:2, None], x[2:])
    assert score.is_floating_point()
    assert score[0, 0].item() == pytest.approx(1 / 10**0.5)


def test_statistics_of_every_type_are_those_of_fractions():
    x, A = torch.tensor([[[200], [100]]]), torch.ones(1, 2, 1)
    for kind in (torch.uint8, torch.int64, torch.float16):
        found = baum_welch(x.to(kind), A.to(torch.uint8))
        assert (found.F.item(), found.S.item()) == (300, 50_000)
    with pytest.raises(ValueError, match="x: got nan"):
        baum_welch(x * NAN, A)


# ---- concepts ----


@pytest.mark.parametrize("kind", [*WHOLE, torch.bool])
def test_concepts_of_every_type(kind):
    c = torch.tensor([[0], [1], [1]]).to(kind)
    assert prototypes(c).flatten().tolist() == [-3, 3, 3]
    assert class_means(torch.tensor([[0], [1], [2]]), c).yes.item() == 1.5
    assert prototypes(np.array([1, 0]), "class").tolist() == [[0, 3], [3, 0]]


@pytest.mark.parametrize("kind", HALVES)
def test_many_halves_are_counted_in_full(kind):
    c = (torch.arange(8000) % 2)[:, None].to(kind)
    found = class_means(torch.full((8000, 1), 100.0).to(kind), c)
    assert (found.no.item(), found.yes.item()) == (100, 100)
    assert quantiles(torch.arange(101)[:, None].to(kind)).no.item() == 5
    for act in (lambda z: class_means(z, c[:2]), quantiles):
        with pytest.raises(ValueError, match="z: got nan"):
            act(torch.tensor([[NAN], [1]]))
