"""The pictures show what they say, and the paper's numbers are the paper's."""

from types import SimpleNamespace

import pytest
import torch

from chapters.sparse_autoencoders import figures, scores, systems
from tests.chapters.sparse_autoencoders.small import SETTING, clips, states


def reading() -> scores.Reading:
    code = systems.untrained_sae(states().train, 8, 0, SETTING)
    return scores.read(code, states(), clips(), 0.1, 0.1)


def test_losses_of_the_paper_are_those_of_its_table():
    found = figures.paper_losses()
    at_95 = {layer: row["95 %"] for layer, row in found.items()}
    assert at_95["AST 6"] == pytest.approx(-1.8)
    assert at_95["MERT 7"] == pytest.approx(-7.7)
    assert sum(at_95.values()) / 8 == pytest.approx(-2.54, abs=0.01)
    assert "99 %" not in found["HuBERT 3"]


def test_families_are_ten_attributes_a_layer():
    for layer, row in figures.PAPER_FAMILIES.items():
        assert sum(row) == pytest.approx(10, abs=0.05), layer
        assert len(row) == len(figures.FAMILIES)


def test_pictures_have_words_and_do_not_fail():
    found, data = reading(), clips()
    code = scores.code_of(
        systems.untrained_sae(states().train, 8, 0, SETTING), states().test
    )
    drawn = [
        figures.pipeline(),
        figures.code_map(code, data.test.y, data.names),
        figures.stems({"one": found, "two": found}, 0),
        figures.one_unit(code, 0, data.test, 0, "pitch"),
        *figures.spectra(data.test, data.names, 1.0),
    ]
    assert all(len(each.alt) > 40 for each in drawn)


def test_rulers_count_the_same_units_in_three_ways():
    found, strict = reading(), reading()
    table = figures.rulers({"dense": found, "code": found}, {"code": strict}, "dense")
    assert list(table.index) == ["code"]
    assert table.loc["code", "as claimed"] == pytest.approx(found.effective)
    assert table.loc["code", "best of dense"] == pytest.approx(found.effective)
    other = found._replace(best=found.best.flip(0)[:2])
    table = figures.rulers({"dense": other, "code": found}, {"code": strict}, "dense")
    wanted = float(found.complete.effective[other.best].nanmean())
    assert table.loc["code", "best of dense"] == pytest.approx(wanted)


def test_the_record_is_drawn_where_there_is_one():
    def item(key, seeds):
        claim = SimpleNamespace(id=f"sparse_autoencoders.{key}")
        return SimpleNamespace(
            claim=claim, dataset="fsdd", seeds=seeds, mean=0.1, low=0.0, high=0.2
        )

    assert figures.record([item("3a", 1)]) == []
    assert len(figures.record([item("3a", 10), item("4b", 10)])) == 1
    assert len(figures.record([item("3a", 10), item("4a", 10)])) == 2


def test_the_loudest_clips_and_the_unit_of_an_attribute():
    code = torch.tensor([[0.0, 3], [1, 2], [0, 9], [0, 1], [0, 4], [0, 5]])
    assert figures.loudest(code, 1, 3).tolist() == [2, 5, 4]
    found = reading()
    unit = figures.unit_of(found, 0)
    weights = found.read.importances[0]
    assert float(weights[unit]) == float(weights.max())
