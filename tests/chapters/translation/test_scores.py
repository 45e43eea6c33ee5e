"""What is measured: known answers for translations, probes, style and units."""

import pytest
import torch

from chapters.translation import systems
from chapters.translation.scores import (
    Meter,
    centre,
    divergences,
    least_squares_r2,
    slant_and_ink,
    traits,
    worth,
)
from support.data.glyphs import glyphs as drawn
from tests.chapters.translation.small import glyphs, meter, models, scans, source


def test_the_truth_has_no_error_and_a_copy_the_floor_s():
    data = glyphs()
    best = meter().translations(lambda x, source, target: data.truth(target))
    assert best["error"] == 0
    assert best["accuracy"] > 0.98
    assert best["style kept"] > 0.9
    assert meter().real > 0.98
    assert meter().copy["error"] == pytest.approx(0.033, abs=0.003)
    assert meter().copy["accuracy"] < 0.02
    assert meter().copy["style kept"] > 0.9
    assert meter().mean_image["accuracy"] > 0.9
    assert meter().mean_image["style kept"] == pytest.approx(0, abs=1e-6)


def test_a_method_that_returns_no_images_is_told():
    with pytest.raises(ValueError, match=r"what translate returned has shape \(3,\)"):
        meter().translations(lambda x, source, target: torch.zeros(3))


def test_a_row_has_its_columns_and_they_fit_each_other():
    row = meter()(models()[systems.EQUAL])
    wanted = {"error", "shift error", "swap accuracy", "sampled style kept", "C_l"}
    assert wanted | {"C_u mean", "R² u", "R² l sample", "worth u"} <= set(row)
    assert all(0 <= row[name] <= 1 for name in ("C_l", "C_u", "C_u mean", "accuracy"))
    assert row["active u"] <= 16
    label = meter()(models()[systems.CVAE])
    assert set(label) == {"accuracy", "style kept", "error", "recon."}


def test_scans_are_judged_by_slant_and_ink():
    judge = Meter(scans(), seed=0)
    same = judge.translations(lambda x, source, target: x)
    assert same["style kept"] == pytest.approx(1.0)
    assert "error" not in same
    mirrored = judge.translations(lambda x, source, target: x.flip(3))
    assert mirrored["style kept"] == pytest.approx(-1.0)  # of slant; ink stays


def test_the_trait_that_is_kept_least_counts():
    data = glyphs()

    def without_size(x, source, target):
        style = data.style_test.clone()
        style[:, 2] = 0.5
        return drawn(style, target)

    kept = meter().translations(without_size)["style kept"]
    assert abs(kept) < 0.2
    read = traits(data, 0)(data.x_test)
    pairs = zip(read.T, data.style_test.T, strict=True)
    assert all(float(torch.corrcoef(torch.stack(pair))[0, 1]) > 0.9 for pair in pairs)


def test_worth_is_all_or_nothing_where_one_block_says_everything():
    model, data = models()[systems.EQUAL], glyphs()
    code = model.encode(data.x_test, data.y_test).mean
    prior = centre(model, data.y_test)
    in_u = torch.cat([prior[:, :16], code[:, 16:]], 1)
    in_l = torch.cat([code[:, :16], prior[:, 16:]], 1)
    assert worth(model, in_u) == pytest.approx(1.0)
    assert worth(model, in_l) == pytest.approx(0.0)


def test_slant_and_ink_of_strokes_drawn_by_hand():
    upright, leaning = torch.zeros(2, 1, 9, 9)
    upright[0, :, 4] = 1
    for row in range(9):
        leaning[0, row, 8 - row] = 0.5
    found = slant_and_ink(torch.stack([upright, leaning]))
    torch.testing.assert_close(
        found, torch.tensor([[0.0, 9.0], [1.0, 4.5]]).double(), atol=1e-6, rtol=0
    )


def test_r2_of_known_answers():
    x = torch.randn(200, 3, generator=source())
    y = x @ torch.randn(3, 2, generator=source(1)) + 4
    assert least_squares_r2(x[:100], y[:100], x[100:], y[100:]) == pytest.approx(1.0)
    noise = torch.randn(200, 2, generator=source(2))
    assert least_squares_r2(x[:100], noise[:100], x[100:], noise[100:]) < 0.05
    with pytest.raises(ValueError, match="does not vary"):
        least_squares_r2(x, y, x, torch.ones(200, 2))
    with pytest.raises(ValueError, match="got 200 and 0 rows"):
        least_squares_r2(x, y, x[:0], y[:0])


def test_a_code_on_its_prior_pays_nothing():
    model, data = models()[systems.EQUAL], glyphs()
    code = model.encode(data.x_test, data.y_test)
    on_prior = code._replace(
        mean=centre(model, data.y_test), log_var=torch.zeros_like(code.log_var)
    )
    assert divergences(model, on_prior, data.y_test).abs().max() < 1e-6
    wrong = divergences(model, on_prior, (data.y_test + 1) % 5)
    assert wrong[:, :16].sum(1).min() > 8  # half the squared distance, at least 4
    assert wrong[:, 16:].abs().max() < 1e-6
