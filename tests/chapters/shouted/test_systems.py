"""Systems learn from other speakers alone, and move what is told to be moved."""

from dataclasses import replace

import pytest
import torch

from chapters.shouted import exact
from chapters.shouted.scores import detected
from chapters.shouted.systems import (
    CHOSEN,
    CONTROLS,
    EVERY,
    GRIDS,
    METHOD,
    NOTHING,
    SOFT,
    STRENGTH,
    STRENGTHS,
    SYSTEMS,
    TRUTH,
    apply,
    folds_of,
    make,
    switched,
    told_sex,
)
from tests.chapters.shouted.small import small


def test_no_test_speaker_is_in_any_statistic():
    data = small()
    folds = folds_of(data)
    for number, fold in enumerate(folds):
        assert not (data.fold[data.speaker[fold.train]] == number).any()
        assert fold.train[fold.normal].all()
        assert fold.train[fold.shouted].all()
    # whatever the test speakers of fold 0 say, their fold learns the same
    test = ~folds[0].train
    other = data.z.clone()
    other[test] = other[test].flip(0)
    again = folds_of(replace(data, z=other))[0]
    assert torch.equal(again.detector.weight, folds[0].detector.weight)
    for fit in SYSTEMS.values():
        moved = [
            fit(f.z[f.normal], f.z[f.shouted], torch.Generator().manual_seed(0))
            for f in (folds[0], again)
        ]
        probe = data.z[:5]
        assert torch.equal(moved[0](probe), moved[1](probe))


def test_every_system_moves_what_is_detected_and_nothing_else():
    data = small()
    folds = folds_of(data)
    before = apply(data, folds, SYSTEMS[NOTHING], 0)
    told = torch.cat([f.detector.probability(f.z)[None] for f in folds])
    own = told[data.fold[data.speaker], torch.arange(len(data.z))] > 0.5
    for name, fit in SYSTEMS.items():
        moved = apply(data, folds, fit, 0)
        still = (moved == before).all(1)
        assert torch.equal(still, ~own) or name == NOTHING


def test_controls_change_what_they_say():
    data = small()
    folds = folds_of(data)
    fit = SYSTEMS[METHOD]
    before = apply(data, folds, SYSTEMS[NOTHING], 0)
    every = apply(data, folds, fit, 0, **CONTROLS[EVERY])
    told = detected(data, folds)
    found = switched(before, every, told, data.shouted)
    truth, soft = found[TRUTH], found[SOFT]
    assert torch.equal(
        torch.where((told > 0.5)[:, None], every, before), apply(data, folds, fit, 0)
    )
    assert torch.allclose(soft - before, told[:, None] * (every - before))
    assert torch.equal(truth[~data.shouted], before[~data.shouted])
    assert torch.equal(truth[data.shouted], every[data.shouted])
    assert not (every[~data.shouted] == before[~data.shouted]).all(1).any()
    for options in CONTROLS.values():
        assert apply(data, folds, fit, 0, **options).isfinite().all()


def test_shuffled_shifts_keep_their_mean_and_lose_their_place():
    data = small()
    folds = folds_of(data)
    seen = []

    def spy(normal, shouted, generator):
        seen.append(shouted - normal)
        return lambda z: z

    for pairs in ("given", "shuffled"):
        apply(data, folds, spy, 0, pairs=pairs)
    given, shuffled = seen[0], seen[len(folds)]
    assert not torch.allclose(given, shuffled)
    assert torch.allclose(given.sort(0).values, shuffled.sort(0).values)


def test_one_bias_a_sex_moves_by_the_mean_of_that_sex():
    data = small()
    folds = folds_of(data)
    moved = told_sex(data, folds)
    fold, sex = folds[1], data.sex[data.speaker]
    shift = (fold.z[fold.shouted] - fold.z[fold.normal])[sex[fold.normal] == 1]
    test = ~fold.train & (sex == 1)
    heard = test & (fold.detector.probability(fold.z) > 0.5)
    assert heard.any()
    assert torch.allclose(fold.z[heard] - moved[heard], shift.mean(0))


def test_rivals_have_as_many_settings_and_the_chosen_one_is_among_them():
    assert {len(grid) for grid in GRIDS.values()} == {12}
    for name, grid in GRIDS.items():
        assert CHOSEN[name] in grid
        for setting in grid:
            make(name, setting)
    assert STRENGTH in STRENGTHS


def test_identities_hold_to_rounding():
    data = small()
    fold = folds_of(data)[0]
    assert exact.same_as_mean(data, fold, 0) < 1e-8
    found = exact.same_as_splice(data, fold, 0)
    assert found["soft"] < 1e-8 < found["hard"]
    assert exact.undone(torch.Generator().manual_seed(0)) < 1e-6


def test_an_own_method_that_gives_no_embeddings_is_refused():
    data = small()
    with pytest.raises(ValueError, match="compensate: gave shape"):
        apply(data, folds_of(data), lambda *given: lambda z: z[:, :2], 0)


def test_unknown_words_are_refused():
    data = small()
    folds = folds_of(data)
    with pytest.raises(ValueError, match="name: got 'RATS'; give one of RATZ"):
        make("RATS", {})
    with pytest.raises(ValueError, match="pairs: got 'x'; give one of"):
        apply(data, folds, SYSTEMS[NOTHING], 0, pairs="x")
