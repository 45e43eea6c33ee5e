"""The transformer of utterances: order, padding, tokens, and what is refused."""

import math

import pytest
import torch
from torch.nn.functional import conv1d
from torch.testing import assert_close

from support.models.speaker_transformer import SpeakerTransformer, sinusoids
from support.training import seeded_init

FRAMES = torch.tensor([17, 9, 1])


def batch(more=0, fill=9.0):
    source = torch.Generator().manual_seed(0)
    x = torch.randn(3, 17, 6, generator=source)
    x = torch.cat([x, torch.full((3, more, 6), fill)], 1)
    return x, torch.arange(17 + more) < FRAMES[:, None]


def made(**options):
    with seeded_init(0, "network"):
        return SpeakerTransformer(6, 5, 2, width=8, heads=2, slots=3, **options)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("tokens", [0, 1, 2])
def test_padding_changes_nothing_whatever_it_holds(tokens, training):
    one, other = (made(tokens=tokens, dropout=0).train(training) for _ in range(2))
    with torch.no_grad():
        found = one(*batch(more=23, fill=math.nan))
        assert_close(found, other(*batch()), atol=1e-5, rtol=1e-5)
    assert_close(one.state_dict(), other.state_dict())


@pytest.mark.parametrize(("positions", "moves"), [(False, False), (True, True)])
def test_without_positions_a_token_sees_a_set(positions, moves):
    network = made(kernel=1, stride=1, positions=positions).eval()
    x, mask = batch()
    order = torch.cat([torch.tensor([3, 8, 0, 5, 1, 7, 2, 6, 4]), torch.arange(9, 17)])
    gap = network.embed(x[1:2], mask[1:2]) - network.embed(x[1:2, order], mask[1:2])
    assert (float(gap.detach().abs().max()) > 1e-2) == moves


def test_the_windows_are_a_convolution_in_phase_with_the_mask():
    network = made(positions=False).eval()
    x, mask = batch()
    z, seen = network._start(x, mask)
    clean = torch.where(mask[..., None], x, 0)
    kernel = network.window.weight.unflatten(1, (6, 5))
    wanted = conv1d(clean.mT, kernel, network.window.bias, stride=4, padding=2)
    wanted = network.norm(wanted).relu().mT * mask[:, ::4, None]
    assert_close(z[:, 1:], wanted)
    assert seen[:, 1:].equal(mask[:, ::4])
    assert seen[:, 0].all()


def test_an_average_is_that_of_real_frames_and_two_tokens_have_length_one():
    x, mask = batch()
    network = made(tokens=0).eval()
    z, seen = network._start(x, mask)
    for layer in network.layers:
        z = layer(z, seen)
    mean = network.last(z)[1][seen[1]].mean(0)
    assert_close(network.embed(x, mask)[1], network.centres[0](mean[None])[0])
    pair = made(tokens=2).eval()(x, mask)
    assert pair.embedding.shape == (3, 16)
    assert pair.logits.shape == (3, 2, 10)
    assert_close(pair.embedding.unflatten(1, (2, 8)).norm(dim=2), torch.ones(3, 2))


@pytest.mark.parametrize("options", [{"tokens": 0}, {"tokens": 2}, {"vectors": 4}])
def test_a_seed_gives_all_networks_the_same_first_weights(options):
    one, other = made().state_dict(), made(**options).state_dict()
    shared = [name for name in one if name in other and not name.startswith("tokens.0")]
    assert "classifiers.0.weight" in shared
    assert "layers.1.memory.values" in shared
    assert all(torch.equal(one[name], other[name]) for name in shared)


def test_attention_has_a_row_a_token():
    x, mask = batch()
    looks = made(tokens=2).eval().attention(x, mask)
    assert looks.shape == (3, 2, 2, 2, 2 + 5)
    assert_close(looks.sum(4), torch.ones(3, 2, 2, 2))


def test_positions_are_sines_and_no_two_alike():
    found = sinusoids(200, 8)
    assert_close(found[3, 0], torch.tensor(3.0).sin())
    assert_close(found[3, 4], torch.tensor(3.0).cos())
    assert float(torch.pdist(found).min()) > 0.1
    assert sinusoids(0, 8).shape == (0, 8)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tokens": 3}, "tokens: got 3"),
        ({"tokens": True}, "tokens: got True"),
        ({"kernel": 4}, "kernel: got 4"),
        ({"stride": 0}, "stride: got 0"),
        ({"layers": 0}, "layers: got 0"),
        ({"vectors": 0}, "vectors: got 0"),
        ({"dropout": math.nan}, "dropout: got nan"),
    ],
)
def test_sizes_that_make_no_network_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        made(**options)
    with pytest.raises(ValueError, match="width: got 7"):
        SpeakerTransformer(6, 5, 2, width=7)


def test_bad_input_is_told_in_words():
    network, (x, mask) = made().eval(), batch()
    spoilt = x.clone()
    spoilt[0, 0, 0] = math.inf
    for given, words in (
        ((x[..., :5], mask), "x, mask: got shapes"),
        ((x, mask[:2]), "x, mask: got shapes"),
        ((None, mask), "x: got NoneType"),
        ((spoilt, mask), "x: got inf"),
        ((x, mask & False), "mask: utterance 0 has no real frame"),
    ):
        with pytest.raises(ValueError, match=words):
            network(*given)
    assert network(x.half(), mask).embedding.dtype == torch.float32
    assert_close(network(x.double(), mask).embedding, network(x, mask).embedding)


def test_both_devices_agree(device):
    x, mask = batch()
    network = made(tokens=2).eval()
    wanted = network.embed(x, mask)
    found = network.to(device).embed(x.to(device), mask.to(device))
    assert_close(found.cpu(), wanted, atol=1e-5, rtol=1e-4)
