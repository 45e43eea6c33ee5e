"""Claims: reading, judging, recording."""

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from support.claims import Claim, Judgement, judge, judge_all, load_claims, tally
from support.records import Record, Records

BASE = {"id": "x.1", "statement": "A beats B.", "where": "Table 1", "paper": "3 %"}
SPREAD = np.linspace(-0.01, 0.01, 10)


def claim(**changes) -> Claim:
    return Claim(**{**BASE, "statistic": "A minus B", **changes})


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
    entry = claim(direction=direction, no_effect=null, margin=margin)
    result = judge(entry, list(centre + SPREAD))
    assert result.verdict == verdict
    assert result.low < result.mean < result.high
    assert result.seeds == 10


def test_exact_values_are_judged_without_width():
    result = judge(claim(direction="within", margin=0.0), [0.0] * 10)
    assert result.verdict == "reproduced"
    assert judge(claim(margin=0.0), [0.0] * 10).verdict == "inconclusive"


@given(st.floats(-1, 1), st.floats(0, 0.5))
def test_less_is_the_mirror_of_greater(centre, margin):
    values = list(centre + SPREAD)
    up = judge(claim(margin=margin), values).verdict
    mirrored = claim(direction="less", margin=-margin)
    assert judge(mirrored, [-v for v in reversed(values)]).verdict == up


def test_few_seeds_give_no_verdict():
    assert judge(claim(), [1.0] * 9).verdict == "too few seeds"
    assert judge(claim(), [1.0] * 9, minimum=5).verdict == "reproduced"
    alone = judge(claim(), [1.0])
    assert (alone.verdict, alone.ours) == ("too few seeds", "1.000")
    nothing = judge(claim(), [])
    assert (nothing.verdict, nothing.ours) == ("no record yet", "–")
    closed = Claim(**BASE, not_testable="closed data")
    assert judge(closed, [1.0] * 20).verdict == "not testable here"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"statistic": ""}, "statistic"),
        ({"direction": "up"}, "greater, less or within"),
        ({"margin": -0.1}, "at least no_effect"),
        ({"direction": "less", "margin": 0.1}, "at most no_effect"),
        ({"direction": "within", "margin": -1}, "at least 0"),
        ({"margin": "0.1"}, "a number"),
        ({"tolerance": -1}, "tolerance"),
        ({"paper": 3}, "a text"),
        ({"kind": "lemma"}, "kind is 'lemma'; give paper, theorem or ours"),
        ({"kind": "theorem"}, "within: a theorem bounds a deviation"),
        ({"kind": "ours", "not_testable": "closed"}, "only a paper's claim"),
    ],
)
def test_a_bad_claim_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)


def test_a_claims_file_is_read_and_refused_by_name(tmp_path):
    path = tmp_path / "claims.yml"
    good = [{**BASE, "statistic": "s", "margin": 0.1}]
    path.write_text(yaml.safe_dump(good))
    assert load_claims(path)[0].wanted == "> 0.1"
    for content, message in [
        ([*good, *good], "twice"),
        ([{**good[0], "marjin": 1}], "marjin"),
        ([{"id": "x.1"}], "lacks"),
        (["x.1"], "entry 1"),
        ({}, "a list"),
    ]:
        path.write_text(yaml.safe_dump(content))
        with pytest.raises(ValueError, match=message):
            load_claims(path)
    path.write_text("[")
    with pytest.raises(ValueError, match="cannot be read"):
        load_claims(path)
    with pytest.raises(ValueError, match="cannot be read"):
        load_claims(tmp_path / "none.yml")


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
    entry = claim(kind="ours", direction=direction, margin=margin)
    assert judge(entry, list(centre + SPREAD)).verdict == verdict


def test_a_theorem_is_held_to_its_largest_deviation():
    entry = claim(kind="theorem", direction="within", margin=1e-6)
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
            *(run(seed, "full") for seed in range(5)),
            run(11, method="mine:f", **{"x.1": -9.0}),
            run(12, **{"x.2": 3.0}),
        ]
    )
    claims = [claim(), claim(id="x.2"), claim(id="x.3")]
    first, second, third = judge_all(claims, records)
    assert (first.verdict, first.seeds) == ("reproduced", 10)
    assert first.mean == pytest.approx(1.45)
    assert (second.verdict, second.seeds) == ("too few seeds", 1)
    assert third.verdict == "no record yet"
    assert judge_all(claims, records, ("full", "embedded"))[0].verdict == "reproduced"
    assert judge_all(claims, records, ("full", "x"))[0].verdict == "no record yet"


def test_kinds_are_counted_apart_in_their_order():
    def judged(name, kind, verdict):
        direction = "within" if kind == "theorem" else "greater"
        entry = claim(id=name, kind=kind, direction=direction)
        return Judgement(entry, verdict, 10)

    found = [
        judged("x.1", "ours", "found"),
        judged("x.2", "theorem", "holds"),
        judged("x.3", "paper", "contradicted"),
        judged("x.3", "paper", "reproduced"),
        judged("x.4", "paper", "reproduced"),
        judged("x.5", "ours", "undecided"),
    ]
    assert tally(found) == [
        "2 claims of the papers, in 3 judgements: 2 reproduced, 1 contradicted",
        "1 theorem or identity: 1 holds",
        "2 questions of our own: 1 found, 1 undecided",
    ]
    assert tally([]) == []


def test_small_values_keep_their_size():
    assert claim().shown(3e-9) == "3e-09"
    assert claim().shown(0.0) == "0.000"
    assert claim(digits=1).shown(0.26) == "0.3"
