"""Who is chosen, and what an exchange leaves alone."""

from dataclasses import replace

import pytest
import torch

from chapters.recruitment.views import chosen, exchanged, group_directions
from support.data.recruitment import explicit_words, make_recruitment
from support.metrics.fairness import top_share


@pytest.fixture(scope="module")
def data():
    return make_recruitment(1200, 0)


def test_the_chosen_are_those_of_the_shares(data):
    mask = chosen(data.gender_score, 200)
    assert int(mask.sum()) == 200
    share = data.gender[mask == 1].double().mean()
    wanted = top_share(data.gender_score, data.gender, 200)[1]
    assert float(share) == pytest.approx(float(wanted), abs=1e-12)
    assert chosen(torch.zeros(4), 2).tolist() == [1, 1, 0, 0]
    for count in (0, 5):
        with pytest.raises(ValueError, match=f"count: got {count}"):
            chosen(torch.zeros(4), count)


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


def test_directions_are_orthonormal_and_tell_the_groups_apart(data):
    ways = group_directions(data)
    torch.testing.assert_close(ways.T @ ways, torch.eye(3), atol=1e-5, rtol=0)
    seen = data.face @ ways
    women = seen[data.gender == 1].mean(0) - seen[data.gender == 0].mean(0)
    assert float(women[0]) > 0.2
    assert women[1:].abs().max() < 0.05
    centres = torch.stack([seen[data.ethnicity == k].mean(0) for k in range(3)])
    gaps = torch.cdist(centres[:, 1:], centres[:, 1:])
    assert (gaps + torch.eye(3) > 0.2).all()
