"""The audit: codes with a known content, weights on the code as it is, and lots."""

import pytest
import torch
from torch.nn.functional import one_hot

from chapters.nmf_segmentation.audit import (
    Reading,
    argsort_cosine,
    audit,
    by_spread,
    change,
    features,
    modularity,
    positive_relevance,
    principal,
    read,
    recall,
)
from chapters.nmf_segmentation.probing import Factor, Side
from support.metrics.probes import fit_probe
from support.metrics.relevance import group_relevance


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def factor(by_frame=False, classes=2, seed=0):
    """Noise in four channels; channel 0 to classes - 1 is loud where its class is."""
    sides = []
    for place, count in enumerate((60, 40)):
        labels = torch.arange(count * 6).view(count, 6) % classes
        labels = labels if by_frame else labels[:, 0] // 1 * 0 + torch.arange(count) % 2
        spectra = drawn(seed + place, count, 4, 6).abs()
        each = labels if by_frame else labels[:, None].expand(count, 6)
        spectra[:, :classes] += 5 * one_hot(each, classes).mT
        real = torch.ones(count, 6, dtype=torch.bool)
        group = torch.arange(count) + 1000 * place
        sides.append(Side(torch.zeros(count, 1), spectra, real, labels, group))
    return Factor("order", tuple("abcd"[:classes]), *sides)


def test_what_is_there_is_read_and_shuffled_labels_are_not():
    known = factor()
    assert read(lambda x: x, known).uar == 1
    assert read(lambda x: x[:, 2:], known).uar == pytest.approx(0.5, abs=0.2)
    lots = [
        read(lambda x: x, known, torch.Generator().manual_seed(seed)).uar
        for seed in range(20)
    ]
    assert sum(lots) / len(lots) == pytest.approx(0.5, abs=0.2)


def test_clips_are_read_by_their_mean_over_real_frames():
    known = factor()
    side = known.train
    side.real[:, 4:] = False
    rows, labels = features(lambda x: x, side)
    torch.testing.assert_close(rows, side.spectra[:, :, :4].mean(2))
    assert torch.equal(labels, side.labels)


def test_frames_without_a_label_are_not_read():
    known = factor(by_frame=True)
    known.train.labels[:, :2] = -1
    rows, labels = features(lambda x: x, known.train)
    assert len(rows) == len(labels) == 60 * 4
    assert torch.equal(rows[:4], known.train.spectra[0].mT[2:])
    assert read(lambda x: x, known).uar > 0.95


def test_the_weights_are_those_of_the_code_as_it_is():
    known = factor(classes=3, by_frame=True)
    plain, scaled = (read(lambda x, s=s: x * s, known) for s in (1.0, 10.0))
    torch.testing.assert_close(plain.weights, 10 * scaled.weights, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(plain.relevance, scaled.relevance, rtol=1e-3, atol=1e-3)
    assert plain.relevance.argmax(1).tolist() == [0, 1, 2]


def test_the_weights_and_the_bias_are_the_probe():
    known = factor(classes=3, by_frame=True)
    found = read(lambda x: x, known)
    (x, y), (x_test, _) = (features(lambda x: x, side) for side in known.sides)
    wanted = fit_probe(x, y, 3).logits(x_test).double()
    given = x_test.double() @ found.weights.mT + found.bias
    torch.testing.assert_close(given, wanted, rtol=1e-4, atol=1e-4)
    assert recall(found, lambda x: x, known) == found.uar


def test_a_dead_component_has_no_weight_and_no_relevance():
    known = factor()
    found = read(lambda x: torch.cat([x, 0 * x[:, :1]], 1), known)
    assert (found.weights[:, -1] == 0).all()
    assert (found.relevance[:, -1] == 0).all()


def test_relevance_of_a_signed_code_is_what_is_positive():
    h, theta = drawn(0, 20, 5).double(), drawn(1, 3, 5).double()
    labels = torch.arange(20) % 3
    found = positive_relevance(h, theta, labels)
    wanted = torch.stack(
        [(theta[g] * h[labels == g]).clamp(min=0).mean(0) for g in range(3)]
    )
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(
        positive_relevance(h.abs(), theta, labels),
        group_relevance(h.abs(), theta, labels),
    )


def test_a_change_is_absolute_and_leaves_out_what_cannot_move():
    def told(*uars):
        each = readings([1.0])["0"]
        return {str(k): each._replace(uar=uar) for k, uar in enumerate(uars)}

    assert change(told(0.6, 0.8, 1.0), told(0.7, 0.7, 1.0)) == pytest.approx(0.1)
    assert change(told(1.0), told(1.0)) == 0


def test_relevance_by_spread_does_not_see_how_loud_a_component_is():
    known = factor(classes=3, by_frame=True)
    one, other = (
        by_spread(read(code, known), code, known).relevance
        for code in (lambda x: x, lambda x: x + 100)
    )
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
    assert one.argmax(1).tolist() == [0, 1, 2]


def test_every_code_is_asked_every_question():
    found = audit({"all": lambda x: x, "two": lambda x: x[:, :2]}, {"a": factor()})
    assert {name: list(row) for name, row in found.items()} == {
        "all": ["a"],
        "two": ["a"],
    }


def test_principal_components_keep_what_moves_most_of_a_neighbourhood():
    x = drawn(0, 6, 4, 30)
    x[:, 1] += 20 * drawn(1, 6, 30)
    code = principal(x, 7, reach=3)(x)
    assert code.shape == (6, 7, 30)
    assert code.dtype == x.dtype
    # seven components, as many as there are neighbours, hold the loud channel
    rows = code[:, :, 3:27].mT.flatten(0, 1)
    loud = x[:, 1, 3:27].flatten()
    missed = rows @ torch.linalg.lstsq(rows, loud[:, None]).solution[:, 0] - loud
    assert missed.square().mean() < 0.02 * loud.square().mean()


def test_all_principal_components_of_a_frame_are_the_frame_turned():
    x = drawn(0, 6, 4, 30)
    code = principal(x, 4, reach=0)(x)
    found, wanted = (torch.pdist(each[0].mT) for each in (code, x))
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [0, 5, 2.5])
def test_principal_components_have_a_width_that_there_is(width):
    with pytest.raises(ValueError, match="width"):
        principal(drawn(0, 6, 4, 30), width, reach=0)


def readings(*rows):
    return {
        str(place): Reading(
            0.5, torch.zeros(1, len(row)), torch.zeros(1), torch.tensor([row])
        )
        for place, row in enumerate(rows)
    }


def test_separate_components_are_modular_and_shared_ones_are_not():
    lots = torch.Generator().manual_seed(0)
    apart = readings([1.0, 1, 0, 0], [0.0, 0, 1, 1])
    d, chance = modularity(apart, lots)
    assert d == 1
    # of six pairs of places one is the complement, one the same, four share one
    assert chance == pytest.approx((1 + 4 * 0.5) / 6, abs=0.06)
    alike = readings([1.0, 1, 0, 0], [2.0, 2, 0, 0])
    assert modularity(alike, lots)[0] == pytest.approx(0, abs=1e-9)


def test_the_unit_of_a_task_does_not_matter():
    lots = torch.Generator().manual_seed(0)
    one = modularity(readings([1.0, 2, 3, 0], [0.0, 1, 0, 4]), lots)[0]
    other = modularity(readings([10.0, 20, 30, 0], [0.0, 1, 0, 4]), lots)[0]
    assert one == pytest.approx(other, abs=1e-9)


def test_unrelated_rankings_have_a_cosine_of_three_quarters():
    found = argsort_cosine(256, 1000, torch.Generator().manual_seed(0))
    assert found.dtype == torch.float64
    assert float(found.mean()) == pytest.approx(3 * 255 / (2 * 511), abs=0.003)
    assert float(found.std()) == pytest.approx(0.016, abs=0.002)


def test_what_is_no_code_of_these_sounds_is_refused(small):
    order, phone = (small.factors[name] for name in ("order", "phone"))
    for code in (
        lambda x: x.mean(2),
        lambda x: x[..., :5],
        lambda x: x[:5],
        lambda x: x * float("nan"),
    ):
        with pytest.raises(ValueError, match=r"code: (gave shape|got nan)"):
            read(code, order)
    own = read(lambda x: x, order)
    for code, factor in ((lambda x: x[:, :4], order), (lambda x: x, phone)):
        for again in (recall, by_spread):
            with pytest.raises(ValueError, match="reading: its weights"):
                again(own, code, factor)


def test_sizes_of_the_audit_are_whole_and_in_range(small):
    draw = torch.Generator().manual_seed(0)
    spectra = small.factors["order"].train.spectra
    for reach in (-1, 1.5):
        with pytest.raises(ValueError, match="reach: got"):
            principal(spectra, 4, reach)
    with pytest.raises(ValueError, match="spectra: got shape"):
        principal(spectra[0], 4)
    with pytest.raises(ValueError, match="size: got 1"):
        argsort_cosine(1, 3, draw)
    with pytest.raises(ValueError, match="pairs: got 0"):
        argsort_cosine(5, 0, draw)
    one = read(lambda x: x, small.factors["order"])
    other = read(lambda x: x[:, :4], small.factors["order"])
    with pytest.raises(ValueError, match="draws: got 0"):
        modularity({"order": one}, draw, 0)
    for readings in ({}, {"order": one, "again": other}):
        with pytest.raises(ValueError, match="readings: "):
            modularity(readings, draw)
