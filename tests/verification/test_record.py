"""Means over the recorded seeds."""

import math

import pytest

from support.verification.record import recorded_means


def record(seed, dataset, **scores):
    return {
        "seed": seed,
        "profile": "quick",
        "dataset": dataset,
        "method": "",
        "scores": scores,
    }


def test_means_are_by_corpus_and_in_the_order_asked_for():
    records = [
        record(0, "embedded", a={"IC": 0.1, "TW": 0.2}, b={"IC": 0.3, "TW": 0.4}),
        record(1, "embedded", a={"IC": 0.2, "TW": 0.2}, b={"IC": 0.3, "TW": 0.4}),
        record(0, "digits", a={"IC": 0.5, "TW": 0.6}),
        record(0, "embedded", a={"IC": 0.9, "TW": 0.9}) | {"method": "mine"},
        record(0, "embedded", a={"IC": 0.9, "TW": 0.9}) | {"profile": "full"},
    ]
    found = recorded_means(records, ["b", "a", "c"], ["IC", "TW"])
    assert list(found.index) == ["b", "a", "c"]
    assert list(found.columns) == [
        "IC, digits",
        "TW, digits",
        "IC, embedded",
        "TW, embedded",
    ]
    assert found.loc["a"].tolist() == pytest.approx([50, 60, 15, 20])
    assert math.isnan(found.loc["b", "IC, digits"])
    assert found.loc["c"].isna().all()


def test_without_a_record_there_are_no_columns():
    assert recorded_means([], ["a"]).shape == (1, 0)
