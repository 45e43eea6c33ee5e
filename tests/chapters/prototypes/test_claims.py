"""Every claim that is measured has its statistic, from the row that it names."""

import pytest
import yaml

from chapters.prototypes import claims
from chapters.prototypes.scores import Explained
from chapters.prototypes.systems import FACTORS, SEPARATION


def separated(shift=0.0):
    return {
        name: {
            "accuracy": 0.9 - 0.01 * place + shift,
            "nearest prototype": 0.5,
            "Fisher ratio": 2.0 + place,
        }
        for place, name in enumerate(SEPARATION)
    }


def blocked():
    return {
        name: {"gap": 0.1 * place, "accuracy": 0.7 + 0.01 * place}
        for place, name in enumerate(FACTORS)
    }


def test_ratios_and_differences_have_the_right_rivals():
    tables = {"all labels": separated(), "5 a class": separated(0.1)}
    found = claims.separation(tables)
    place = {name: k for k, name in enumerate(SEPARATION)}
    own = place["prototypes"]
    assert found["1a"] == pytest.approx((2 + own) / 2)
    for claim, rival in (("2c", "pull to origin"), ("1c", "trained centres")):
        assert found[claim] == pytest.approx(0.01 * (place[rival] - own))
    del tables["all labels"]["trained centres"]
    assert claims.separation(tables)["1c"] is None


def test_rivals_of_the_explanation_are_the_best_of_their_kind():
    moved = {name: Explained(0.4, 0.3) for name in FACTORS}
    moved["factor prototypes"] = Explained(0.8, 0.9)
    moved["heads on blocks, by accuracy"] = Explained(0.7, 0.4)
    moved["heads and pull to origin"] = Explained(0.5, 0.6)
    found = claims.factors(blocked(), moved)
    assert found["4d"] == pytest.approx(0.1)
    assert found["4e"] == pytest.approx(0.3)
    assert found["4f"] == pytest.approx(0.4)
    assert "4a" not in claims.factors(blocked(), {})


def test_every_measured_claim_has_a_statistic(request):
    path = request.config.rootpath / "chapters" / "prototypes" / "claims.yml"
    measured = {
        entry["id"].rpartition(".")[2]
        for entry in yaml.safe_load(path.read_text())
        if "statistic" in entry
    }
    moved = {name: Explained(0.4, 0.3) for name in FACTORS}
    made = claims.separation({"all labels": separated(), "5 a class": separated()})
    made |= claims.factors(blocked(), moved)
    assert measured - set(made) == {"5a", "5b", "7a", "7b"}
    assert set(made) <= measured
