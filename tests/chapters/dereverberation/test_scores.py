"""Scores of systems whose scores are known."""

import numpy as np
import pytest
import torch

from chapters.dereverberation import scores, systems
from chapters.dereverberation.data import DRY, Data, load
from support.signal.wpe import wpe


@pytest.fixture(scope="module")
def data() -> Data:
    return load("embedded", "quick", 0)


@pytest.fixture(scope="module")
def heard(data) -> scores.Scores:
    return scores.score(lambda clips: clips, data)


def perfect(data: Data):
    """Knows every clip of the test."""

    def system(wet: torch.Tensor) -> torch.Tensor:
        return next(c.dry for c in data.tests.values() if torch.equal(c.wet, wet))

    return system


def test_nothing_done_recovers_nothing_and_all_done_all(data, heard):
    dry = scores.score(perfect(data), data)
    assert scores.recovered(heard, heard, data.judged) == 0
    assert scores.recovered(heard, dry, data.judged) == pytest.approx(1)
    assert scores.harm(heard) == pytest.approx(0, abs=1e-6)
    groups = scores.recovered_by_group(heard, dry, data)
    assert list(groups) == ["large, far", "large, near", "small, far", "small, near"]
    assert min(groups.values()) == pytest.approx(1)


def test_every_measure_knows_rooms_from_none_and_most_know_longer_ones(data, heard):
    worse = {"LLR": 1, "CD": 1, "LSD": 1, "fwSegSNR": -1, "SRMR": -1, "STOI": -1}
    assert sorted(worse) == sorted(scores.MEASURES)
    for measure, sign in worse.items():
        dry, *wet = (
            sign * float(heard[kind][measure].mean()) for kind in (DRY, *data.times)
        )
        assert min(wet) > dry, measure
        # a ratio of energies is moved more by how near the speaker is
        if measure != "fwSegSNR":
            assert wet == sorted(wet), measure


def test_a_gain_is_signed_so_that_more_is_better(data, heard):
    dry = scores.score(perfect(data), data)
    for measure in ("CD", "SRMR"):
        assert scores.gain(heard, dry, heard, data.judged, measure) > 0
        assert scores.gain(heard, heard, dry, data.judged, measure) < 0
    assert scores.gain(heard, dry, heard, data.judged, "CD") == pytest.approx(1)


def test_steps_are_of_blocks_and_the_worst_is_told():
    errors = {"a": [1.0, 0.5, 0.4], "b": [2.0, 1.0, 1.1]}
    assert scores.largest_step(errors) == pytest.approx(0.05)
    assert scores.largest_step({"a": errors["a"]}) == pytest.approx(-0.1)


def test_a_networks_steps_begin_with_its_input(data):
    recipe = systems.replace(systems.RECIPES["quick"], updates=None, epochs=0)
    net = systems.train(data, recipe, 0)
    errors = scores.steps(net, data)
    assert list(errors) == list(data.times)
    for values in errors.values():  # untrained, it is the identity at every block
        assert len(values) == 5
        assert values == pytest.approx([values[0]] * 5)


def test_viewpoints_agree_where_they_rank_alike():
    def of(llr: float, srmr: float) -> dict:
        return {"LLR": torch.tensor([float(llr)]), "SRMR": torch.tensor([float(srmr)])}

    worse = {DRY: of(9, 9), "room": of(0.3, 1), "hall": of(0.5, 0.5)}
    better = {DRY: of(9, 9), "room": of(0.1, 3), "hall": of(0.2, 2)}
    assert scores.agreement({"a": worse, "b": better}) == pytest.approx((1, 1))
    odd = {DRY: of(9, 9), "room": of(0.05, 0.1), "hall": of(0.45, 0.6)}
    assert scores.agreement({"a": worse, "b": odd})[0] == pytest.approx(0)


def test_systems_in_any_order_agree_only_where_rooms_are_pooled():
    rng = np.random.default_rng(0)
    found: dict = {name: {} for name in "abcdefg"}
    for place in range(200):  # each kind worse than the one before, by both
        llr, srmr = (place + rng.permutation(7) / 7 for _ in range(2))
        for name, one, other in zip(found, llr, srmr, strict=True):
            measures = {"LLR": torch.tensor([one]), "SRMR": torch.tensor([-other])}
            found[name][f"kind {place}"] = measures
    within, pooled = scores.agreement(found)
    assert abs(within) < 0.1
    assert pooled > 0.95


def test_the_phase_as_heard_is_a_limit_below_the_damage(data, heard):
    damage = min(float(heard[kind]["LLR"].mean()) for kind in data.judged)
    assert 0 < scores.phase_limit(data) < damage


def test_identities_hold(data):
    assert scores.identity_deviation(data, 0) < 1e-6
    assert scores.equations_deviation(40, 4, 0) < 1e-8


def test_the_benchmark_has_its_columns(data):
    found = scores.measures(lambda clips: clips, data)
    assert list(found) == ["recovered", "CD", "SRMR", "harm"]
    assert found["recovered"] == 0


def test_a_filter_of_other_taps_is_told_from_the_solution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def shorter(
        y: torch.Tensor, taps: int, delay: int, iterations: int
    ) -> torch.Tensor:
        return wpe(y, taps=taps - 1, delay=delay, iterations=iterations)

    monkeypatch.setattr(scores, "wpe", shorter)
    assert scores.equations_deviation(40, 4, 0) > 1e-3
