"""The chapter's own pictures: a panel a part, a line a network."""

import torch

from chapters.proxy_segmentation import figures


def test_a_sheet_has_a_panel_for_each_part_in_the_same_colours():
    part = torch.linspace(0, 1, 35).reshape(5, 7)
    drawn = figures.sheet({"one": part / 2, "two": 0 * part})
    assert [d.figure.axes[0].get_title(loc="left") for d in drawn] == ["one", "two"]
    ends = {d.figure.axes[0].images[0].get_clim() for d in drawn}
    assert len(ends) == 1
    assert 0.4 < ends.pop()[1] < 0.5
    assert all("kHz" in d.alt for d in drawn)


def test_silence_can_be_drawn():
    assert figures.sheet({"none": torch.zeros(5, 7)})
    assert "the mixture" in figures.sound(torch.rand(5, 7), "the mixture").alt


def test_weights_name_their_classes():
    drawn = figures.weights(torch.randn(3, 8), ("speech", "noise", "music"))
    words = [tick.get_text() for tick in drawn.figure.axes[0].get_yticklabels()]
    assert words == ["speech", "noise", "music"]


def test_tracks_have_a_panel_for_each_task():
    said = {"teacher": torch.randn(2, 9), "proxy": torch.randn(2, 9)}
    drawn = figures.tracks(said, torch.ones(2, 9), ("speech", "noise"))
    assert len(drawn) == 2
    assert "teacher" in drawn[0].alt
    assert "true" in drawn[0].alt


def test_shapes_have_a_peak_of_one_and_nothing_stays_nothing():
    found = figures.shapes(("a", "b"), torch.tensor([[1.0, 4.0], [0, 0]]), torch.eye(2))
    assert found["a"]["prototype"].tolist() == [0.25, 1.0]
    assert found["b"]["prototype"].tolist() == [0.0, 0.0]
    assert found["b"]["true"].tolist() == [0.0, 1.0]
