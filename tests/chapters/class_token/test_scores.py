"""Known answers: errors, reductions, what a token looks at."""

from dataclasses import replace

import pytest
import torch

from chapters.class_token import exact
from chapters.class_token.networks import CHOICES, Choice, Listener, build
from chapters.class_token.scores import (
    attention_of,
    columns,
    error_of_all,
    errors_of,
    gain,
    keep,
    scored,
    soft_labels,
    span_of,
)
from support.verification.scoring import trial_scores
from tests.verification.small import small_corpus

SOURCE = torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def voices():
    data = small_corpus()
    return replace(data, setting=replace(data.setting, width=16, layers=2))


@pytest.fixture(scope="module")
def listener(voices):
    network = build(voices, Choice(2), 0).eval()
    return Listener(network, voices.corpus.speaker[voices.background].unique())


def test_hearing_once_gives_the_same_scores(voices, listener):
    torch.testing.assert_close(
        scored(listener, voices), trial_scores(listener, voices), atol=1e-5, rtol=1e-5
    )
    row = errors_of(listener, voices)
    assert error_of_all(listener, voices) == row["all"]
    curve = {}
    keep(curve, voices)(3, listener)
    assert curve == {3: row["all"]}


def test_speakers_that_were_learned_from_are_not_tried(voices, listener):
    cheat = replace(listener, learned_from=voices.corpus.speaker.unique())
    with pytest.raises(ValueError, match="both learned from and tested"):
        scored(cheat, voices)


def test_gains_and_columns():
    table = {"a": {"all": 0.2, "TW": 0.0}, "b": {"all": 0.15, "TW": 0.1}}
    assert gain(table, "a", "b") == pytest.approx(2 * 0.05 / 0.35)
    assert gain(table, "b", "a") == -gain(table, "a", "b")
    assert gain({"a": {"TW": 0.0}, "b": {"TW": 0.0}}, "a", "b", "TW") is None
    row = {"IC": 0.1, "TW": 0.2, "IW": 0.3, "all": 0.4, "minDCF08": 0.5}
    assert columns(row, ", noise") == {
        "EER IC, noise": 0.1,
        "EER TW, noise": 0.2,
        "EER all, noise": 0.4,
        "minDCF08, noise": 0.5,
    }


def test_attention_over_frames_leaves_out_what_goes_to_tokens(voices, listener):
    looks = attention_of(listener, voices, 3)
    assert looks.shape == (2, 2, int(voices.corpus.frames[3]))
    network = listener.network
    with torch.no_grad():
        whole = network.attention(voices.x[3:4], voices.mask[3:4])[0].mean(2)
    torch.testing.assert_close(looks.sum(2), whole[..., 2:].sum(2))


def test_an_even_look_spans_everything_and_one_frame_little():
    assert span_of(torch.full((8,), 0.1)) == 1
    assert span_of(torch.eye(8)[2]) == 0.125


def test_soft_labels_are_a_table_that_sums_to_one():
    table = soft_labels(torch.tensor([0.0, 1.0, 2.0, 3.0]), 2, 2.0)
    assert table.shape == (2, 2)
    assert float(table.sum()) == pytest.approx(1)
    assert float(table[1, 1] / table[0, 0]) == pytest.approx(2.718281828**1.5)


def test_what_holds_exactly_and_what_does_not(voices, listener):
    assert exact.order_gap(voices, 0, SOURCE) < 1e-5
    assert exact.order_gap(voices, 0, SOURCE, positions=True) > 1e-2
    assert exact.padding_gap(listener.network, voices) < 1e-5
    layer = listener.network.layers[0].attention
    assert exact.attention_gap(layer, SOURCE) < 1e-10
    assert exact.gradient_gap(SOURCE) < 1e-10
    assert 0 < exact.limit_gap(SOURCE) < 1e-3 < exact.limit_gap(SOURCE, 2.0)


def test_what_cannot_be_measured_is_refused_in_words(voices, listener):
    average = Listener(build(voices, Choice(0), 0).eval(), listener.learned_from)
    for words, wrong in {
        "system: it averages": lambda: attention_of(average, voices, 0),
        "index: got -1": lambda: attention_of(listener, voices, -1),
        "token: the network has 0": lambda: average.alone(0),
        "token: got 2": lambda: listener.alone(2),
        "looks: got": lambda: span_of(torch.zeros(3)),
        "logits: got shape": lambda: soft_labels(torch.zeros(5), 2, 1.0),
        "temperature: got 0": lambda: soft_labels(torch.zeros(4), 2, 0),
        "generator: got NoneType": lambda: exact.limit_gap(None),
    }.items():
        with pytest.raises(ValueError, match=words):
            wrong()


def test_permuted_frames_are_the_same_frames(voices):
    x, frames = voices.x[:6], voices.corpus.frames[:6]
    moved = exact.permuted(x, frames, SOURCE)
    assert not torch.equal(moved, x)
    for row, count in enumerate(frames.tolist()):
        assert torch.equal(moved[row, count:], x[row, count:])
        assert torch.equal(
            moved[row, :count].sort(0).values, x[row, :count].sort(0).values
        )


def test_choices_are_what_the_names_say():
    assert [choice.tokens for choice in CHOICES.values()] == [0, 1, 1, 2, 2]
    assert CHOICES["sampled token"].vectors > 1
    assert CHOICES["both tokens, distilled"].temperature > 0
