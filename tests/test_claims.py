"""Claims: reading, judging, recording."""

import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from support.claims import (
    Claim,
    judge,
    load_claims,
    load_results,
    select,
)

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
    assert judge(claim(), []).ours == "–"
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


def record(seed: int, **changes) -> dict:
    setting = {"profile": "quick", "dataset": "embedded", "method": ""}
    return {**setting, "seed": seed, "claims": {"x.1": seed / 10}, **changes}


def test_records_are_selected_by_setting(tmp_path):
    path = tmp_path / "results.json"
    assert load_results(path) == []
    records = [record(2), record(1), record(3, profile="full"), record(4, claims={})]
    path.write_text(json.dumps({"schema": 1, "records": records}))
    assert select(load_results(path), "x.1") == [0.1, 0.2]
    for damaged in ("{", '{"schema": 2, "records": []}', "[]", '{"schema": 1}'):
        path.write_text(damaged)
        with pytest.raises(ValueError, match="record the seeds again"):
            load_results(path)


def test_small_values_keep_their_size():
    assert claim().shown(3e-9) == "3e-09"
    assert claim().shown(0.0) == "0.000"
    assert claim(digits=1).shown(0.26) == "0.3"
