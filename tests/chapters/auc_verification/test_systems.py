"""Fine-tuning: what changes, what must not, and what is the same for every loss."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import nn

from chapters.auc_verification.scores import batch_scores, named_right
from chapters.auc_verification.systems import (
    CHOSEN_MARGINS,
    CHOSEN_STEEPNESS,
    MARGINS,
    STEEPNESSES,
    LearnedThreshold,
    Schedule,
    fine_tune,
    rivals,
    sampled_area,
    smooth_area,
)
from support.losses.verification import aauc_verification
from support.verification.systems import NETWORK, train_network
from tests.verification.small import small_corpus

SMALL = Schedule(steps=10, speakers=4, sessions=3)


@pytest.fixture(scope="module")
def prepared():
    return small_corpus()


@pytest.fixture(scope="module", params=["alignment", "mean"])
def start(request, prepared):
    return train_network(prepared, request.param, replace(NETWORK, epochs=1), seed=1)


def tune(start, prepared, loss, **options):
    return fine_tune(start, prepared, loss, seed=1, schedule=SMALL, **options)


def test_weights_move_and_statistics_stay(start, prepared):
    before = {k: v.clone() for k, v in start.network.state_dict().items()}
    tuned = tune(start, prepared, aauc_verification)
    after = tuned.network.state_dict()
    for name, value in start.network.state_dict().items():
        assert torch.equal(value, before[name]), f"{name} of the start has moved"
    learned = dict(tuned.network.encoder.named_parameters())
    assert all(
        not torch.equal(after[f"encoder.{n}"], before[f"encoder.{n}"]) for n in learned
    )
    for name in after:
        if "running" in name:
            assert torch.equal(after[name], before[name])
    assert not tuned.network.training
    assert tuned.alignment == start.alignment


def test_the_loss_falls_on_what_it_learns_from(start, prepared):
    def lost(system):
        scores = batch_scores(system, prepared, SMALL, torch.Generator().manual_seed(2))
        gaps = scores[0][:, None] - scores[1]
        return float(torch.sigmoid(-30 * gaps).mean())

    tuned = fine_tune(
        start,
        prepared,
        aauc_verification,
        seed=1,
        schedule=Schedule(steps=40, speakers=4, sessions=3),
    )
    assert lost(tuned) < 0.8 * lost(start)


def test_every_loss_sees_the_same_batches(start, prepared):
    seen = {"a": [], "b": []}

    def spy(name, embedding, identity):
        seen[name].append(identity.clone())
        return embedding.square().mean()

    for name in seen:
        tune(start, prepared, partial(spy, name))
    # A call for each of 2 phrases; 4 speakers, 3 sessions.
    assert len(seen["a"]) == 2 * SMALL.steps
    assert all(map(torch.equal, *seen.values()))
    assert seen["a"][0].unique(return_counts=True)[1].tolist() == [3] * 4


def test_phrases_are_compared_one_at_a_time_or_mixed(start, prepared):
    seen = {True: [], False: []}

    def spy(mixed, embedding, identity):
        seen[mixed].append(identity.clone())
        return embedding.square().mean()

    for mixed in seen:
        schedule = replace(SMALL, mixed=mixed)
        loss = partial(spy, mixed)
        fine_tune(start, prepared, loss, seed=1, schedule=schedule)
    # An identity is speaker times four phrases plus phrase.
    assert all(len((each % 4).unique()) == 1 for each in seen[False])
    assert all(len((each % 4).unique()) == 2 for each in seen[True])
    # The utterances of a batch are the same.
    pairs = zip(seen[False][::2], seen[False][1::2], seen[True], strict=True)
    for one, other, both in pairs:
        assert torch.equal(torch.cat([one, other]).sort()[0], both.sort()[0])


def test_what_was_chosen_is_of_grids_of_one_size():
    assert set(CHOSEN_MARGINS.values()) <= set(MARGINS)
    assert CHOSEN_STEEPNESS in STEEPNESSES["quick"]
    assert len(MARGINS) == len(STEEPNESSES["quick"])


def test_more_cross_entropy_learns_the_names(start, prepared):
    tuned = fine_tune(
        start,
        prepared,
        None,
        seed=1,
        schedule=Schedule(steps=60, speakers=4, sessions=3),
    )
    assert named_right(tuned, prepared) > named_right(start, prepared)


def test_a_loss_may_have_parameters(start, prepared):
    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = nn.Parameter(torch.zeros(()))

        def forward(self, embedding, identity):
            return (embedding.mean() - self.shift - 1).square()

    loss = Shifted()
    tune(start, prepared, loss)
    assert loss.shift.item() != 0


def test_a_threshold_is_learned(start, prepared):
    loss = LearnedThreshold(0.9)
    tune(start, prepared, loss)
    assert abs(loss.threshold.item() - 0.9) > 1e-3


def test_sampled_negatives_agree_in_the_mean():
    rng = torch.Generator().manual_seed(3)
    vectors, identity = torch.randn(24, 5, generator=rng), torch.arange(24) % 6
    whole = aauc_verification(vectors, identity)
    few = torch.stack(
        [sampled_area(vectors, identity, generator=rng, most=60) for _ in range(300)]
    )
    assert float(few.std()) > 0
    assert float((few.mean() - whole).abs()) < 4 * float(few.std()) / 300**0.5
    same = sampled_area(vectors, identity, generator=rng)
    torch.testing.assert_close(same, whole)


def test_batches_that_the_corpus_cannot_fill_are_refused(start, prepared):
    with pytest.raises(ValueError, match="n_speakers: got 99"):
        fine_tune(
            start, prepared, None, seed=1, schedule=Schedule(steps=10, speakers=99)
        )


def test_a_method_that_gives_no_number_is_an_error(start, prepared):
    # The training sees it after a pass, the pooling of spoilt weights before.
    with pytest.raises((FloatingPointError, ValueError), match=r"(is|got) nan"):
        tune(start, prepared, lambda embedding, identity: embedding.mean() * torch.nan)


@pytest.mark.parametrize(("profile", "count"), [("quick", 5), ("full", 11)])
def test_rivals_are_losses_of_a_batch(profile, count):
    rng = torch.Generator().manual_seed(3)
    vectors, identity = torch.randn(24, 5, generator=rng), torch.arange(24) % 6
    named = rivals(smooth_area(profile, seed=1), profile, seed=1)
    assert len(named) == count
    assert named.pop("more CE") is None
    values = {name: loss(vectors, identity).item() for name, loss in named.items()}
    whole = aauc_verification(vectors, identity, delta=200)
    assert values["aAUC, δ = 200"] == pytest.approx(float(whole))
    assert values["random triplets"] < values["hard triplets"]
