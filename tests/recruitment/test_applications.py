"""Applications in two parts of one set, with generated or published faces."""

import pytest
import torch

from support.data.errors import DataError
from support.data.tables import load_faircv_statistics
from support.recruitment.applications import load_applications


def test_an_unknown_data_set_is_named():
    with pytest.raises(ValueError, match="dataset: got 'zoo'"):
        load_applications("zoo", 0)


def test_the_parts_are_of_one_set_and_hold_every_group_alike():
    one, other = load_applications("embedded", 3, train=48, test=24)
    for part, each in ((one, 8), (other, 4)):
        cells = torch.bincount(part.ethnicity * 2 + part.gender)
        assert cells.tolist() == [each] * 6
    merits = torch.cat([one.blind_score, other.blind_score])
    assert (float(merits.min()), float(merits.max())) == (0, 1)
    everybody = torch.cat([one.face, other.face])
    assert len(everybody.unique(dim=0)) == 72
    again = load_applications("embedded", 3, train=48, test=24)[0]
    assert torch.equal(one.face, again.face)


def test_published_faces_replace_the_generated_ones():
    try:
        load_faircv_statistics(download=False)
    except DataError:
        pytest.skip("the published statistics are not here")
    plain, _ = load_applications("embedded", 3, train=48, test=24)
    drawn, _ = load_applications("faircv_statistics", 3, train=48, test=24)
    assert torch.equal(plain.competencies, drawn.competencies)
    assert not torch.equal(plain.face, drawn.face)
