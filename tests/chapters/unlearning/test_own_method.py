"""The example of a reader's own method does what the chapter asks of one."""

from chapters.unlearning.own_method import solved
from chapters.unlearning.scores import measures
from chapters.unlearning.systems import own


def test_it_forgets_and_keeps(posed):
    row = measures(own(solved)(posed, None, 0), posed)
    assert row["A_f"] < 0.2
    assert row["A_r"] > 0.98
