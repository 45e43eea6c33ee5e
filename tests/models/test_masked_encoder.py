"""What is hidden is not seen, and is what the loss asks for."""

import pytest
import torch

from support.models.masked_encoder import MaskedEncoder, span_mask
from support.training import Recipe, seeded_init


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def model(device: str = "cpu") -> MaskedEncoder:
    with seeded_init(0, "encoder"):
        return MaskedEncoder(6, 10, 8, layers=2, heads=2).to(device)


def spectra(n: int = 4) -> torch.Tensor:
    return torch.randn(n, 10, 6, generator=source(1))


def test_spans_have_their_length_and_lie_inside():
    hidden = span_mask(300, 20, source(), spans=1, length=5)
    assert hidden.shape == (300, 20)
    assert (hidden.sum(1) == 5).all()
    starts = hidden.int().argmax(1)
    assert torch.equal(starts.unique(), torch.arange(16))  # every place, the last too
    many = span_mask(300, 20, source(), spans=3, length=5).sum(1)
    assert many.min() >= 5
    assert many.max() <= 15
    assert span_mask(2, 5, source(), spans=1, length=5).all()


def test_a_seed_hides_the_same_again():
    first, again = (span_mask(9, 20, source(3)) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, span_mask(9, 20, source(4)))


def test_hidden_states_are_the_entry_and_every_layer(device):
    made, x = model(device), spectra().to(device)
    states = made.hidden(x)
    assert [tuple(h.shape) for h in states] == 3 * [(4, 10, 8)]
    torch.testing.assert_close(states[0], made.entry(x) + made.places)
    torch.testing.assert_close(states[2], made.layers[1](states[1]))
    torch.testing.assert_close(made(x), made.head(states[2]))
    assert made(x).shape == x.shape
    assert made(x).device.type == device


def test_the_loss_does_not_see_what_it_asks_for():
    made, x = model(), spectra()
    hidden = span_mask(4, 10, source(5), 2, 3)
    loss = made.masked_loss(x, source(5), 2, 3)
    said = made.head(made._states(x, hidden)[-1])
    torch.testing.assert_close(loss, (said - x)[hidden].square().mean())
    changed = torch.where(hidden[..., None], x + 100, x)
    torch.testing.assert_close(made.head(made._states(changed, hidden)[-1]), said)


def test_it_learns_what_its_neighbours_tell():
    made = model()
    x = spectra(64)[:, :1].expand(-1, 10, -1).contiguous()  # all frames of a clip alike
    hidden = source(6)
    before = float(made.masked_loss(x, source(7), 2, 3).detach())
    Recipe(epochs=60, batch_size=32, rate=1e-2).fit(
        lambda rows: made.masked_loss(rows, hidden, 2, 3),
        made,
        (x,),
        generator=source(),
    )
    assert float(made.masked_loss(x, source(7), 2, 3).detach()) < before / 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MaskedEncoder(0, 5, 8, 1, 2), "bins: got 0"),
        (lambda: MaskedEncoder(4, 5, 8, 1, 3), "width: got 8 for 3 heads"),
        (lambda: MaskedEncoder(4, 5, 8, 1.5, 2), "layers: got 1.5"),
        (lambda: model().hidden(torch.zeros(2, 9, 6)), r"x: got shape \(2, 9, 6\)"),
        (lambda: model().hidden(spectra() * torch.nan), "x: got nan"),
        (lambda: model().hidden("word"), "x: got str"),
        (lambda: model().masked_loss(spectra(0), source()), "n: got 0"),
        (lambda: model().masked_loss(spectra(), source(), 0), "spans: got 0"),
        (lambda: span_mask(2, 5, source(), 1, 6), "frames: got 5"),
        (lambda: span_mask(2, 5, None, 1, 2), "generator: got NoneType"),
        (lambda: model().masked_loss(spectra(), 3), "generator: got int"),
    ],
)
def test_what_does_not_fit_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
