"""Attention against torch's own, memory against its definition, and what is refused."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from support.models.attention import EncoderLayer, MemoryLayer, SelfAttention
from support.training import seeded_init

MASK = torch.arange(7) < torch.tensor([7, 4, 1])[:, None]


def drawn(width=8, seed=0):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(3, 7, width, generator=source, dtype=torch.float64)


def layer_of(kind=SelfAttention, *sizes, **options):
    with seeded_init(0, "layer"):
        return kind(8, *sizes, **options).double().eval()


def test_attention_is_that_of_torch():
    layer = layer_of(SelfAttention, 2)
    peer = nn.MultiheadAttention(8, 2, batch_first=True).double()
    with torch.no_grad():
        peer.in_proj_weight.copy_(layer.inputs.weight)
        peer.in_proj_bias.copy_(layer.inputs.bias)
        peer.out_proj.load_state_dict(layer.output.state_dict())
    z = drawn()
    wanted, weights = peer(z, z, z, key_padding_mask=~MASK, average_attn_weights=False)
    assert_close(layer(z, MASK), wanted)
    assert_close(layer.weights(z, MASK), weights)


def test_weights_sum_to_one_and_spare_padding():
    weights = layer_of(SelfAttention, 4).weights(drawn(), MASK)
    assert weights.shape == (3, 4, 7, 7)
    assert_close(weights.sum(3), torch.ones(3, 4, 7).double())
    assert not (weights * ~MASK[:, None, None]).any()


def test_permuted_keys_change_no_answer():
    layer, z = layer_of(EncoderLayer, 2), drawn()[:1]
    order = torch.tensor([0, 4, 2, 6, 1, 5, 3])
    full = MASK[:1]
    assert_close(layer(z[:, order], full), layer(z, full)[:, order])


def test_the_first_places_alone_are_told_the_same():
    for kind in (SelfAttention, EncoderLayer):
        layer, z = layer_of(kind, 2), drawn()
        assert_close(layer(z, MASK, 2), layer(z, MASK)[:, :2])
        for first in (0, 8, 1.5, True):
            with pytest.raises(ValueError, match="first: got"):
                layer(z, MASK, first)


def test_one_slot_is_remembered_whatever_is_asked():
    layer = layer_of(MemoryLayer, 1)
    assert_close(layer(drawn()), layer.values.expand(3, 7, -1))


def test_memory_is_a_softmax_over_slots():
    layer, z = layer_of(MemoryLayer, 5), drawn()
    share = torch.exp(z @ layer.keys.T / math.sqrt(8))
    wanted = share @ layer.values / share.sum(2, keepdim=True)
    assert_close(layer(z), wanted)


def test_gradients_are_those_of_the_forward_pass():
    layer = layer_of(EncoderLayer, 2, slots=3)
    z = drawn()[:, :3].requires_grad_()
    assert torch.autograd.gradcheck(lambda z: layer(z, MASK[:, :3]), z)


def test_a_perceptron_takes_the_place_of_the_memory():
    layer = layer_of(EncoderLayer, 2, feed_forward=16)
    assert [type(part) for part in layer.memory] == [nn.Linear, nn.GELU, nn.Linear]
    assert layer(drawn(), MASK).shape == (3, 7, 8)


def test_half_precision_sees_the_mask():
    layer = layer_of(SelfAttention, 2).float()
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(drawn().float(), MASK)
    assert_close(found.float(), layer(drawn().float(), MASK), atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SelfAttention(8, 3), "width: got 8 for 3 heads"),
        (lambda: SelfAttention(2.5), "width: got 2.5"),
        (lambda: SelfAttention(8, True), "heads: got True"),
        (lambda: MemoryLayer(8, 0), "slots: got 0"),
        (lambda: EncoderLayer(8, 2, feed_forward=-1), "feed_forward: got -1"),
        (lambda: EncoderLayer(8, 2, dropout=2), "dropout: got 2"),
    ],
)
def test_sizes_that_make_no_layer_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("z", "mask", "words"),
    [
        (drawn(6), MASK, "z: got shape"),
        ("frames", MASK, "z: got str"),
        (drawn().fill_(math.nan), MASK, "z: got nan"),
        (drawn(), MASK[:, :3], "mask: got shape"),
        (drawn(), MASK & False, "mask: row 0 is padding alone"),
        (drawn(), MASK * 2, "mask: got 2"),
    ],
)
@pytest.mark.parametrize("kind", [SelfAttention, EncoderLayer])
def test_bad_input_is_told_in_words(kind, z, mask, words):
    with pytest.raises(ValueError, match=words):
        layer_of(kind, 2)(z, mask)


def test_both_devices_agree(device):
    layer = layer_of(EncoderLayer, 2)
    wanted = layer(drawn(), MASK)
    found = layer.to(device)(drawn().to(device), MASK.to(device))
    assert_close(found.cpu(), wanted)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e5])
def test_padding_is_not_heard_however_loud(size):
    layer, z = layer_of(SelfAttention, 2), size * drawn()
    turned = torch.where(MASK[..., None], z, -z)
    assert not torch.equal(z, turned)
    assert_close(layer(z, MASK)[MASK], layer(turned, MASK)[MASK])
    assert bool((layer.weights(z, MASK).sum((1, 2))[~MASK] == 0).all())


def test_a_long_padding_in_front_is_not_heard():
    layer = layer_of(SelfAttention, 2)
    z = torch.randn(1, 1500, layer.width, generator=torch.Generator().manual_seed(0))
    mask = torch.arange(1500)[None] >= 1400
    assert_close(layer(z, mask)[mask], layer(z[:, 1400:], mask[:, 1400:])[0])
