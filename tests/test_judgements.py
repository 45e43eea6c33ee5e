"""Judging claims over seeds: verdicts, correction, remarks, counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.judgements import Judgement, judge, judge_all, tally
from support.records import Record, Records
from tests.claims import a_claim, untested

SPREAD = np.linspace(-0.01, 0.01, 10)


@pytest.mark.parametrize(
    ("direction", "null", "margin", "centre", "verdict"),
    [
        ("greater", 0.0, 0.1, 0.2, "reproduced"),
        ("greater", 0.0, 0.1, 0.05, "direction only"),
        ("greater", 0.0, 0.1, 0.1, "direction only"),
        ("greater", 0.0, 0.1, 0.0, "inconclusive"),
        ("greater", 0.0, 0.1, -0.2, "contradicted"),
        ("less", 0.0, -0.1, -0.2, "reproduced"),
        ("less", 0.0, -0.1, -0.05, "direction only"),
        ("less", 0.0, -0.1, 0.0, "inconclusive"),
        ("less", 0.0, -0.1, 0.2, "contradicted"),
        ("less", 0.12, 0.02, 0.005, "reproduced"),
        ("within", 0.0, 0.03, 0.0, "reproduced"),
        ("within", 0.0, 0.03, 0.03, "inconclusive"),
        ("within", 0.0, 0.03, 0.2, "contradicted"),
        ("within", 0.0, 0.03, -0.2, "contradicted"),
    ],
)
def test_each_verdict(direction, null, margin, centre, verdict):
    entry = a_claim(direction=direction, no_effect=null, margin=margin)
    result = judge(entry, list(centre + SPREAD))
    assert result.verdict == verdict
    assert result.low < result.mean < result.high
    assert result.seeds == 10


def test_exact_values_are_judged_without_width():
    result = judge(a_claim(direction="within", margin=0.0), [0.0] * 10)
    assert result.verdict == "reproduced"
    assert (
        judge(a_claim(margin=0.0, no_effect=-0.1), [0.0] * 10).verdict
        == "direction only"
    )


@given(st.floats(-1, 1), st.floats(0.01, 0.5))
def test_less_is_the_mirror_of_greater(centre, margin):
    values = list(centre + SPREAD)
    up = judge(a_claim(margin=margin), values).verdict
    mirrored = a_claim(direction="less", margin=-margin)
    assert judge(mirrored, [-v for v in reversed(values)]).verdict == up


def test_few_seeds_give_no_verdict():
    assert judge(a_claim(), [1.0] * 9).verdict == "too few seeds"
    alone = judge(a_claim(), [1.0])
    assert (alone.verdict, alone.ours) == ("too few seeds", "1.000")
    nothing = judge(a_claim(), [])
    assert (nothing.verdict, nothing.ours) == ("no record yet", "–")
    closed = untested()
    assert judge(closed, [1.0] * 20).verdict == "not testable here"


@pytest.mark.parametrize(
    ("direction", "margin", "centre", "verdict"),
    [
        ("greater", 0.1, 0.2, "found"),
        ("greater", 0.1, 0.1, "undecided"),
        ("greater", 0.1, 0.05, "not found"),
        ("less", -0.1, -0.2, "found"),
        ("less", -0.1, -0.05, "not found"),
        ("within", 0.03, 0.0, "found"),
        ("within", 0.03, 0.03, "undecided"),
        ("within", 0.03, 0.2, "not found"),
    ],
)
def test_a_question_of_ours_is_held_to_its_margin(direction, margin, centre, verdict):
    entry = a_claim(kind="ours", direction=direction, margin=margin)
    assert judge(entry, list(centre + SPREAD)).verdict == verdict


def test_a_theorem_is_held_to_its_largest_deviation():
    entry = a_claim(kind="theorem", direction="within", margin=1e-6)
    held = judge(entry, [0.0] * 9 + [-1e-7])
    assert (held.verdict, held.ours) == ("holds", "at most 1e-07")
    assert np.isnan([held.low, held.high]).all()
    assert judge(entry, [0.0] * 9 + [-2e-6]).verdict == "fails"
    assert judge(entry, [0.0] * 9).verdict == "too few seeds"


def test_all_claims_are_judged_over_the_records_of_one_setting():
    def run(seed, profile="quick", method="", **claims):
        return Record(
            profile=profile,
            dataset="embedded",
            method=method,
            seed=seed,
            claims=claims or {"x.1": 1.0 + seed / 10},
        )

    records = Records(
        [
            *(run(seed) for seed in range(10)),
            *(run(seed, "full") for seed in range(10)),
            run(11, method="mine:f", **{"x.1": -9.0}),
            run(12, **{"x.2": 3.0}),
        ]
    )
    claims = [a_claim(), a_claim(id="x.2"), a_claim(id="x.3")]
    first, second, third = judge_all(claims, records)
    assert (first.verdict, first.seeds) == ("reproduced", 10)
    assert first.mean == pytest.approx(1.45)
    assert (second.verdict, second.seeds) == ("too few seeds", 1)
    assert third.verdict == "no record yet"
    assert judge_all(claims, records, ("full", "embedded"))[0].verdict == "reproduced"
    assert judge_all(claims, records, ("full", "x")) == []


def test_kinds_are_counted_apart_in_their_order():
    def judged(name, kind, verdict, dataset="embedded"):
        return Judgement(a_claim(id=name, kind=kind), verdict, 10, dataset=dataset)

    closed = Judgement(untested(id="x.9"), "not testable here", 0)
    found = [
        judged("x.1", "ours", "found"),
        judged("x.2", "theorem", "holds"),
        judged("x.7", "theorem", "holds"),
        judged("x.3", "paper", "contradicted"),
        judged("x.3", "paper", "reproduced", "fsdd"),
        judged("x.3", "paper", "inconclusive", "zoo"),
        judged("x.4", "paper", "reproduced"),
        judged("x.5", "ours", "undecided", "zoo"),
        closed,
        closed,
    ]
    assert tally(found) == [
        "3 claims of the papers: on embedded data 1 reproduced, 1 contradicted; on "
        "real data 1 reproduced, 1 inconclusive; 1 not testable here",
        "2 theorems and identities: on embedded data 2 hold",
        "2 questions of our own: on embedded data 1 found; on real data 1 undecided",
    ]
    assert tally([]) == []


def test_small_values_keep_their_size():
    assert a_claim().shown(3e-9) == "3e-09"
    assert a_claim().shown(0.0) == "0.000"
    assert a_claim(digits=1).shown(0.26) == "0.3"


def _records(values, terms=None, seeds=10):
    """Seeds whose claims are ``values``, each with the spread of ten."""
    return Records(
        [
            Record(
                profile="quick",
                dataset="embedded",
                method="",
                seed=seed,
                claims={name: row[seed] for name, row in values.items()},
                terms=terms or {},
            )
            for seed in range(seeds)
        ]
    )


def test_the_correction_holds_back_what_only_just_passes_alone():
    # one seed of ten short of the margin by far: p is about 0.01, times thirty
    just = np.r_[np.full(9, 0.2) + SPREAD[:9], -0.15]
    claims = [a_claim(id=f"x.{place}", margin=0.05) for place in range(30)]
    values = {claim.id: just for claim in claims}
    alone = judge_all(claims[:1], _records(values))[0]
    assert alone.verdict == "reproduced"
    assert alone.corrected == alone.p
    assert alone.remarks == []
    among = judge_all(claims, _records(values))[0]
    assert (among.p, among.among) == (alone.p, 30)
    assert among.corrected == pytest.approx(30 * alone.p)
    assert among.verdict == "direction only"
    assert among.held_back
    assert among.remarks == ["reproduced alone, not among the chapter's 30 claims"]
    # questions of ours are no part of the family
    asked = [a_claim(id=c.id, margin=0.05, kind="ours") for c in claims[1:]]
    assert judge_all([claims[0], *asked], _records(values))[0].corrected == alone.p


def test_a_within_claim_that_is_held_back_is_inconclusive():
    just = np.r_[np.full(9, 0.1), 0.33]
    claims = [
        a_claim(id=f"x.{place}", margin=0.2, direction="within") for place in range(30)
    ]
    values = {claim.id: just for claim in claims}
    assert judge_all(claims[:1], _records(values))[0].verdict == "reproduced"
    assert judge_all(claims, _records(values))[0].verdict == "inconclusive"


def test_ten_equal_values_pass_among_fifty_claims():
    claims = [a_claim(id=f"x.{place}") for place in range(51)]
    values = {claim.id: np.full(10, 0.5) for claim in claims}
    found = judge_all(claims, _records(values))
    assert {item.verdict for item in found} == {"reproduced"}
    assert found[0].corrected == pytest.approx(51 / 1024)
    assert found[0].remarks == ["the same value on every seed"]


def test_few_different_values_are_told_whatever_their_scale():
    for scale in (1e-9, 1.0, 1e9):
        heaps = scale * np.r_[np.full(4, 0.3), np.full(6, 0.4)]
        heaps[0] *= 1 + 1e-12  # rounding is no other value
        item = judge(a_claim(margin=0.1 * scale), list(heaps))
        assert item.remarks == ["only 2 different values"]


def test_a_value_measured_under_other_terms_is_not_judged():
    now = a_claim()
    values = {"x.1": 0.5 + SPREAD}
    assert judge_all([now], _records(values, {"x.1": now.terms}))[0].seeds == 10
    before = a_claim(margin=0.2).terms
    assert judge_all([now], _records(values, {"x.1": before}))[0].seeds == 0


def test_a_claim_is_judged_only_where_it_reads():
    elsewhere = a_claim(id="x.2", reads=["fsdd"])
    other = a_claim(id="x.3", **dict.fromkeys(("statistic", "margin_from"), ""),
                    reads=[], same_as="y.1")  # fmt: skip
    found = judge_all([a_claim(), elsewhere, other, untested(id="x.4")], Records())
    assert [item.claim.id for item in found] == ["x.1", "x.4"]
    assert {item.dataset for item in found} == {"embedded"}
