"""Explanations and their controls: known answers."""

import math
import re

import pytest
import torch

from chapters.proxy_segmentation import scores, systems
from support.models.segmenter import Segmented
from support.segmentation.scoring import explained_variance
from tests.chapters.proxy_segmentation.small import data

TAUGHT = systems.teach(data(), systems.black_box(data(), 0))
STUDENT = systems.SYSTEMS["proxy B"](TAUGHT, 0)
SAID = STUDENT.said(TAUGHT)
TRUTH = scores.Truth.of(TAUGHT.prepared.test)
W = TAUGHT.prepared.W


def rng():
    return torch.Generator().manual_seed(0)


def test_a_row_has_what_the_table_shows():
    answers = torch.zeros_like(SAID.logits) - 1
    row = scores.measures(SAID, TRUTH.x, TAUGHT.labels.test, answers)
    assert set(scores.SHOWN) <= set(row)
    perfect = TAUGHT.labels.test.float() - 0.5
    best = scores.box_row(perfect, TAUGHT.labels.test, perfect)
    assert best["F1 sources"] == best["agreement"] == best["balanced"] == 1
    always = scores.box_row(torch.ones_like(perfect), TAUGHT.labels.test, perfect)
    assert always["balanced"] == pytest.approx(0.5)


def test_the_ceiling_is_above_what_any_activations_rebuild():
    found = scores.ceiling(TRUTH.x, W)
    assert explained_variance(TRUTH.x, SAID.recon) < found <= 1


def test_loudness_explains_all_of_one_spectrum_and_is_below_the_ceiling():
    one = torch.rand(5, generator=rng())[None, :, None] * torch.rand(2, 1, 6)
    assert scores.loudness(one, one[0, :, 0]) == pytest.approx(1, abs=1e-5)
    mean = TAUGHT.x.train.mean((0, 2))
    assert scores.loudness(TRUTH.x, mean) < scores.ceiling(TRUTH.x, W)


def test_ideal_masks_gain_one_and_the_mixture_nothing():
    assert TRUTH.gain(TRUTH.masks) == pytest.approx(1)
    whole = TRUTH.x[:, None].expand_as(TRUTH.masks)
    assert TRUTH.gain(whole) == pytest.approx(0, abs=1e-12)
    assert TRUTH.gain(whole * TRUTH.ideal) > 1


def test_relevant_components_are_over_half_of_the_largest():
    h = torch.tensor([[[4.0], [1.0], [3.0]]])
    model = STUDENT.model
    said = Segmented(h, SAID.logits[:1], SAID.recon[:1])
    theta = torch.tensor([[1.0, 1.0, -1.0], [0.0, 1.0, 0.3], [-1.0, 0.0, 0.0]])
    fake = type("Model", (), {"theta": theta})
    found = scores.relevant(said, fake)
    assert found[0].tolist() == [
        [True, False, False],
        [False, True, True],
        [False, False, False],
    ]
    assert scores.relevant(SAID, model).shape == (3, 3, 5)
    loud = scores.energetic(h, found)
    assert loud[0].tolist() == [[True, False, False], [True, False, True], [False] * 3]


def test_a_shuffle_that_is_none_changes_nothing(monkeypatch):
    chosen = torch.ones(3, 3, 5, dtype=torch.bool)
    gains = scores.shuffled(TRUTH, SAID, W, chosen, rng(), times=3)
    # all components together are the mixture, in whatever order
    assert gains == pytest.approx([0.0] * 3, abs=0.05)


def test_timing_keeps_the_mass_of_each_frame_and_no_frequency():
    maps = scores.maps_of(TRUTH, SAID, W, torch.eye(3, 5).bool().expand(3, 3, 5))
    found = scores.timed(TRUTH, maps)
    torch.testing.assert_close(found.sum(2), maps.sum(2), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(scores.timed(TRUTH, found), found, rtol=1e-4, atol=1e-4)
    whole = TRUTH.x[:, None].expand_as(maps)
    assert TRUTH.gain(scores.timed(TRUTH, whole)) == pytest.approx(0, abs=1e-6)


def test_timing_is_the_larger_of_two():
    flat = Segmented(SAID.h, torch.zeros_like(SAID.logits), SAID.recon)
    whole = TRUTH.x[:, None].expand_as(TRUTH.masks)
    assert scores.timing(TRUTH, flat, whole) == pytest.approx(0, abs=1e-6)
    found = scores.timing(TRUTH, flat, TRUTH.masks)
    assert found == pytest.approx(TRUTH.gain(scores.timed(TRUTH, TRUTH.masks)))
    assert 0 < found < 1


def test_a_map_of_nothing_is_the_mixture():
    nothing = torch.zeros(3, 3, 5, dtype=torch.bool)
    maps = scores.maps_of(TRUTH, SAID, W, nothing)
    torch.testing.assert_close(maps, TRUTH.x[:, None].expand_as(maps))
    assert TRUTH.gain(maps) == pytest.approx(0, abs=1e-6)


def test_fixed_masks_share_the_mixture_out():
    masks = scores.fixed_masks(TRUTH, TAUGHT.prepared.train)
    torch.testing.assert_close(masks.sum(1), TRUTH.x)


def test_a_prototype_that_is_the_true_spectrum_has_the_largest_margin():
    spectra = torch.eye(3).repeat(1, 4)
    assert scores.prototype_margin(spectra, spectra) == pytest.approx((1, 1))
    assert scores.prototype_margin(torch.ones(3, 12), spectra).found == pytest.approx(0)
    moved = scores.prototype_margin(spectra.roll(1, 0), spectra)
    assert moved == pytest.approx((-0.5, 1))
    half = torch.cat([spectra[:1], 0 * spectra[1:]])
    assert scores.prototype_margin(half, spectra) == pytest.approx((1, 1))
    none = scores.prototype_margin(0 * spectra, spectra)
    assert all(map(math.isnan, none))
    assert scores.prototypes(SAID, STUDENT.model, TAUGHT.labels.test).shape == (3, 129)


def test_the_largest_margin_is_reached_by_what_sets_a_class_apart_and_by_nothing_else():
    spectra = torch.rand(3, 6, generator=rng())
    unit = spectra / spectra.norm(dim=1, keepdim=True)
    apart = (unit - (unit.sum(0) - unit) / 2).clamp_min(0)
    found, most = scores.prototype_margin(apart, spectra)
    assert found == pytest.approx(most)
    assert scores.prototype_margin(spectra, spectra).found < most
    for _ in range(20):
        other = torch.rand(3, 6, generator=rng())
        assert scores.prototype_margin(other, spectra).found < most


def test_equal_shares_reach_their_target_in_their_order():
    mass = torch.tensor([[[1.0, 2.0, 4.0]]])
    order = torch.tensor([[[2, 0, 1]]])
    found = scores.equal_shares(mass, torch.tensor([[4.5]]), order)
    assert found.tolist() == [[[0.5, 0.0, 1.0]]]
    whole = scores.equal_shares(mass, torch.tensor([[7.0]]), order)
    assert whole.tolist() == [[[1.0, 1.0, 1.0]]]


def test_a_deletion_removes_as_much_at_random_and_all_of_it_in_the_end():
    def loudness(x):
        return x.sum(1, keepdim=True).expand(-1, 4, -1)

    drops = scores.deletion(
        loudness, TRUTH, SAID, STUDENT.model, TAUGHT.labels.test, rng(), (2, 5)
    )
    assert 0 < drops["relevant"][0] <= drops["relevant"][1]
    # components that speak against a class stay, however many are asked for
    assert 0 < drops["share"][0] <= drops["share"][1] < 1
    deaf = scores.deletion(
        lambda x: 0 * loudness(x),
        TRUTH,
        SAID,
        STUDENT.model,
        TAUGHT.labels.test,
        rng(),
    )
    assert deaf["relevant"] == deaf["random"] == [0.0]


def shaped_otherwise():
    """A call, and the argument that its refusal must name."""
    x, logits, labels = TRUTH.x, SAID.logits, TAUGHT.labels.test
    maps, model = TRUTH.masks, STUDENT.model
    chosen = torch.ones(3, 3, 5, dtype=torch.bool)
    mass, order = torch.rand(2, 3, 5), torch.arange(5).expand(2, 3, 5)
    goal = mass.sum(2)
    twice = torch.tensor([0, 1, 2, 3, 3])
    nan = math.nan * x[0, :, 0]

    def deletion(**other):
        given = {"labels": labels, "counts": (2,), "orders": 1} | other
        scores.deletion(
            lambda x: x[:, :4], TRUTH, SAID, model, generator=rng(), **given
        )

    return [
        (lambda: scores.box_row(logits[:, :3], labels[:, :3], logits[:, :3]), "logits"),
        (lambda: scores.box_row(logits, labels[:, :, 1:], logits), "logits"),
        (lambda: scores.box_row(logits * math.nan, labels, logits), "logits"),
        (lambda: scores.measures(SAID, x[:1], labels, logits), "x"),
        (lambda: scores.ceiling(x[0], W), "x"),
        (lambda: scores.ceiling(x[:, 1:], W), "x"),
        (lambda: scores.ceiling(-x, W), "X"),
        (lambda: scores.loudness(x, x[0, 1:, 0]), "spectrum"),
        (lambda: scores.loudness(x, 0 * x[0, :, 0]), "spectrum"),
        (lambda: scores.loudness(x, nan), "spectrum"),
        (lambda: scores.loudness(x[0], x[0, :, 0]), "x"),
        (lambda: scores.energetic(SAID.h, chosen[0]), "chosen"),
        (lambda: scores.energetic(SAID.h, 0.3 * chosen), "chosen"),
        (lambda: scores.maps_of(TRUTH, SAID, W, chosen[:, :, :4]), "selected"),
        (lambda: scores.maps_of(TRUTH, SAID, W, chosen[0]), "chosen"),
        (lambda: scores.maps_of(TRUTH, SAID, W[1:], chosen), "x"),
        (lambda: scores.maps_of(TRUTH, SAID, -W, chosen), "W"),
        (lambda: scores.timed(TRUTH, maps[:1]), "maps"),
        (lambda: scores.timed(TRUTH, maps * math.inf), "maps"),
        (lambda: TRUTH.gain(maps[:, :2]), "ideal"),
        (lambda: TRUTH.gain(-maps), "maps"),
        (
            lambda: scores.probable(TRUTH, SAID._replace(logits=logits[:1])),
            "said.logits",
        ),
        (lambda: scores.shuffled(TRUTH, SAID, W, chosen, rng(), times=0), "times"),
        (lambda: scores.prototypes(SAID, model, labels, twice), "order"),
        (lambda: scores.prototypes(SAID, model, labels, twice[:4]), "order"),
        (lambda: scores.prototypes(SAID, model, labels[:1]), "present"),
        (lambda: scores.prototype_margin(x[0, :, :4].T, x[0, :, :3].T), "found"),
        (lambda: scores.prototype_margin(-x[0], x[0]), "found"),
        (lambda: scores.prototype_margin(x[0], 0 * x[0]), "spectra"),
        (lambda: scores.prototype_margin(x[0, :1], x[0, :1]), "spectra"),
        (lambda: scores.equal_shares(mass, goal + 1, order), "target"),
        (lambda: scores.equal_shares(mass, -goal, order), "target"),
        (lambda: scores.equal_shares(mass, goal * math.nan, order), "target"),
        (lambda: scores.equal_shares(mass, goal[0], order), "target"),
        (lambda: scores.equal_shares(-mass, goal, order), "mass"),
        (lambda: scores.equal_shares(mass, goal, 0 * order), "order"),
        (lambda: scores.equal_shares(mass, goal, order[:1]), "order"),
        (lambda: deletion(labels=labels[:, :3]), "labels"),
        (lambda: deletion(counts=(0,)), "counts"),
        (lambda: deletion(counts=(1.5,)), "counts"),
        (lambda: deletion(orders=0), "orders"),
    ]


@pytest.mark.parametrize(("call", "name"), shaped_otherwise())
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=rf"^{re.escape(name)}\b"):
        call()
