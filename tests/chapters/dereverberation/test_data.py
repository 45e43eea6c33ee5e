"""Speech in rooms: what was promised of levels, groups, and who is heard when."""

import pytest
import torch

from chapters.dereverberation.data import DRY, LEVEL, SIZES, Data, in_rooms, load
from support.signal.rooms import convolve, schroeder_t60


@pytest.fixture(scope="module")
def embedded() -> Data:
    return load("embedded", "quick", 0)


@pytest.fixture(scope="module")
def read() -> Data:
    return load("librispeech", "quick", 0)


@pytest.fixture(params=["embedded", "librispeech"])
def data(request, embedded, read) -> Data:
    return embedded if request.param == "embedded" else read


def test_sizes_are_those_of_the_table(embedded, read):
    for name, of in (("embedded", embedded), ("librispeech", read)):
        wet, dry, valid, test = SIZES[name, "quick"]
        assert of.train.wet.shape == of.train.dry.shape == (wet + dry, 16000)
        assert len(of.valid.wet) == valid
        assert {len(clips.wet) for clips in of.tests.values()} == {test}
        assert {len(clips.groups) for clips in of.tests.values()} == {test}


def test_all_that_is_heard_has_one_level_and_dry_pairs_are_dry(data):
    for heard in (
        data.train.wet,
        data.valid.wet,
        *(c.wet for c in data.tests.values()),
    ):
        level = heard.square().mean(1).sqrt()
        assert torch.allclose(level, torch.full_like(level, LEVEL), rtol=1e-4)
    assert torch.allclose(data.train.wet[-32:], data.train.dry[-32:], atol=1e-5)
    assert not torch.allclose(data.train.wet[:160], data.train.dry[:160], atol=1e-2)
    assert torch.allclose(data.tests[DRY].wet, data.tests[DRY].dry, atol=1e-5)


def test_what_is_heard_is_the_dry_clip_in_its_room(data):
    for clips in data.tests.values():
        assert torch.allclose(convolve(clips.dry, clips.rooms), clips.wet, atol=1e-4)
        assert (clips.rooms[:, 0] - 1).abs().max() < 1e-6


def test_kinds_that_are_named_are_there(data):
    named = {data.mild, *data.judged, *data.far, *data.times, *data.far_times}
    assert named | set(data.grouped) == set(data.tests) - {DRY}
    assert next(iter(data.tests)) == DRY


def test_rooms_decay_as_their_kind_says(embedded):
    for kind, early in (("tail", -25.0), ("shoebox", -15.0)):
        for t60 in (0.3, 0.6, 0.9):
            rooms = embedded.tests[f"{kind} {t60:g} s"].rooms
            found = schroeder_t60(rooms[:, 1:], 8000, end=early).mean()
            assert float(found) == pytest.approx(t60, rel=0.25)


def test_groups_are_sizes_and_distances(embedded, read):
    wanted = {f"{size}, {place}" for size in ("small", "large")
              for place in ("near", "far")}  # fmt: skip
    assert set(embedded.tests["shoebox 0.3 s"].groups) == wanted
    found = {g for kind in read.grouped for g in read.tests[kind].groups}
    assert found == {"small", "large", "office, near", "office, far"}


def test_a_seed_makes_the_same_again_and_another_others(embedded):
    again, other = load("embedded", "quick", 0), load("embedded", "quick", 1)
    assert torch.equal(again.train.wet, embedded.train.wet)
    assert not torch.allclose(other.train.wet, embedded.train.wet, atol=1e-2)
    for kind, clips in embedded.tests.items():
        assert torch.equal(clips.wet, again.tests[kind].wet)


def test_no_clip_for_choosing_or_testing_was_learnt_from(read):
    def shape(clips: torch.Tensor) -> torch.Tensor:
        return clips / clips.norm(dim=1, keepdim=True)

    learnt = shape(read.train.dry)
    for other in (read.valid.dry, read.tests[DRY].dry):
        assert (shape(other) @ learnt.T).abs().max() < 0.9


def test_clips_without_groups_have_empty_ones():
    clips = in_rooms(torch.ones(2, 9), torch.ones(2, 1))
    assert clips.groups == ("", "")


@pytest.mark.parametrize(
    ("dataset", "profile", "words"),
    [
        ("reverb", "quick", "dataset: got 'reverb'; give one of"),
        ("embedded", "slow", "profile: got 'slow'; give one of"),
    ],
)
def test_what_is_unknown_is_refused(dataset, profile, words):
    with pytest.raises(ValueError, match=words):
        load(dataset, profile, 0)


@pytest.mark.parametrize(
    ("dry", "rooms", "groups", "words"),
    [
        (torch.zeros(2, 90), torch.ones(2, 5), (), "got silence"),
        (torch.ones(2, 90), torch.zeros(2, 5), (), "got silence"),
        (torch.ones(2, 90), torch.ones(1, 5), (), "dry, rooms, groups: got shapes"),
        (torch.ones(90), torch.ones(5), (), "dry, rooms, groups: got shapes"),
        (torch.ones(2, 90), torch.ones(2, 5), ("a",), "and 1 groups"),
        (torch.ones(2, 90) * torch.nan, torch.ones(2, 5), (), "signal: got nan"),
    ],
)
def test_what_cannot_be_heard_is_refused(dry, rooms, groups, words):
    with pytest.raises(ValueError, match=words):
        in_rooms(dry, rooms, groups)
