"""The ledger of one run: what it shows, records and refuses."""

import json

import numpy as np
import pytest

from support.claims import RECORD_MIME, Claim
from support.ledger import Ledger
from support.verdicts import badge

BASE = {"id": "x.1", "statement": "A beats B.", "where": "Table 1", "paper": "3 %"}


def claim(**changes) -> Claim:
    return Claim(**{**BASE, "statistic": "A minus B", **changes})


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
    closed = Claim(**{**BASE, "id": "x.2"}, not_testable="closed <data>")
    path = tmp_path / "results.json"
    ledger = Ledger([claim(), closed], lambda: {"seed": 3}, path)
    with pytest.raises(ValueError, match=r"not measured in this run: \['x.1'\]"):
        ledger.show()
    assert ledger.measure("x.1", np.float32(0.25)) == 0.25
    ledger.score("ours", accuracy=0.5)
    ledger.score("ours", error=1)
    ledger.show()
    bundle = shown.pop()
    assert bundle[RECORD_MIME] == {
        "schema": 1,
        "seed": 3,
        "claims": {"x.1": 0.25},
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
    assert f"<td>{badge('reproduced')}</td>" in bundle["text/html"]
    assert "reproduced\n" in bundle["text/plain"]
    assert [item.claim.id for item in ledger.over_seeds(only=["2"])] == ["x.2"]
    assert "x.1" not in shown.pop()["text/html"]
    with pytest.raises(ValueError, match=r"only: got \['9'\]"):
        ledger.over_seeds(only=["9"])


def test_a_long_id_may_break_on_a_page(shown):
    entry = claim(id="two_words.1")
    ledger = Ledger([entry], dict)
    ledger.measure("two_words.1", 1)
    ledger.show()
    bundle = shown.pop()
    assert '<th scope="row">two_<wbr>words.1</th>' in bundle["text/html"]
    assert "two_words.1" in bundle["text/plain"]


def test_the_ledger_refuses_what_it_cannot_record(tmp_path):
    closed = Claim(**{**BASE, "id": "x.2"}, not_testable="closed data")
    ledger = Ledger([claim(), closed], dict, tmp_path / "results.json")
    for name in ("x.2", "x.9"):
        with pytest.raises(ValueError, match=r"claims.yml has \['x.1'\]"):
            ledger.measure(name, 1.0)
    for value in (float("nan"), "high", None):
        with pytest.raises(ValueError, match=r"x\.1: got"):
            ledger.measure("x.1", value)
