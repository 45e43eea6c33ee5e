"""Verdicts: words by kind of claim, shapes, and counts that never add kinds up."""

import re

import pytest

from support.verdicts import KINDS, VERDICTS, badge, tally


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_a_word_and_a_shape(verdict):
    text = badge(verdict)
    assert re.sub(r"<[^>]+>", "", text).split(maxsplit=1) == [
        VERDICTS[verdict],
        verdict,
    ]
    assert len(set(VERDICTS.values())) == len(VERDICTS)


def test_kinds_are_counted_apart_in_their_order():
    outcomes = [("ours", "found"), ("theorem", "holds"), ("ours", "undecided")]
    outcomes += [("paper", "contradicted"), ("paper", "reproduced"), ("ours", "found")]
    lines = tally(outcomes)
    assert lines == [
        "2 claims of the papers: 1 reproduced, 1 contradicted",
        "1 theorem or identity: 1 holds",
        "3 questions of our own: 2 found, 1 undecided",
    ]
    assert len(lines) == len(KINDS)
    assert tally([]) == []
