"""Pairs: what the captions tell, what the split is, and what is taken out."""

import pytest
import torch

from chapters.alignment.data import SIZES, load

CORPORA = list(SIZES)


@pytest.mark.parametrize("dataset", CORPORA)
def test_parts_have_their_sizes_and_facts_their_range(dataset):
    data = load(dataset, "quick", seed=0)
    assert tuple(map(len, data.pictures)) == SIZES[dataset][0]
    assert [len(part) for part in data.facts] == [len(part) for part in data.pictures]
    for name, size in data.values.items():
        for part in data.column(name):
            assert 0 <= int(part.min()) <= int(part.max()) < size
    assert set(data.told) | set(data.untold) == set(data.values)
    assert -0.5 < float(data.pictures.test.min()) < float(data.pictures.test.max()) < 2


@pytest.mark.parametrize("dataset", CORPORA)
def test_captions_are_equal_where_keys_are(dataset):
    data = load(dataset, "quick", seed=0)
    codes, keys = data.captions.test, data.keys.test
    assert codes.shape[1] == sum(data.values[name] for name in data.told)
    assert torch.equal(codes.sum(1), torch.full((len(codes),), float(len(data.told))))
    alike = (codes[:200] @ codes[:200].T) == len(data.told)
    assert torch.equal(alike, keys[:200, None] == keys[:200])


@pytest.mark.parametrize("dataset", CORPORA)
def test_the_seed_draws_the_split(dataset):
    one, same, other = (load(dataset, "quick", seed) for seed in (0, 0, 1))
    assert torch.equal(one.pictures.train, same.pictures.train)
    assert not torch.equal(one.pictures.train, other.pictures.train)


def test_plain_pictures_have_the_same_essence_and_no_nuisance():
    data = load("embedded", "quick", seed=0)
    assert torch.equal(data.plain.facts.test, data.facts.test)
    same = (data.facts.test[:, 4] == 0) & (data.facts.test[:, 5] == 1)
    moved = (data.pictures.test - data.plain.pictures.test).abs().amax((1, 2, 3))
    assert float(moved[same].max()) < 1e-6  # jitter and noise are the same
    assert float(moved[~same].min()) > 0.1


def test_cuts_are_made_where_the_encoders_learn():
    data = load("mnist", "quick", seed=0)
    for name in [*data.told[1:], *data.untold]:
        assert float(data.column(name).train.double().mean()) == pytest.approx(
            0.5, abs=0.01
        )
    assert data.plain is None
    assert not data.independent


def test_a_caption_may_tell_other_facts():
    data = load("embedded", "quick", seed=0).tell(["hue"])
    assert data.untold == ("shape", "size", "column", "row", "ground")
    assert torch.equal(data.keys.test, data.facts.test[:, 4])
    with pytest.raises(ValueError, match="give some of"):
        data.tell(["taste"])


@pytest.mark.parametrize("given", [("moons", "quick"), ("embedded", "long")])
def test_what_there_is_not_is_refused_with_what_there_is(given):
    with pytest.raises(ValueError, match="give one of"):
        load(*given, seed=0)
