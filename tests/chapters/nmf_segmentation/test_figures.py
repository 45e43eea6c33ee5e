"""The chapter's own pictures, and what they say of themselves."""

import pytest
import torch

from chapters.nmf_segmentation import figures
from chapters.nmf_segmentation.audit import Reading
from chapters.nmf_segmentation.systems import SETTINGS, untrained


def reading(factor, components=8, seed=0):
    count = len(factor.classes)
    source = torch.Generator().manual_seed(seed)
    relevance = torch.rand(count, components, generator=source, dtype=torch.float64)
    return Reading(0.6, torch.zeros_like(relevance), torch.zeros(count), relevance)


@pytest.fixture(scope="module")
def readings(small):
    return {name: reading(factor) for name, factor in small.factors.items()}


def test_a_mixture_is_drawn_with_its_labels(small):
    spectrogram, labels = figures.mixture(small, 0)
    assert spectrogram.figure.axes[0].get_title(loc="left") == "spectrogram"
    names = [text.get_text() for text in labels.figure.axes[0].get_yticklabels()]
    assert names == list(small.tasks)


def test_the_dictionary_has_a_column_a_component(small):
    axis = figures.dictionary(small).figure.axes[0]
    assert axis.get_xlim() == (0.5, 8.5)


def test_a_panel_a_factor_with_its_own_guess(small, readings):
    drawn = figures.audit({"by design": readings, "untrained": readings}, small.factors)
    for each, (key, factor) in zip(drawn, small.factors.items(), strict=True):
        title = each.figure.axes[0].get_title(loc="left")
        assert title == f"{key} (guessing: {1 / len(factor.classes):.2f})"
        assert len(each.figure.axes[0].patches) == 2
        assert "by design 0.60; untrained 0.60" in each.alt


def test_curves_of_what_is_held_end_at_one_where_all_components_are_shown():
    found = {"by design": torch.rand(4, 8), "untrained": torch.eye(4, 8)}
    drawn = figures.held(found)
    lines = drawn.figure.axes[0].lines
    ends = [line.get_ydata()[-1] for line in lines if len(line.get_ydata()) == 8]
    assert ends == pytest.approx([1, 1])


def test_the_map_has_a_row_a_class_and_says_how_many_components_lead(small, readings):
    drawn = figures.activation_map(readings, small.factors)
    axis = drawn.figure.axes[0]
    count = sum(len(factor.classes) for factor in small.factors.values())
    assert len(axis.get_yticklabels()) == count
    assert axis.images[0].get_array().shape == (count, 8)
    assert f"{count} classes of 4 factors by 8 components" in drawn.alt


def test_a_component_is_shown_with_its_spectrum_and_its_uses(small, readings):
    model = untrained(small, 0, SETTINGS["by design"])
    atlas = figures.Atlas(model, readings, small)
    assert atlas.components == sorted(atlas.components)
    assert set(atlas.uses) == {*small.tasks, *small.factors}
    for share in atlas.uses.values():
        assert float(share.sum()) == pytest.approx(1)
    spectrum, uses = atlas.draw(atlas.components[0])
    assert "component" in spectrum.figure.axes[0].get_title(loc="left")
    assert len(uses.figure.axes[0].get_yticklabels()) == 8


def test_f1_has_a_row_a_task():
    row = {"F1": 0.5, "F1 speech": 0.9, "F1 noise": 0.4, "EV": 0.1}
    drawn = figures.f1({"black box": row, "by design": row})
    names = [text.get_text() for text in drawn.figure.axes[0].get_yticklabels()]
    assert set(names) == {"speech", "noise"}
