"""Images of several domains: split, normalisation, true translations, tied style."""

import pytest
import torch

from chapters.translation.data import SIZES, load


def test_glyphs_are_split_and_their_true_translations_are_known():
    data = load("embedded", "quick", seed=0)
    assert (len(data.x_train), len(data.x_test)) == SIZES["embedded"]["quick"]
    assert data.pixels == 256
    assert torch.equal(data.truth(data.y_test), data.x_test)
    rows = torch.tensor([3, 5])
    other = (data.y_test[rows] + 1) % 5
    assert torch.equal(data.truth(other, rows), data.truth((data.y_test + 1) % 5)[rows])
    assert data.mean == pytest.approx(float(data.x_train.mean()))
    assert data.deviation == pytest.approx(float(data.x_train.std()))


def test_a_seed_draws_the_same_again_and_another_others():
    first, again, other = (load("embedded", "quick", seed).x_test for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_tied_glyphs_tell_their_domain_by_their_style():
    data = load("embedded", "quick", seed=0)
    assert data.tied is not None
    assert data.tied.tied is None
    for part, least, most in ((data, 0.0, 0.1), (data.tied, 0.4, 0.9)):
        columns = [part.y_train.float(), part.style_train[:, 2]]
        correlation = float(torch.corrcoef(torch.stack(columns))[0, 1])
        assert least <= abs(correlation) <= most


def test_scans_are_resplit_and_have_no_truth():
    data, other = (load("mnist", "quick", seed) for seed in (0, 1))
    assert data.x_train.shape == (6000, 1, 28, 28)
    assert data.names == tuple("0123456789")
    assert not torch.equal(data.y_test, other.y_test)
    assert data.truth(data.y_test) is None
    assert data.tied is None
    assert data.mean == pytest.approx(0.1307, abs=2e-3)
    assert data.deviation == pytest.approx(0.3081, abs=2e-3)


def test_the_full_profile_is_the_paper_s_with_a_border_padded_first():
    data = load("mnist", "full", seed=0)
    assert data.x_train.shape == (60000, 1, 32, 32)
    assert len(data.x_test) == 10000
    assert float(data.x_train[:100, :, :2].max()) == 0.0


@pytest.mark.parametrize(
    ("dataset", "profile", "words"),
    [
        ("svhn", "quick", "dataset: got 'svhn'"),
        ("mnist", "slow", "profile: got 'slow'"),
    ],
)
def test_unknown_words_are_refused(dataset, profile, words):
    with pytest.raises(ValueError, match=words):
        load(dataset, profile, seed=0)
