"""Quantities of the record in a sentence."""

import math

import pytest

from support.quotes import Quote, quote


def test_a_sentence_names_mean_interval_counts_and_single_seeds():
    gain = Quote([0.1, math.nan, 0.2, 0.3, -0.2], ".3f")
    low, high = gain.low, gain.high
    said = quote(
        "{gain} {gain:.1%} {gain.interval} {gain.interval:.0%} {gain.low:.2f} "
        "{gain.high:.2f} {gain.n} {gain.above} {gain.below} {gain.least} {gain.most}",
        {"gain": gain},
    )
    assert said == (
        f"0.100 10.0% [{low:.3f}, {high:.3f}] [{low:.0%}, {high:.0%}] {low:.2f} "
        f"{high:.2f} 4 3 1 -0.2 0.3"
    )
    assert low < 0.1 < high


@pytest.mark.parametrize(("other", "n"), [([1, 2], "2"), ([1, 2, 3], "2 to 3")])
def test_the_number_of_seeds_is_all_quantities_own(other, n):
    assert quote("{n}", {"a": Quote([1, 2]), "b": Quote(other)}) == n
