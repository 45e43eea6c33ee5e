"""The chapter's own picture, and what it says of itself."""

import torch

from chapters.tied_factors.figures import weight_rows


def test_a_line_a_feature_and_words_built_from_the_data():
    weight = torch.tensor([[3.0, 0.0, 1.0], [-3.0, 0.0, 1.0]])
    drawn = weight_rows(weight, ("a", "b", "c"), known=1, most=4.0)
    (axis,) = drawn.figure.axes
    assert len(axis.collections) == 3
    assert axis.get_ylim() == (0, 4)
    assert "3 features; the first 1 matter" in drawn.alt
    assert "a 3.00, c 1.00, b 0.00" in drawn.alt


def test_nobody_is_said_to_matter_where_nobody_knows():
    drawn = weight_rows(torch.eye(3), ("a", "b", "c"), known=0, most=1.0)
    assert "matter" not in drawn.alt
