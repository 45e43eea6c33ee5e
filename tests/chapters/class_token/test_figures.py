"""The chapter's own pictures, and what they say of themselves."""

import pytest
import torch

from chapters.class_token import figures


def test_the_sequence_names_its_parts():
    drawn = figures.draw_sequence()
    (axis,) = drawn.figure.axes
    words = " ".join(text.get_text() for text in axis.texts)
    for part in ("class", "distil", "memory", "label", "teacher", "positions"):
        assert part in words, part
    assert "class token" in drawn.alt


def test_attention_is_measured_in_even_looks_and_has_the_borders():
    places = torch.tensor([-1, 0, 0, 1, 1, 1, 2, -1])
    looks = {"class token": torch.full((8,), 0.125), "other": torch.eye(8)[3]}
    drawn = figures.draw_attention(looks, places, 0.02, title="phrase")
    axis = drawn.figure.axes[0]
    assert "4 borders" in drawn.alt
    heights = [line.get_ydata() for line in axis.lines if len(line.get_ydata()) == 8]
    assert heights[0] == pytest.approx([1.0] * 8)
    assert max(heights[1]) == pytest.approx(8)


def test_soft_labels_say_where_the_rest_goes():
    table = torch.full((3, 2), 0.02)
    table[1, 0] = 0.9
    drawn = figures.draw_soft_labels(table, 1, 0, phrases=["1", "2"])
    assert "right class has 0.900" in drawn.alt
    assert "same phrase by others 0.0400" in drawn.alt
    assert "same speaker 0.0200" in drawn.alt
