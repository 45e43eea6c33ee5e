"""The slide of verdicts: short on the screen, whole in the speaker's notes."""

from support.course.seminar.deck import verdict_slide
from support.judgements import Judgement
from support.verdicts import Verdict
from tests.claims import a_claim


def _judged(number: int, verdict: Verdict, statement: str) -> Judgement:
    claim = a_claim(id=f"x.{number}", statement=statement)
    return Judgement(claim, verdict, 10, dataset="embedded")


def test_a_long_statement_is_short_on_the_slide_and_whole_in_the_notes() -> None:
    long = "A beats B < C " * 20 + "at the end."
    slide = verdict_slide([_judged(1, "contradicted", long)])
    assert "at the end" not in slide.body
    assert "… <strong>contradicted</strong>" in slide.body
    assert "at the end. <strong>contradicted</strong>" in slide.notes
    assert "B &lt; C" in slide.body
    assert "B < C" not in slide.body + slide.notes


def test_the_worst_two_are_shown_and_all_are_in_the_notes() -> None:
    found = [
        _judged(1, "direction only", "One."),
        _judged(2, "reproduced", "Two."),
        _judged(3, "contradicted", "Three."),
        _judged(4, "inconclusive", "Four."),
    ]
    slide = verdict_slide(found)
    assert slide.body.index("3: Three.") < slide.body.index("4: Four.")
    assert "1: One." not in slide.body
    assert "1: One." in slide.notes
    assert "Two." not in slide.body + slide.notes
    assert "Open to discussion" not in verdict_slide(found[1:2]).notes
