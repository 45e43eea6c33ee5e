"""Networks of utterances."""

import pytest
import torch
from torch.nn.functional import conv1d
from torch.testing import assert_close

from support.models.pooling import uniform_alignment
from support.models.speaker import FrameEncoder, SpeakerNetwork
from support.training import seeded_init

FRAMES = torch.tensor([12, 9, 5])


def given_batch(more=0):
    draw = torch.Generator().manual_seed(0)
    mask = torch.arange(12 + more) < FRAMES[:, None]
    x = torch.randn(3, 12, 6, generator=draw)
    x = torch.cat([x, torch.full((3, more, 6), 9.0)], dim=1)
    return x, mask, uniform_alignment(FRAMES, 4, 12 + more)


def made(pooling="alignment", target="joint", **sizes):
    with seeded_init(0, "network"):
        encoder = FrameEncoder(6, 8, 5, **sizes)
        return SpeakerNetwork(encoder, pooling, 4, 7, 3, target)


def test_the_encoder_is_convolutions_over_time():
    x, mask, _ = given_batch()
    with seeded_init(0, "encoder"):
        encoder = FrameEncoder(6, 8, 5).eval()
    rows = torch.where(mask[..., None], x, 0)
    for place, layer in enumerate(encoder.convolutions):
        # weights of three frames, side by side: before, at, behind
        kernel = layer.weight.unflatten(1, (3, -1)).movedim(1, 2)
        rows = conv1d(rows.mT, kernel, layer.bias, padding=1).mT
        if place < 2:
            rows = encoder.norms[place](rows.mT).mT.relu()
        rows = torch.where(mask[..., None], rows, 0)
    assert_close(encoder(x, mask), rows)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("pooling", ["mean", "statistics", "alignment"])
def test_padding_changes_nothing(pooling, training):
    one, other = made(pooling).train(training), made(pooling).train(training)
    with torch.no_grad():
        x, mask, A = given_batch()
        wide = given_batch(more=50)
        assert_close(one.embed(x, mask, A), other.embed(*wide), atol=1e-6, rtol=1e-5)
    assert_close(one.state_dict(), other.state_dict())


@pytest.mark.parametrize(
    ("pooling", "size"), [("mean", 5), ("statistics", 10), ("alignment", 20)]
)
@pytest.mark.parametrize(
    ("target", "classes"), [("joint", 21), ("two_heads", 10), ("speaker", 7)]
)
def test_shapes_and_losses(pooling, size, target, classes, device):
    network = made(pooling, target).to(device)
    x, mask, A = (part.to(device) for part in given_batch())
    embedding, logits = network(x, mask, A)
    assert embedding.shape == (3, size)
    assert logits.shape == (3, classes)
    speaker, phrase = torch.tensor([0, 6, 3]), torch.tensor([2, 0, 1])
    loss = network.loss(logits, speaker.to(device), phrase.to(device))
    loss.backward()
    assert all(p.grad is not None for p in network.parameters())
    assert torch.isfinite(loss)


def test_the_loss_knows_speaker_and_phrase():
    speaker, phrase = torch.tensor([0, 6, 3]), torch.tensor([2, 0, 1])
    joint = torch.full((3, 21), -50.0)
    joint[range(3), speaker * 3 + phrase] = 50
    assert float(made().loss(joint, speaker, phrase)) < 1e-6
    assert float(made().loss(joint, speaker, phrase.flip(0))) > 1
    heads = torch.full((3, 10), -50.0)
    heads[range(3), speaker] = heads[range(3), 7 + phrase] = 50
    assert float(made(target="two_heads").loss(heads, speaker, phrase)) < 1e-6


def test_a_pooling_of_ones_own():
    def last(y, A, mask):
        place = mask.sum(1) - 1
        return y[torch.arange(len(y)), place]

    x, mask, A = given_batch()
    network = made(last).eval()
    found = network.embed(x, mask, A)
    assert found.shape == (3, 5)
    assert_close(
        found, network.centring(network.encoder(x, mask)[range(3), FRAMES - 1])
    )


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda x, m, A: made("max"), "pooling"),
        (lambda x, m, A: made(target="sex"), "target"),
        (lambda x, m, A: made(lambda y, A, mask: y), r"\(2, E\)"),
        (lambda x, m, A: made(lambda y, A, mask: None), "NoneType"),
        (lambda x, m, A: made(layers=0), "layers"),
        (lambda x, m, A: made()(x, m), "give one"),
        (lambda x, m, A: made()(x[..., :3], m, A), "shapes"),
        (lambda x, m, A: made()(x, m[:, :4], A), "shapes"),
    ],
)
def test_bad_input_is_refused_in_words(act, words):
    with pytest.raises(ValueError, match=words):
        act(*given_batch())
