"""What is measured of clips, borders and trials."""

import pytest
import torch

from chapters.supervectors.scores import (
    average_distance,
    border_agreement,
    error_frame,
    path_of,
    sound_borders,
    trial_counts,
    trial_kinds,
)
from support.data.trials import TrialKind
from tests.verification.small import small_corpus


def test_the_distance_of_averages_is_a_distance():
    corpus = small_corpus().corpus
    assert average_distance(corpus, 3, 3) == 0
    one, other = average_distance(corpus, 3, 9), average_distance(corpus, 9, 3)
    assert one == pytest.approx(other)
    assert one > 0
    shifted = corpus.log_mel.clone()
    shifted[9] = shifted[3] + torch.log(torch.tensor(10.0))
    moved = type(corpus)(
        **{**corpus.__dict__, "log_mel": shifted, "phone_position": _same(corpus)}
    )
    assert average_distance(moved, 3, 9) == pytest.approx(10.0, rel=1e-4)


def _same(corpus):
    position = corpus.phone_position.clone()
    position[9] = position[3]
    return position


def test_agreement_is_perfect_for_the_truth_and_chance_for_one_state():
    position = torch.tensor([[-1, 0, 0, 1], [0, 0, 1, -1]])
    mask = torch.tensor([[True] * 4, [True] * 4])
    truth = torch.nn.functional.one_hot(position + 1, 3).float()
    assert border_agreement(truth, position, mask) == 1
    one = torch.ones(2, 4, 1)
    assert border_agreement(one, position, mask) == 0.5
    mask[1, 3] = False
    assert border_agreement(one, position, mask) == pytest.approx(4 / 7)


def test_the_chain_finds_the_sounds_better_than_equal_parts():
    prepared = small_corpus()
    rest = prepared.trials.test.unique()
    args = prepared.corpus.phone_position[rest], prepared.mask[rest]
    chain = border_agreement(prepared.align(rest), *args)
    assert chain > 0.8
    assert chain > border_agreement(prepared.align(rest, kind="uniform"), *args)


def test_the_map_of_kinds_is_that_of_the_definition():
    kinds = trial_kinds(small_corpus(), speakers=3)
    assert kinds.shape == (12, 12)
    assert (kinds.diag() == TrialKind.TC).all()
    assert kinds[0, 1] == TrialKind.TW
    assert kinds[0, 8] == TrialKind.IC  # the third speaker has the first one's sex
    assert kinds[0, 9] == TrialKind.IW
    assert (kinds[:4, 4:8] == -1).all()  # the second has not


def test_claims_are_counted_by_kind_and_anagrams_among_the_wrong_phrases():
    counts = trial_counts(small_corpus())
    assert list(counts) == ["TC", "TW", "IC", "IW", "TWa"]
    assert sum(counts.values()) - counts["TWa"] == len(small_corpus().trials.kind)
    assert 0 < counts["TWa"] < counts["TW"]


def test_a_path_climbs_one_state_at_a_time_near_the_borders_of_its_sounds():
    prepared = small_corpus()
    own = int(prepared.corpus.phrase[3])
    path, borders = path_of(prepared, 3, own), sound_borders(prepared.corpus, 3)
    assert len(path) == int(prepared.corpus.frames[3])
    assert set(torch.tensor(path).diff().tolist()) == {0, 1}
    assert path != path_of(prepared, 3, int(prepared.corpus.partner[own]))
    steps = torch.tensor(path).diff().nonzero()[:, 0] + 1
    near = (steps[:, None] - torch.tensor(borders)).abs().amin(1) <= 2
    assert near.float().mean() > 0.6


def test_errors_stand_with_the_decimals_that_trials_allow():
    row = {"IC": 0.26823, "minDCF08": 0.9217, "AUC": 0.80435}
    assert error_frame({"a": row}).loc["a"].tolist() == ["26.8", "0.92", "0.804"]
