"""SensitiveNets: the two steps, and each trap that its users fall into."""

from dataclasses import replace

import pytest
import torch

from chapters.recruitment.data import Data
from chapters.recruitment.scores import look_at, read, read_raw
from chapters.recruitment.systems import (
    SYSTEMS,
    Game,
    SensitiveNets,
    forget,
    matched_negatives,
    train_sensitive,
)
from support.data.recruitment import make_recruitment
from support.models.erasure import leace


@pytest.fixture(scope="module")
def splits():
    return make_recruitment(2400, 100), make_recruitment(2400, 101)


def weights(module):
    return [part.detach().clone() for part in module.parameters()]


def moved(before, module):
    return [
        not torch.equal(old, new)
        for old, new in zip(before, module.parameters(), strict=True)
    ]


@pytest.mark.parametrize("against", ["constant", "prior", "reversal"])
def test_neither_step_moves_the_other_network(splits, against):
    data = splits[0]
    nets = SensitiveNets(20, 3, Game(against=against))
    labels = data.ethnicity[:64]
    a, p, n = data.face[:64], data.face_second[:64], data.face[64:128]
    before = weights(nets.projection), weights(nets.detector)
    nets.detect(a, labels)
    assert not any(moved(before[0], nets.projection))
    assert all(moved(before[1], nets.detector))
    assert all(part.grad is None for part in nets.projection.parameters())
    before = weights(nets.projection), weights(nets.detector)
    nets.project(a, p, n, labels)
    assert all(moved(before[0], nets.projection))
    assert not any(moved(before[1], nets.detector))


def test_what_the_projection_left_in_the_detectors_is_forgotten(splits):
    """A gradient of step (b) that stayed would enter the next step (a)."""
    data = splits[0]
    labels = data.gender[:64]
    a, p, n = data.face[:64], data.face_second[:64], data.face[64:128]
    one, two = (SensitiveNets(20, 2, seed=1) for _ in range(2))
    two.projection.load_state_dict(one.projection.state_dict())
    one.project(a, p, n, labels)
    two.projection.load_state_dict(one.projection.state_dict())
    assert one.detect(a, labels) == two.detect(a, labels)
    for left, right in zip(weights(one.detector), weights(two.detector), strict=True):
        assert torch.equal(left, right)


def test_a_refreshed_detector_takes_gender_out_and_a_stale_one_only_is_fooled(splits):
    train, test = splits
    game = Game(strength=0.3, steps=400)
    fresh = train_sensitive(train, game=game, seed=0)
    stale = train_sensitive(train, game=replace(game, warm_up=300, refresh=0), seed=0)

    def own(nets):
        answer = nets.detector(nets.projection(test.face)).argmax(1)
        return float((answer == test.gender).float().mean())

    def probed(nets):
        faces = nets.projection(train.face), nets.projection(test.face)
        return read(faces[0], train.gender, faces[1], test.gender, 2)

    assert own(stale) < 0.6 < 0.8 < probed(stale)
    assert probed(fresh) < 0.65


def test_without_the_triplet_loss_the_embedding_collapses(splits):
    train = splits[0]
    kept = look_at(
        train_sensitive(train, game=Game(strength=0.1, steps=300), seed=0).projection,
        Data(*splits),
        seed=0,
    )
    lost = look_at(
        train_sensitive(train, game=Game(keep=0, steps=300), seed=0).projection,
        Data(*splits),
        seed=0,
    )
    untouched = look_at(lambda face: face, Data(*splits), seed=0)
    assert lost.deviation < untouched.deviation / 2
    assert kept.deviation > untouched.deviation / 2
    assert lost.error > 2 * untouched.error
    assert lost.gender >= lost.gender_raw


def test_negatives_share_the_group_and_are_other_persons():
    data = make_recruitment(120, 0)
    cell = data.ethnicity * 2 + data.gender
    rows = torch.arange(120).repeat(20)
    source = torch.Generator().manual_seed(0)
    others = matched_negatives(rows, cell, source)
    assert (others != rows).all()
    assert torch.equal(cell[others], cell[rows])
    assert len(others[rows == 0].unique()) > 8
    pair = matched_negatives(torch.arange(4), torch.tensor([0, 0, 1, 1]), source)
    assert pair.tolist() == [1, 0, 3, 2]
    with pytest.raises(ValueError, match="one person only"):
        matched_negatives(torch.arange(3), torch.tensor([0, 0, 1]), source)


def test_negatives_are_other_persons_where_persons_apply_twice():
    person = torch.arange(120) // 6  # six applications each, in two groups
    cell = person % 2
    rows = torch.arange(120).repeat(40)
    source = torch.Generator().manual_seed(0)
    others = matched_negatives(rows, cell, source, person)
    assert (person[others] != person[rows]).all()
    assert torch.equal(cell[others], cell[rows])
    drawn = torch.bincount(others, minlength=120)
    assert drawn.min() > 10
    assert drawn.max() < 90
    with pytest.raises(ValueError, match="one person only"):
        matched_negatives(rows, cell, source, cell)


def test_training_draws_negatives_of_the_anchor_s_group(monkeypatch):
    seen = []

    def spy(self, anchor, positive, negative, label):
        seen.append((anchor, negative))
        return 0.0

    monkeypatch.setattr(SensitiveNets, "project", spy)
    data = make_recruitment(600, 0)
    group = {
        tuple(f): int(g) for f, g in zip(data.face.tolist(), data.gender, strict=True)
    }
    train_sensitive(data, game=Game(steps=2))
    for anchor, negative in seen:
        for one, other in zip(anchor.tolist(), negative.tolist(), strict=True):
            assert group[tuple(one)] == group[tuple(other)]
    assert len(seen) == 2


def test_one_seed_gives_one_projection(splits, device):
    data = splits[0]
    maps = [
        train_sensitive(data, game=Game(steps=5), seed=seed, device=device).projection
        for seed in (0, 0, 1)
    ]
    face = data.face.to(device)
    assert torch.equal(maps[0](face), maps[1](face))
    assert not torch.equal(maps[0](face), maps[2](face))
    assert not maps[0](face).requires_grad


def test_scale_is_all_that_sets_the_probes_apart(splits):
    train, test = splits

    def probed(change):
        shown = change(train.face.double()), change(test.face.double())
        given = shown[0], train.gender, shown[1], test.gender
        return read_raw(*given), read(*given, 2)

    plain, tiny = probed(lambda face: face), probed(lambda face: face * 1e-6 + 0.2)
    assert tiny[0] < 0.6
    assert tiny[1] == pytest.approx(plain[1], abs=1e-3)
    mean, deviation = train.face.double().mean(0), train.face.double().std(0)
    raw, standardised = probed(lambda face: (face - mean) / deviation)
    assert raw == pytest.approx(standardised, abs=2e-3)


def test_a_report_on_leace_reads_chance(splits):
    train, test = splits
    erased = leace(train.face, train.gender)
    report = look_at(erased, Data(train, test), seed=0)
    assert report.gender == pytest.approx(0.5, abs=0.03)
    faces = erased(train.face), erased(test.face)
    assert read(faces[0], train.ethnicity, faces[1], test.ethnicity, 3) > 0.8
    assert report.error < 0.03
    same = replace(test, face_second=test.face)
    assert look_at(erased, Data(train, same), seed=0).error == 0


def test_every_way_to_forget_is_a_map_of_faces(splits):
    data, short = Data(*splits), Game(steps=5)
    maps = {name: way(data, short, 0) for name, way in SYSTEMS.items()}
    face = data.test.face
    assert next(iter(maps)) == "untouched"
    assert maps["untouched"](face) is face
    for name in set(maps) - {"untouched"}:
        assert maps[name](face).shape == face.shape
        assert not torch.equal(maps[name](face), face)
    reversal = forget(data, short, 0, against="reversal")
    assert torch.equal(maps["gradient reversal"](face), reversal(face))
    other = forget(data, short, 0, attribute="ethnicity")
    assert not torch.equal(maps["SensitiveNets"](face), other(face))


def test_bad_requests_are_named(splits):
    data = splits[0]
    with pytest.raises(ValueError, match="against: got 'all'"):
        Game(against="all")
    with pytest.raises(ValueError, match="attribute: got 'age'"):
        train_sensitive(data, "age")
    with pytest.raises(ValueError, match="steps: got 0"):
        Game(steps=0)
    with pytest.raises(ValueError, match="refresh: got -1"):
        Game(refresh=-1)
    with pytest.raises(ValueError, match="strength: got -1"):
        Game(strength=-1)
    with pytest.raises(ValueError, match=r"returned shape \(2400,\)"):
        look_at(lambda face: face[:, 0], Data(*splits), seed=0)
    with pytest.raises(ValueError, match="not finite"):
        look_at(lambda face: face / 0, Data(*splits), seed=0)
