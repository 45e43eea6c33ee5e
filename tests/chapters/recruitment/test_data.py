"""The way to the data, and what an exchange leaves alone."""

from dataclasses import replace

import pytest
import torch

from chapters.recruitment.data import Data, exchanged, load, overview
from support.data.recruitment import explicit_words, make_recruitment
from tests.data_fixtures import real_corpora

__all__ = ["real_corpora"]  # a fixture


@pytest.fixture(scope="module")
def data():
    return make_recruitment(1200, 0)


def test_an_exchange_changes_one_part_and_keeps_the_rest(data):
    variants = exchanged(data)
    face, words, both = variants["face"], variants["words"], variants["both"]
    assert torch.equal(face.text, data.text)
    assert torch.equal(words.face, data.face)
    assert torch.equal(both.text, words.text)
    assert torch.equal(both.face, face.face)
    for variant in variants.values():
        assert torch.equal(variant.competencies, data.competencies)
        assert torch.equal(variant.text_blind, data.text_blind)
        assert torch.equal(variant.text.sum(1), data.text.sum(1))
    rows = (data.face[None] == face.face[:, None]).all(2).int().argmax(1)
    assert torch.equal(data.gender[rows], 1 - data.gender)
    assert torch.equal(data.ethnicity[rows], data.ethnicity)
    said = words.text[:, explicit_words()]
    assert (said[data.gender == 0][:, :4] == 0).all()
    assert (said[data.gender == 1][:, 4:] == 0).all()
    again = exchanged(words)["words"]
    assert torch.equal(again.text, data.text)


def test_a_group_without_the_other_gender_is_named(data):
    alone = replace(data, gender=torch.zeros_like(data.gender))
    with pytest.raises(ValueError, match="ethnicity 0 has one gender only"):
        exchanged(alone)


def test_the_data_of_a_seed_are_drawn_anew_from_it():
    one, again, other = (load("embedded", "quick", seed) for seed in (0, 0, 1))
    assert len(one.train) == len(one.test) == 4800
    assert torch.equal(one.train.face, again.train.face)
    assert not torch.equal(one.train.face, other.train.face)
    with pytest.raises(ValueError, match="profile: got 'medium'"):
        load("embedded", "medium", 0)
    with pytest.raises(ValueError, match="dataset: got 'zoo'"):
        load("zoo", "quick", 0)


def test_voices_are_of_the_applicants_sex_and_of_no_speaker_twice(real_corpora):
    one, again, other = (load("librispeech", "quick", seed) for seed in (0, 0, 1))
    assert torch.equal(one.train.face, again.train.face)
    assert not torch.equal(one.train.face, other.train.face)
    known = [set(part.tolist()) for part in one.known]
    assert not known[0] & known[1]
    assert len(known[0]) + len(known[1]) > 240
    assert known[0] != set(other.known[0].tolist())
    for part, person in zip((one.train, one.test), one.known, strict=True):
        assert part.face.shape == part.face_second.shape == (4800, 40)
        assert torch.allclose(part.face.norm(dim=1), torch.ones(4800), atol=1e-5)
        # One speaker, one sex; the two excerpts are alike, and not the same.
        pairs = torch.stack([person, part.gender], dim=1).unique(dim=0)
        assert len(pairs) == len(person.unique())
        alike = (part.face * part.face_second).sum(1).mean()
        mixed = (part.face * part.face_second.roll(1, 0)).sum(1).mean()
        assert mixed + 0.2 < alike < 0.999
    drawn = load("embedded", "quick", 0)
    assert torch.equal(one.test.competencies, drawn.test.competencies)
    assert torch.equal(drawn.known[0], torch.arange(4800))


def test_the_first_version_has_no_text():
    assert load("embedded", "quick", 0, version=1).train.text.shape == (4800, 0)


def test_faces_are_mapped_in_both_parts(data):
    mapped = Data(data, data).with_faces(lambda face: face[:, :3].double())
    for part in (mapped.train, mapped.test):
        assert torch.equal(part.face, data.face[:, :3])
        assert torch.equal(part.competencies, data.competencies)


def test_the_overview_has_a_column_an_application(data):
    table = overview(data, 4)
    assert table.shape == (3 + 7 + 3, 4)
    assert table.loc["gender", "no. 2"] == ("man", "woman")[data.gender[1]]
    assert table.loc["education"].tolist() == data.competencies[:4, 0].tolist()
