"""Verdicts: a word and a shape."""

import re

import pytest

from support.verdicts import VERDICTS, badge


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_is_a_word_and_a_shape(verdict):
    text = badge(verdict)
    assert re.sub(r"<[^>]+>", "", text).split(maxsplit=1) == [
        VERDICTS[verdict],
        verdict,
    ]
    assert len(set(VERDICTS.values())) == len(VERDICTS)
