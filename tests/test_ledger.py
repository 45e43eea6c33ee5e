"""The ledger of one run: what it shows, records and refuses."""

import json

import numpy as np
import pytest

from support.claims import RECORD_MIME
from support.ledger import Ledger
from support.verdicts import badge
from tests.claims import a_claim, untested

RUN = {"dataset": "embedded", "seed": 3}


def record(seed: int) -> dict:
    setting = {"profile": "quick", "dataset": "embedded", "method": ""}
    return {**setting, "seed": seed, "claims": {"x.1": seed / 10}}


@pytest.fixture
def shown(monkeypatch):
    bundles: list[dict] = []
    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, raw: bundles.append(bundle)
    )
    return bundles


def test_the_ledger_shows_and_records(tmp_path, shown):
    closed = untested(id="x.2", not_testable="closed <data>")
    path = tmp_path / "results.json"
    ledger = Ledger([a_claim(), closed], lambda: RUN, path)
    with pytest.raises(ValueError, match=r"not measured in this run: \['x.1'\]"):
        ledger.show()
    assert ledger.measure("x.1", np.float32(0.25)) == 0.25
    ledger.score("ours", accuracy=0.5)
    ledger.score("ours", error=1)
    ledger.show()
    bundle = shown.pop()
    assert bundle[RECORD_MIME] == {
        "schema": 1,
        **RUN,
        "claims": {"x.1": 0.25},
        "terms": {"x.1": a_claim().terms},
        "scores": {"ours": {"accuracy": 0.5, "error": 1.0}},
    }
    json.dumps(bundle)
    assert "≈ 0.250" in bundle["text/plain"]
    assert "closed &lt;data&gt;" in bundle["text/html"]
    path.write_text(
        json.dumps({"schema": 1, "records": [record(s) for s in range(10)]})
    )
    judgements = ledger.over_seeds()
    assert [item.verdict for item in judgements] == ["reproduced", "not testable here"]
    bundle = shown.pop()
    assert RECORD_MIME not in bundle
    assert f"<td>{badge('reproduced')}<br>0.450 [" in bundle["text/html"]
    assert "reproduced; 0.450 [" in bundle["text/plain"]
    assert [item.claim.id for item in ledger.over_seeds(only=["2"])] == ["x.2"]
    assert "x.1" not in shown.pop()["text/html"]
    with pytest.raises(ValueError, match=r"only: got \['9'\]"):
        ledger.over_seeds(only=["9"])


def test_a_long_id_may_break_on_a_page(shown):
    entry = a_claim(id="two_words.1")
    ledger = Ledger([entry], lambda: RUN)
    ledger.measure("two_words.1", 1)
    ledger.show()
    bundle = shown.pop()
    assert '<th scope="row">two_<wbr>words.1</th>' in bundle["text/html"]
    assert "two_words.1" in bundle["text/plain"]


def test_the_ledger_refuses_what_it_cannot_record(tmp_path):
    closed = untested(id="x.2")
    ledger = Ledger([a_claim(), closed], lambda: RUN, tmp_path / "results.json")
    for name in ("x.2", "x.9"):
        with pytest.raises(ValueError, match=r"claims.yml has \['x.1'\]"):
            ledger.measure(name, 1.0)
    for value in (float("nan"), "high", None):
        with pytest.raises(ValueError, match=r"x\.1: got"):
            ledger.measure("x.1", value)


def test_a_run_measures_what_its_data_set_is_read_for(shown):
    here, there = a_claim(), a_claim(id="x.2", reads=["fsdd"])
    ledger = Ledger([here, there, untested(id="x.3")], lambda: RUN)
    assert ledger.wanted == ["x.1"]
    with pytest.raises(ValueError, match=r"claims: got \['9'\]"):
        ledger.measure_all({"1": 0.5, "9": 0.5})
    ledger.measure_all({"1": 0.5, "2": 0.7})
    assert ledger.values == {"x.1": 0.5}
    ledger.show()
    assert "measured on fsdd" in shown.pop()["text/plain"]


def test_a_statistic_over_nothing_is_not_measured(shown):
    ledger = Ledger([a_claim()], lambda: RUN)
    ledger.measure_all({"1": None})
    ledger.show()
    bundle = shown.pop()
    assert "nothing to measure it on in this run" in bundle["text/plain"]
    assert bundle[RECORD_MIME]["claims"] == {}


def test_kinds_stand_in_tables_of_their_own_with_a_column_a_data_set(tmp_path, shown):
    path = tmp_path / "results.json"
    rows = [
        record(seed) | {"dataset": data, "claims": {"x.1": seed / 10, "x.2": 0.0}}
        for seed in range(10)
        for data in ("embedded", "zoo")
    ]
    path.write_text(json.dumps({"schema": 1, "records": rows}))
    claims = [a_claim(reads=["embedded", "zoo"]), a_claim(id="x.2", kind="theorem")]
    found = Ledger(claims, lambda: RUN, path).over_seeds()
    assert [(item.claim.id, item.dataset) for item in found] == [
        ("x.1", "embedded"),
        ("x.2", "embedded"),
        ("x.1", "zoo"),
    ]
    papers, theorems = (bundle["text/html"] for bundle in shown)
    assert "Claims of the papers, over seeds" in papers
    assert "zoo data" in papers
    assert "x.2" not in papers
    assert badge("holds") in theorems
