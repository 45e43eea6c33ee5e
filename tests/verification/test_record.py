"""Means over the recorded seeds."""

import math

import pytest

from support.records import Record, Records
from support.verification.record import recorded_means


def records(*rows):
    return Records(
        [
            Record(
                profile="quick",
                dataset="embedded",
                method="",
                seed=seed,
                claims={},
                scores=scores,
            )
            for seed, scores in enumerate(rows)
        ]
    )


def test_means_are_by_corpus_and_in_the_order_asked_for():
    corpora = {
        "digits": records({"a": {"IC": 0.5, "TW": 0.6}}),
        "none": Records(),
        "embedded": records(
            {"a": {"IC": 0.1, "TW": 0.2}, "b": {"IC": 0.3, "TW": 0.4}},
            {"a": {"IC": 0.2, "TW": 0.2}},
        ),
    }
    found = recorded_means(corpora, ["b", "a", "c"], ["IC", "TW"])
    assert list(found.index) == ["b", "a", "c"]
    assert list(found.columns) == [
        "IC, digits",
        "TW, digits",
        "IC, embedded",
        "TW, embedded",
    ]
    assert found.loc["a"].tolist() == pytest.approx([50, 60, 15, 20])
    assert math.isnan(found.loc["b", "IC, digits"])
    assert found.loc["b", "IC, embedded"] == pytest.approx(30)
    assert found.loc["c"].isna().all()


def test_without_a_record_there_are_no_columns():
    assert recorded_means({"embedded": Records()}, ["a"]).shape == (1, 0)
