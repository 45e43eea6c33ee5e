"""The chapter's own pictures, and what they say of themselves."""

import numpy as np
import torch

from chapters.translation import figures, systems
from tests.chapters.translation.small import glyphs, models, scans, source


def test_one_image_in_every_domain_with_its_truth():
    drawn = figures.domains(glyphs(), {"equal": models()[systems.EQUAL]}, 1)
    (axis,) = drawn.figure.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["truth", "equal"]
    assert axis.images[0].get_array().shape == (2 * 17, 5 * 17, 4)
    assert "disc (source)" in drawn.alt
    shown = axis.images[0].get_array()[:16, 17:33, 0]
    torch.testing.assert_close(
        torch.as_tensor(np.asarray(shown)).float(), glyphs().x_test[1, 0]
    )


def test_a_gallery_shows_every_domain():
    drawn = figures.gallery(glyphs(), 2)
    (axis,) = drawn.figure.axes
    assert axis.images[0].get_array().shape == (2 * 17, 5 * 17, 4)
    assert "square, disc, triangle, cross, ring" in drawn.alt


def test_several_images_to_one_domain():
    drawn = figures.targets(glyphs(), {"equal": models()[systems.EQUAL]}, 2, [0, 1, 2])
    (axis,) = drawn.figure.axes
    assert len(axis.get_yticklabels()) == len(axis.get_xticklabels()) == 3
    assert "to become triangle" in drawn.alt


def test_the_words_say_how_far_a_row_is_from_the_truth():
    data, chosen = glyphs(), [0, 1, 2]
    truth = data.truth(torch.full((3,), 2), torch.tensor(chosen))
    rows = {"right": lambda *_: truth, "dark": lambda *_: 0 * truth}
    away = float(truth.square().mean())
    drawn = figures.targets(data, rows, 2, chosen)
    assert f"to the truth: right 0.0000, dark {away:.4f}." in drawn.alt
    assert "truth" not in figures.gallery(scans()).alt


def test_the_hardest_image_is_the_worst_of_those_asked():
    data, model = glyphs(), models()[systems.WEAK]
    hard = figures.hard_case(data, model, 10)
    assert 0 <= hard < 10

    def away(row):
        every = torch.tensor([t for t in range(5) if t != int(data.y_test[row])])
        rows = torch.full_like(every, row)
        found = model(data.x_test[rows], data.y_test[rows], every)
        return float((found - data.truth(every, rows)).square().mean())

    assert hard == max(range(10), key=away)


def test_scans_have_a_hardest_image_too():
    def brighter(x, source, target):
        return x * (1 + (torch.arange(len(x)) == 7)[:, None, None, None])

    assert figures.hard_case(scans(), brighter, 20) == 7


def test_a_path_has_a_frame_for_every_share():
    drawn = figures.path(models()[systems.RATIO], glyphs(), 1, 2, [0, 0.5, 1])
    assert len(drawn.figure.axes) == 3
    assert "from disc to triangle" in drawn.alt


def test_a_plane_shows_the_direction_in_which_latents_spread():
    z = torch.randn(100, 4, generator=source()) * torch.tensor([9.0, 0.1, 3.0, 0.1])
    drawn = figures.plane(z, torch.arange(100) % 2, ["a", "b"], title="latents")
    (axis,) = drawn.figure.axes
    low, high = axis.get_xlim()
    assert high - low > 20
    assert "a: 50 points" in drawn.alt
