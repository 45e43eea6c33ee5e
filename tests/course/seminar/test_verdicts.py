"""The slide on the claims: the paper's alone are counted, the doubtful discussed."""

import re

from support.course.seminar.deck import verdict_slide
from support.judgements import Judgement
from tests.claims import a_claim, untested


def test_the_paper_is_counted_apart_and_doubts_are_named_once() -> None:
    doubt = a_claim(id="x.2", statement="B loses < C.")
    found = [
        Judgement(a_claim(id="x.1"), "reproduced", 20, dataset="embedded"),
        Judgement(doubt, "inconclusive", 20, dataset="embedded"),
        Judgement(doubt, "contradicted", 10, dataset="zoo"),
        Judgement(untested(id="x.3"), "not testable here", 0, dataset="embedded"),
        Judgement(untested(id="x.3"), "not testable here", 0, dataset="zoo"),
        Judgement(a_claim(id="x.4", kind="ours"), "not found", 10, dataset="zoo"),
    ]
    slide = verdict_slide(found)
    words = re.sub(r"<[^>]+>", " ", slide.body)
    assert (
        "3 claims of the papers: on embedded data 1 reproduced, 1 inconclusive; on "
        "real data 1 contradicted; 1 not testable here."
    ) in words
    ours = "<p>1 question of our own: on real data 1 not found.</p>"
    assert ours in slide.notes
    assert "question of our own" not in slide.body
    assert "2: B loses &lt; C. <strong>contradicted</strong> on zoo data" in slide.body
    assert slide.body.count("B loses") == slide.notes.count("B loses") == 1
    assert slide.body.count("<strong>not testable here</strong></li>") == 1
