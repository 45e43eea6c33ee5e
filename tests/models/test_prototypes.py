"""Fixed prototypes."""

import pytest
import torch

from support.models.prototypes import prototypes


def test_values(device):
    c = torch.tensor([[0, 1]], device=device)
    assert prototypes(c).tolist() == [[-3.0, 3.0]]
    assert prototypes(c).device.type == device
    assert prototypes(torch.tensor([1, 0]), "class", 2.0).tolist() == [[0, 2], [2, 0]]
    assert prototypes(torch.tensor([0]), "class", n_values=3).shape == (1, 3)
    assert prototypes(torch.tensor([0.5]), "real").tolist() == [1.5]
    assert prototypes(c.double()).dtype == torch.float64


@pytest.mark.parametrize(
    ("c", "kind", "words"),
    [
        (torch.tensor([0.5]), "binary", "c: got 0.5"),
        (torch.tensor([[0]]), "class", "integers"),
        (torch.tensor([1]), "real", "floating"),
        (torch.tensor([1]), "other", "kind"),
    ],
)
def test_what_does_not_fit_is_refused(c, kind, words):
    with pytest.raises(ValueError, match=words):
        prototypes(c, kind)
