"""The chapter's own pictures, and what they say of themselves."""

import torch
from torch.nn.functional import normalize

from chapters.alignment.figures import clouds, plane, recorded_planes
from support.records import Record, Records

POINTS = {"a": (0.7, 0.3), "b": (0.4, 0.8), "alone": (0.0, 0.6)}
PATHS = {"a knob": ("a", "b")}


def test_two_clouds_lie_apart_where_they_are_apart():
    draw = torch.Generator().manual_seed(0)
    one, other = (
        normalize(torch.randn(200, 8, generator=draw) + shift, dim=1)
        for shift in (torch.eye(8)[0] * 9, torch.eye(8)[1] * 9)
    )
    drawn = clouds(one, other, title="apart")
    (axis,) = drawn.figure.axes
    pictures, captions = axis.collections[1:3]
    assert pictures.get_offsets()[:, 0].max() < 0 < captions.get_offsets()[:, 0].min()
    assert "120 pairs are joined" in drawn.alt
    assert "apart" in drawn.alt


def test_the_plane_says_where_each_training_stands():
    drawn = plane(POINTS, PATHS, {"a": "begin", "alone": "star"}, star="alone")
    (axis,) = drawn.figure.axes
    assert {text.get_text() for text in axis.texts} >= {"begin", "star"}
    assert "a 0.30 at 0.70" in drawn.alt
    assert "a knob: a to b" in drawn.alt


def test_the_record_is_drawn_where_there_is_one():
    runs = Records(
        [
            Record(
                chapter="alignment",
                profile="quick",
                dataset="embedded",
                method="",
                seed=seed,
                claims={},
                scores={
                    name: {"URR nuisance": x + seed / 100, "CKA": y}
                    for name, (x, y) in POINTS.items()
                },
            )
            for seed in range(3)
        ]
    )
    panels = recorded_planes(
        {"embedded": runs, "mnist": Records()}, [*POINTS, "absent"], PATHS, {}
    )
    assert len(panels) == 1
    assert "a 0.30 at 0.71" in panels[0].alt
    assert "absent" not in panels[0].alt
