"""LPC sprites: the full grid, its names, smaller resolutions, refusals."""

import hashlib

import numpy as np
import pytest

from support.data import lpc
from support.data.errors import ArchiveError, DataError
from support.data.lpc import LPC_FACTORS, load_lpc_sprites


def test_full_grid_matches_its_description(real_corpora):
    sprites = load_lpc_sprites(resolution=8)
    assert len(sprites) == 19_200
    assert sprites.images.shape == (19_200, 8, 8, 3)
    assert sprites.images.dtype == np.uint8
    assert sprites.factors.dtype == np.int64
    assert sprites.sizes == (5, 6, 5, 4, 4, 4, 2)
    grid = np.stack(np.unravel_index(np.arange(19_200), sprites.sizes), axis=1)
    np.testing.assert_array_equal(sprites.factors, grid)
    assert sprites.names == tuple(sprites.values) == tuple(LPC_FACTORS)
    assert [len(sprites.values[name]) for name in sprites.names] == [*sprites.sizes]
    assert sprites.values["direction"] == ("up", "left", "down", "right")


def test_selected_images_differ_and_stand_on_grey(real_corpora):
    rows = np.random.default_rng(0).choice(19_200, 300, replace=False)
    sprites = load_lpc_sprites(rows)
    assert (
        len({hashlib.sha1(image.tobytes()).digest() for image in sprites.images}) == 300
    )
    outside = np.ones((64, 64), bool)
    outside[9:63, 17:47] = False
    assert (sprites.images[:, outside] == 128).all()
    np.testing.assert_array_equal(sprites.rows, rows)
    full = load_lpc_sprites(rows[:1])
    np.testing.assert_array_equal(full.images[0], sprites.images[0])


def test_mask_and_rows_agree_and_the_caption_names_the_factors(real_corpora):
    mask = np.zeros(19_200, bool)
    mask[[5, 12_345]] = True
    sprites = load_lpc_sprites(mask)
    np.testing.assert_array_equal(sprites.rows, [5, 12_345])
    assert sprites.caption(0) == (
        "skin light, hair style plain, hair color black, shirt brown, "
        "pants magenta, direction down, pose stride"
    )


@pytest.mark.parametrize("resolution", [32, 16, 8])
def test_smaller_images_are_rounded_means(real_corpora, resolution):
    rows = [0, 777, 19_199]
    full = load_lpc_sprites(rows).images.astype(float)
    step = 64 // resolution
    tiles = full.reshape(3, resolution, step, resolution, step, 3)
    small = load_lpc_sprites(rows, resolution=resolution).images
    assert np.abs(small - tiles.mean(axis=(2, 4))).max() <= 0.5


def test_nothing_selected_is_an_empty_set(real_corpora):
    assert load_lpc_sprites([]).images.shape == (0, 64, 64, 3)


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ([-1], r"0\.\.19199, got -1"),
        ([19_200], r"0\.\.19199"),
        ([[1, 2]], "one-dimensional"),
        ([0.5], "dtype float64"),
        (np.ones(10, bool), "mask of 19200"),
    ],
)
def test_bad_selections_are_refused(select, message):
    with pytest.raises(ValueError, match=message):
        load_lpc_sprites(select)


def test_bad_resolution_is_refused():
    with pytest.raises(ValueError, match=r"resolution must be in .*got 20"):
        load_lpc_sprites(resolution=20)


def arrays(**changes):
    """A file like the real one, with room for mistakes."""
    made = {
        "idx": np.zeros((lpc._COUNT, 64, 64), np.uint8),
        "palette": np.zeros((2, 3), np.uint8),
        "factors": np.zeros((lpc._COUNT, 7), np.uint8),
        "factor_names": np.array(list(LPC_FACTORS)),
        "factor_sizes": np.array(list(LPC_FACTORS.values())),
        **{f"values_{n}": np.array(["x"] * k) for n, k in LPC_FACTORS.items()},
    }
    return made | changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"palette": np.zeros((2, 4), np.uint8)}, "palette"),
        ({"factor_names": np.array(["a"] * 7)}, "factor_names"),
        ({"values_pose": np.array(["one"])}, "values_pose"),
    ],
)
def test_another_file_is_told_apart(tiny, tmp_path, monkeypatch, changes, named):
    monkeypatch.setattr(lpc, "_COUNT", 3)
    folder = tmp_path / "here" / "lpc_sprites"
    folder.mkdir(parents=True)
    np.savez_compressed(folder / "lpc_sprites.npz", **arrays(**changes))
    content = (folder / "lpc_sprites.npz").read_bytes()
    tiny.add("lpc_sprites", {"lpc_sprites.npz": content}, kind="images")
    with pytest.raises(DataError, match=f"unexpected {named}"):
        load_lpc_sprites(data_dir=folder.parent)


def test_a_file_that_is_no_archive_is_told_apart(tiny, tmp_path):
    tiny.add("lpc_sprites", {"lpc_sprites.npz": b"nonsense"}, kind="images")
    folder = tiny.place(tmp_path / "here", "lpc_sprites")
    with pytest.raises(ArchiveError, match="refused"):
        load_lpc_sprites(data_dir=folder)
