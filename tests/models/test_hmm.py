"""Left-to-right models against every path there is, and against hmmlearn."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hmmlearn.hmm import GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from support.models.chains import forward_backward, viterbi
from support.models.hmm import PhraseHMM


def recursion_inputs(seed, frames, states):
    draw = torch.Generator().manual_seed(seed)
    count, length = len(frames), max(frames) + 1  # one frame of padding at least
    emission = torch.randn(count, length, states, generator=draw).double() * 2
    stay = torch.rand(count, states, generator=draw).double() * 0.8 + 0.1
    return emission, torch.tensor(frames), stay.log(), (1 - stay).log()


def all_paths(emission, stay, go_on):
    """Log-probability of every path from the first to the last state."""
    length, states = emission.shape
    found = {}
    for steps in combinations(range(1, length), states - 1):
        path = tuple(np.searchsorted(steps, range(length), side="right"))
        total = sum(float(emission[t, q]) for t, q in enumerate(path))
        for before, after in pairwise(path):
            total += float(go_on[before] if after > before else stay[before])
        found[path] = total
    return found


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**31),
    st.integers(1, 4),
    st.lists(st.integers(4, 9), min_size=1, max_size=3),
)
def test_both_recursions_are_every_path(seed, states, frames):
    emission, lengths, stay, go_on = recursion_inputs(seed, frames, states)
    path = viterbi(emission, lengths, stay, go_on)
    gamma, total = forward_backward(emission, lengths, stay, go_on)
    for row, length in enumerate(frames):
        each = all_paths(emission[row, :length], stay[row], go_on[row])
        assert tuple(path[row, :length].tolist()) == max(each, key=each.get)
        assert (path[row, length:] == -1).all()
        logs = torch.tensor(list(each.values()), dtype=torch.float64)
        assert_close(total[row], logs.logsumexp(0))
        wanted = torch.zeros(length, states, dtype=torch.float64)
        for places, chance in zip(each, logs.softmax(0), strict=True):
            wanted[range(length), list(places)] += chance
        assert_close(gamma[row, :length], wanted)
        assert (gamma[row, length:] == 0).all()


def test_a_tie_stays():
    zeros = torch.zeros(1, 5, 2)
    even = torch.zeros(2)
    path = viterbi(zeros, torch.tensor([5]), even, even)
    assert path.tolist() == [[0, 1, 1, 1, 1]]  # traced back, staying in the last


def test_posteriors_and_likelihood_are_hmmlearns():
    """hmmlearn leaves the end free: a mark on the last frame ties it there."""
    draw = np.random.default_rng(0)
    length, states = 30, 4
    mean = np.c_[draw.normal(size=(states, 3)) * 2, np.zeros(states)]
    mean[-1, -1] = 0.5
    spread = np.full((states, 4), 1.0)
    spread[:, -1] = 1e-3
    spread[-1, -1] = 0.25
    x = np.c_[draw.normal(size=(length, 3)), np.zeros(length)]
    x[-1, -1] = 1.0
    stay = np.array([0.8, 0.7, 0.6, 1.0])
    peer = GaussianHMM(states, covariance_type="diag")
    peer.startprob_ = np.eye(states)[0]
    peer.transmat_ = np.diag(stay) + np.diag(1 - stay[:-1], 1)
    peer.means_, peer.covars_ = mean, spread
    ours = PhraseHMM(1, states, 4)
    ours.mean, ours.variance = (torch.tensor(v)[None] for v in (mean, spread))
    ours.log_stay = torch.tensor(stay).log()[None]
    ours.log_next = torch.tensor([*(1 - stay[:-1]), 1e-300]).log()[None]
    given_ = torch.tensor(x)[None], torch.tensor([length]), torch.tensor([0])
    soft, total = ours.align(*given_, soft=True)
    assert_close(soft[0], torch.tensor(peer.predict_proba(x)), atol=1e-6, rtol=0)
    assert float(total[0]) == pytest.approx(peer.score(x), abs=1e-6)
    best, path = peer.decode(x)
    hard, score = ours.align(*given_)
    assert hard[0].argmax(1).tolist() == path.tolist()
    assert float(score[0]) == pytest.approx(best, abs=1e-6)


def test_a_step_of_baum_welch_is_hmmlearns():
    """From the same parameters; a mark on the last frame ties the end, as above."""
    x, frames, *_ = corpus(phrases=1, count=12, size=3)
    rows = [each[:length] for each, length in zip(x, frames, strict=True)]
    for each in rows:
        assert torch.isfinite(each).all()
    marked = torch.zeros(*x.shape[:2], 4)
    marked[..., :3] = x
    marked[torch.arange(12), frames - 1, 3] = 1
    said = torch.zeros(12, dtype=torch.int64)
    start, after = PhraseHMM(1, 4, 4), PhraseHMM(1, 4, 4)
    start.fit(marked, frames, said, iterations=0)
    after.fit(marked, frames, said, iterations=1, kind="baum_welch")
    stay = start.log_stay[0].exp().numpy()
    peer = GaussianHMM(
        4, covariance_type="diag", n_iter=1, init_params="", params="tmc",
        covars_prior=0, min_covar=0, implementation="log",
    )  # fmt: skip
    peer.startprob_ = np.eye(4)[0]
    peer.transmat_ = np.diag(stay) + np.diag(1 - stay[:-1], 1)
    peer.means_, peer.covars_ = start.mean[0].numpy(), start.variance[0].numpy()
    together = torch.cat([m[:n] for m, n in zip(marked, frames, strict=True)])
    peer.fit(together.double().numpy(), frames.tolist())
    assert_close(
        after.mean[0, :, :3], torch.tensor(peer.means_[:, :3]), atol=1e-5, rtol=0
    )
    spread = torch.tensor(peer._covars_[:, :3])
    assert_close(after.variance[0, :, :3], spread, atol=1e-4, rtol=1e-4)
    theirs = torch.tensor(np.diag(peer.transmat_, 1))
    assert_close(after.log_next[0, :-1].exp(), theirs, atol=1e-5, rtol=0)


def corpus(seed=0, phrases=3, states=4, count=40, size=5):
    """Utterances that walk through the states of their phrase."""
    draw = torch.Generator().manual_seed(seed)
    mean = 3 * torch.randn(phrases, states, size, generator=draw)
    said = torch.arange(count) % phrases
    stays = torch.randint(1, 6, (count, states), generator=draw)
    frames = stays.sum(1)
    length = int(frames.max())
    ends = stays.cumsum(1)
    state = (torch.arange(length)[None, :, None] >= ends[:, None]).sum(2)
    state = state.clamp_max(states - 1)
    x = mean[said[:, None], state] + torch.randn(count, length, size, generator=draw)
    mask = torch.arange(length) < frames[:, None]
    x[~mask] = float("nan")
    return x, frames, said, torch.where(mask, state, -1)


@pytest.mark.parametrize("kind", ["viterbi", "baum_welch"])
def test_training_never_falls_and_finds_the_states(kind, device):
    x, frames, said, state = (part.to(device) for part in corpus())
    hmm = PhraseHMM(3, 4, 5)
    trace = hmm.fit(x, frames, said, iterations=8, kind=kind)
    assert len(trace) == 9
    assert (np.diff(trace) > -1e-9).all()
    A, _ = hmm.align(x, frames, said)
    found = torch.where(A.sum(2) > 0, A.argmax(2), -1)
    assert float((found == state)[state >= 0].float().mean()) > 0.97
    assert A.dtype == torch.float32
    assert A.device.type == device


def test_the_phrase_is_the_chain_that_fits_best():
    x, frames, said, _ = corpus()
    hmm = PhraseHMM(3, 4, 5)
    hmm.fit(x, frames, said)
    fits = torch.stack(
        [hmm.align(x, frames, torch.full_like(said, p))[1] for p in range(3)], dim=1
    )
    assert torch.equal(fits.argmax(1), said)


def test_order_and_blocks_of_utterances_do_not_matter(monkeypatch):
    x, frames, said, _ = corpus()
    one, other, small = PhraseHMM(3, 4, 5), PhraseHMM(3, 4, 5), PhraseHMM(3, 4, 5)
    one.fit(x, frames, said)
    turned = torch.arange(len(x)).flip(0)
    other.fit(x[turned], frames[turned], said[turned])
    assert_close(one.mean, other.mean)
    assert_close(one.log_stay, other.log_stay)
    monkeypatch.setattr("support.models.hmm._BLOCK", 200)
    small.fit(x, frames, said)
    assert_close(one.variance, small.variance)
    whole, parts = (m.align(x, frames, said, soft=True) for m in (one, small))
    assert_close(whole[0], parts[0])


def test_padding_changes_nothing():
    x, frames, said, _ = corpus()
    hmm = PhraseHMM(3, 4, 5)
    hmm.fit(x, frames, said)
    more = torch.cat([x, torch.full((len(x), 50, 5), 9.0)], dim=1)
    A, total = hmm.align(x, frames, said)
    wide, same = hmm.align(more, frames, said)
    assert_close(wide[:, : x.shape[1]], A)
    assert (wide[:, x.shape[1] :] == 0).all()
    assert_close(total, same)


def test_an_empty_batch_is_aligned():
    x, frames, said, _ = corpus()
    A, total = PhraseHMM(3, 4, 5).align(x[:0], frames[:0], said[:0])
    assert A.shape == (0, x.shape[1], 4)
    assert total.shape == (0,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"frames": torch.full((40,), 3)}, "40 of 40 utterances are shorter"),
        ({"frames": torch.full((40,), 99)}, "up to 99"),
        ({"phrase": torch.full((40,), 3)}, "phrase: got values"),
        ({"phrase": torch.zeros(40).long()}, r"no utterance of \[1, 2\]"),
        ({"x": torch.zeros(40, 20, 4)}, r"\(N, T, 5\)"),
        ({"x": torch.full((40, 20, 5), float("inf"))}, "NaN or infinite"),
        ({"kind": "em"}, "kind"),
    ],
)
def test_bad_input_is_refused_in_words(change, words):
    x, frames, said, _ = corpus()
    with pytest.raises(ValueError, match=words):
        PhraseHMM(3, 4, 5).fit(**{"x": x, "frames": frames, "phrase": said} | change)


def test_bad_recursions_are_refused_in_words():
    emission, frames, stay, go_on = recursion_inputs(0, [5], 3)
    for change, words in (
        ({"frames": torch.tensor([2])}, "shorter"),
        ({"frames": torch.tensor([2, 3])}, "frames"),
        ({"log_stay": stay[:, :2]}, "log_stay"),
        ({"log_emission": emission * float("nan")}, "NaN"),
    ):
        inputs = {
            "log_emission": emission, "frames": frames, "log_stay": stay,
            "log_next": go_on,
        }  # fmt: skip
        for act in (viterbi, forward_backward):
            with pytest.raises(ValueError, match=words):
                act(**inputs | change)


def test_half_precision_is_widened():
    emission = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    given = (torch.tensor([6, 4]), torch.full((3,), -0.5), torch.full((3,), -1.0))
    for dtype in (torch.float16, torch.bfloat16):
        narrow = emission.to(dtype)
        assert torch.equal(viterbi(narrow, *given), viterbi(narrow.float(), *given))
        assert forward_backward(narrow, *given).gamma.dtype == torch.float32


def test_a_feature_that_never_varies_says_nothing():
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(12, 20, 2, generator=draw)
    x[:, 10:, 0] += 4
    frames, phrase = torch.full((12,), 20), torch.zeros(12).long()
    flat = torch.cat([x, torch.ones(12, 20, 1)], dim=2)
    found = []
    for features in (x, flat):
        hmm = PhraseHMM(1, 2, features.shape[2])
        hmm.fit(features, frames, phrase)
        found.append(hmm.align(features, frames, phrase)[0])
    assert torch.equal(*found)


@pytest.mark.parametrize(
    ("size", "phrase", "words"),
    [
        (2, torch.tensor([-1]), "phrase: got values from -1"),
        (2, torch.tensor([3]), "phrase: got values from 3"),
        (2, torch.tensor([False, True, False]), "x, phrase: got shapes"),
        (2, torch.tensor([1, 0, 0], dtype=torch.uint8), "x, phrase: got shapes"),
        (1, torch.tensor([1]), "x, phrase: got shapes"),
    ],
)
def test_densities_of_what_does_not_fit_are_refused(size, phrase, words):
    with pytest.raises(ValueError, match=words):
        PhraseHMM(3, 2, 2).log_emission(torch.zeros(1, 3, size), phrase)
