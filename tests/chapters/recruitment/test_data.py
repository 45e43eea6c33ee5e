"""The way to the data, and what an exchange leaves alone."""

from dataclasses import replace

import pytest
import torch

from chapters.recruitment.data import Data, exchanged, load, overview
from support.data.recruitment import explicit_words, make_recruitment


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
