"""The exercise's yardstick agrees with the package's score."""

import pytest
import torch

from chapters.disentanglement.answers import scores_from_informations
from support.metrics.disentanglement import minimality_sufficiency
from support.metrics.information import pairwise_information


@pytest.mark.parametrize("dead", [[], [1], [0, 1, 2]])
def test_it_agrees_with_the_package_also_where_components_collapsed(dead):
    source = torch.Generator().manual_seed(len(dead))
    c = torch.randint(0, 4, (300, 2), generator=source)
    z = torch.randint(0, 5, (300, 3), generator=source) + c[:, :1]
    z[:, dead] = 0
    found = pairwise_information(c, z)
    ours = scores_from_informations(
        found.mutual, found.row_entropy, found.column_entropy
    )
    package = minimality_sufficiency(c, z.double(), bins=None)
    assert ours == pytest.approx(package[:2])
