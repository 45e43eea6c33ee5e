"""The record: read once, checked, and asked by setting, claim and score."""

import json
import math

import pytest

from support.records import Record, Records, Setting


def row(seed: int, **changes) -> dict:
    setting = {"profile": "quick", "dataset": "embedded", "method": ""}
    return {**setting, "seed": seed, "claims": {"x.1": seed / 10}, **changes}


def records(*rows: dict) -> Records:
    return Records([Record.of(one) for one in rows])


def test_a_setting_holds_the_book_s_own_runs_in_the_order_of_their_seeds():
    found = records(
        row(2, scores={"A": {"error": 0.5}}),
        row(1, claims={}),
        row(7, method="mine:f"),
        row(3, dataset="digits"),
        row(4, profile="full"),
    )
    own = found.of(Setting("quick", "embedded"))
    assert own.seeds == [1, 2]
    assert own.values("x.1").tolist() == pytest.approx([math.nan, 0.2], nan_ok=True)
    assert own.scores("A", "error").tolist() == pytest.approx(
        [math.nan, 0.5], nan_ok=True
    )
    assert found.of(("quick", "embedded"), "mine:f").seeds == [7]
    assert found.settings == [
        ("quick", "embedded"),
        ("quick", "digits"),
        ("full", "embedded"),
    ]
    assert found.methods == ["", "mine:f"]
    assert found.of(("full", "digits")).values("x.1").shape == (0,)


def test_new_records_take_the_place_of_those_of_the_same_identity():
    old = records(row(2), row(1))
    new = old.merged(records(row(2, claims={"x.1": 9}), row(0)))
    assert new.seeds == [0, 1, 2]
    assert new.values("x.1").tolist() == [0.0, 0.1, 9.0]


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "results.json"
    assert len(Records.read(path)) == 0
    path.write_text("\n")
    assert len(Records.read(path)) == 0
    found = records(row(1), row(2, method="mine:f", failures={"mine:f": "no"}))
    path.write_text(found.text("x"), "utf-8")
    assert Records.read(path) == found
    assert json.loads(path.read_text())["chapter"] == "x"


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        ("{", "Expecting"),
        ("[]", "indices"),
        ('{"schema": 1}', "records"),
        ('{"schema": 2, "records": []}', "schema 2, not 1"),
        ([3], "is 3, not a mapping"),
        ([{"seed": 1}], r"lacks \['profile', 'dataset', 'method', 'claims'\]"),
        ([row(1, colour="red")], r"unknown \['colour'\]"),
        ([row(1) | {"seed": "1"}], "seed: got '1'"),
        ([row(1, profile="fast")], "profile: got 'fast'"),
        ([row(1, dataset=None)], "dataset: got None"),
        ([row(1, claims={"x.1": "high"})], "claims: got"),
        ([row(1, claims={"x.1": math.nan})], "claims: got"),
        ([row(1, scores={"A": 0.5})], "scores: got"),
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path, damaged, message):
    path = tmp_path / "results.json"
    if not isinstance(damaged, str):
        damaged = json.dumps({"schema": 1, "records": damaged})
    path.write_text(damaged)
    with pytest.raises(ValueError, match=message) as caught:
        Records.read(path)
    assert "results.json" in str(caught.value)
    assert "record the seeds again" in str(caught.value)
