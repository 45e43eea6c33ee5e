"""The record over seeds, and what it says where there is none."""

from pathlib import Path

import matplotlib.pyplot as plt

from chapters.similarity.figures import ASKED, forests
from support.claims import load_claims
from support.judgements import Judgement

PATH = Path(__file__).parents[3] / "chapters/similarity/claims.yml"
CLAIMS = {claim.id: claim for claim in load_claims(PATH)}


def test_every_claim_has_its_row_and_an_empty_record_says_so():
    item = CLAIMS["similarity.1a"]
    one = Judgement(item, "reproduced", 10, 0.4, 0.3, 0.5, dataset="embedded")
    alone = Judgement(item, "too few seeds", 1, 0.4, dataset="eurosat32")
    ratio, loss = forests([one, alone])
    assert "10 and 2, embedded: 0.4, interval" in ratio.alt
    assert "eurosat32" not in ratio.alt
    assert "No seed is recorded yet" in loss.alt
    plt.close("all")


def test_the_claims_exist():
    asked = {number for names in ASKED.values() for number in names}
    assert {f"similarity.{number}" for number in asked} <= set(CLAIMS)
