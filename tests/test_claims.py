"""Claims: what an entry must say, and what is refused."""

import datetime

import pytest
import yaml

from support.claims import Claim, load_claims
from tests.claims import MEASURE, PAPER, a_claim, untested


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"statistic": ""}, "statistic"),
        ({"direction": "up"}, "greater, less or within"),
        ({"margin": -0.1}, "more than no_effect"),
        ({"direction": "less", "margin": 0.1}, "less than no_effect"),
        ({"direction": "within", "margin": -1}, "at least 0"),
        ({"margin": "0.1"}, "a number"),
        ({"tolerance": -1}, "tolerance"),
        ({"margin": 0.0}, "more than no_effect"),
        ({"statement": 3}, "a text"),
        ({"paper": ""}, "none found"),
        ({"origin": "hearsay"}, "origin is 'hearsay'; give one of printed"),
        ({"origin": "none"}, "only"),
        ({"paper": "none found"}, "origin is 'printed'"),
        ({"paper_value": "3"}, "a number"),
        ({"margin_from": ""}, "margin_from"),
        ({"reads": []}, "data sets"),
        ({"bears": "for"}, "to a question of ours only"),
        ({"kind": "ours", "bears": None}, "for, against or neither"),
        ({"pilot": {"seeds": 3}}, "pilot"),
        ({"amended": [{"what": "a word"}]}, "date, what"),
        ({"amended": [{"date": "May", "what": "a word"}]}, "year-month-day"),
        ({"same_as": "y.1"}, "not measured here"),
        ({"not_testable": "closed"}, "not measured here"),
        ({"kind": "lemma"}, "kind is 'lemma'; give paper, theorem or ours"),
        (
            {"kind": "theorem", "direction": "greater"},
            "within: a theorem bounds a deviation",
        ),
        ({"kind": "ours", "not_testable": "closed"}, "only a paper's claim"),
    ],
)
def test_a_bad_claim_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        a_claim(**changes)


def test_a_claims_file_is_read_and_refused_by_name(tmp_path):
    path = tmp_path / "claims.yml"
    good = [{**PAPER, **MEASURE}]
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


def test_terms_are_what_decides_and_not_the_words():
    now = a_claim()
    same = a_claim(statement="B loses.", margin_from="another reason", digits=1)
    assert now.terms == same.terms
    for change in ({"margin": 0.2}, {"statistic": "B minus A"}, {"reads": ["zoo"]}):
        assert a_claim(**change).terms != now.terms


def test_what_is_not_measured_wants_nothing():
    elsewhere = Claim(**PAPER, same_as="y.1")
    assert not elsewhere.measured
    assert (elsewhere.wanted, untested().wanted) == ("–", "–")
    assert a_claim(unit="nats").wanted == "> 0.1 nats"


def test_a_change_of_wording_is_dated(tmp_path):
    path = tmp_path / "claims.yml"
    path.write_text(
        yaml.safe_dump([{**PAPER, **MEASURE}]).rstrip()
        + "\n  amended: [{date: 2026-01-02, what: a word}]\n"
    )
    (found,) = load_claims(path)
    assert found.amended[0]["date"] == datetime.date(2026, 1, 2)
