"""Batches of speakers who say the same phrases."""

from itertools import islice

import pytest
import torch

from support.data.batches import IdentityBatches


@pytest.fixture(scope="module")
def corpus():
    """20 speakers, 5 phrases, 6 sessions, in any order, numbered with gaps."""
    rows = torch.cartesian_prod(*(torch.arange(k) for k in (20, 5, 6)))
    rows = rows[torch.randperm(600, generator=torch.Generator().manual_seed(0))]
    return rows[:, 0] * 3, rows[:, 2] + 2, rows[:, 1]


def start(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_batch_is_crossed(corpus):
    speaker, session, phrase = corpus
    seen = torch.zeros(600, dtype=torch.bool)
    for index in islice(IdentityBatches(*corpus, generator=start()), 60):
        assert len(index.unique()) == len(index) == 128
        assert len(speaker[index].unique()) == 16
        assert len(phrase[index].unique()) == 2
        identity, counts = (speaker * 10 + phrase)[index].unique(return_counts=True)
        assert len(identity) == 32
        assert (counts == 4).all()
        once = (speaker * 1000 + phrase * 100 + session)[index]
        assert len(once.unique()) == 128
        seen[index] = True
    assert seen.all()


def test_half_of_the_negative_pairs_say_the_same(corpus):
    speaker, _, phrase = corpus
    index = next(iter(IdentityBatches(*corpus, generator=start())))
    identity = (speaker * 10 + phrase)[index]
    same = identity[:, None] == identity
    assert int(same.triu(1).sum()) == 192
    assert int((~same).triu(1).sum()) == 7936


def test_the_generator_decides(corpus):
    one, other, third = (
        next(iter(IdentityBatches(*corpus, generator=start(seed))))
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, other)
    assert not torch.equal(one, third)


def test_identities_may_have_different_sessions():
    speaker = torch.tensor([0, 0, 0, 1, 1])
    session = torch.tensor([0, 1, 2, 1, 3])
    phrase = torch.zeros(5, dtype=torch.int64)
    batches = IdentityBatches(
        speaker, session, phrase, n_phrases=1, n_speakers=2, n_sessions=2,
        generator=start(),
    )  # fmt: skip
    for index in islice(batches, 20):
        assert sorted(speaker[index].tolist()) == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_sessions": 7}, "n_sessions"),
        ({"n_speakers": 21}, "20 speakers|to 20"),
        ({"n_phrases": 0}, "n_phrases"),
        ({"n_sessions": 1}, "positive and negative"),
        ({"n_phrases": 1, "n_speakers": 1}, "positive and negative"),
    ],
)
def test_bad_sizes_are_refused_in_words(corpus, change, words):
    with pytest.raises(ValueError, match=words):
        IdentityBatches(*corpus, generator=start(), **change)


def test_a_missing_and_a_double_session_are_named(corpus):
    speaker, session, phrase = corpus
    gone = (speaker == 6) & (phrase == 1) & (session > 4)
    kept = [column[~gone] for column in corpus]
    with pytest.raises(ValueError, match="speaker 6 says phrase 1 in 3"):
        IdentityBatches(*kept, generator=start())
    with pytest.raises(ValueError, match="twice"):
        IdentityBatches(speaker, session // 2, phrase, generator=start(), n_sessions=2)
    with pytest.raises(ValueError, match="shapes"):
        IdentityBatches(speaker[:3], session, phrase, generator=start())
