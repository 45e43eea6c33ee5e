"""Applications in two parts of one set."""

import torch

from support.recruitment.applications import load_applications


def test_the_parts_are_of_one_set_and_hold_every_group_alike():
    one, other = load_applications(3, train=48, test=24)
    for part, each in ((one, 8), (other, 4)):
        cells = torch.bincount(part.ethnicity * 2 + part.gender)
        assert cells.tolist() == [each] * 6
    merits = torch.cat([one.blind_score, other.blind_score])
    assert (float(merits.min()), float(merits.max())) == (0, 1)
    everybody = torch.cat([one.face, other.face])
    assert len(everybody.unique(dim=0)) == 72
    again = load_applications(3, train=48, test=24)[0]
    assert torch.equal(one.face, again.face)
