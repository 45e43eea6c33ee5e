"""MNIST, EuroSAT, Fashion-MNIST excerpt and dSprites."""

import math

import numpy as np
import pytest

from support.data import images
from support.data.errors import ArchiveError, DataError
from support.data.images import (
    load_dsprites,
    load_eurosat32,
    load_fashion_mnist_sprite,
    load_mnist,
)


def test_mnist_matches_its_description(real_corpora):
    mnist = load_mnist()
    assert mnist.train.images.shape == (60_000, 28, 28)
    assert mnist.test.images.shape == (10_000, 28, 28)
    assert mnist.train.labels.dtype == np.int64
    # The published first labels and class counts of the original files.
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(mnist.train.labels)[[0, 1]].tolist() == [5923, 6742]
    assert np.bincount(mnist.test.labels)[[0, 1]].tolist() == [980, 1135]
    assert mnist.train.class_names == tuple("0123456789")


def test_eurosat_is_balanced(real_corpora):
    eurosat = load_eurosat32()
    assert np.bincount(eurosat.train.labels).tolist() == [900] * 10
    assert np.bincount(eurosat.test.labels).tolist() == [200] * 10
    assert eurosat.train.images.shape == (9_000, 32, 32, 3)
    assert "River" in eurosat.test.class_names


def test_fashion_is_ordered_by_class(real_corpora):
    fashion = load_fashion_mnist_sprite()
    assert len(fashion) == 900
    assert fashion.labels.tolist() == sorted(fashion.labels.tolist())
    assert np.bincount(fashion.labels).tolist() == [90] * 10
    assert fashion.class_names[-1] == "Ankle boot"


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((900, 28, 27), np.uint8), np.arange(900) % 10),
        (np.zeros((900, 28, 28)), np.arange(900) % 10),
        (np.zeros((900, 28, 28), np.uint8), np.arange(900) % 9),
        (np.zeros((900, 28, 28), np.uint8), np.arange(800) % 10),
        (np.zeros((900, 28, 28), np.uint8), np.arange(900) % 10 + 1),
    ],
)
def test_unexpected_arrays_are_told_apart(tiny, tmp_path, x, y):
    path = tmp_path / "made.npz"
    np.savez(path, x=x, y=y, class_names=np.array(list("abcdefghij")))
    files = {"fashion_mnist_900.npz": path.read_bytes()}
    tiny.add("fashion_mnist_sprite", files, kind="images")
    folder = tiny.place(tmp_path / "here", "fashion_mnist_sprite")
    with pytest.raises(DataError, match="not what was expected"):
        load_fashion_mnist_sprite(data_dir=folder)


@pytest.fixture
def small_dsprites(tiny, tmp_path, monkeypatch):
    """A dSprites file in miniature, pickled metadata included."""
    sizes = {"shape": 3, "scale": 2, "orientation": 2, "position_x": 2}
    count = math.prod(sizes.values())
    monkeypatch.setattr(images, "DSPRITES_FACTORS", sizes)
    monkeypatch.setattr(images, "_DSPRITES_COUNT", count)
    grid = np.stack(np.unravel_index(np.arange(count), tuple(sizes.values())), axis=1)
    made = {
        "imgs": np.random.default_rng(0).integers(0, 2, (count, 64, 64), np.uint8),
        "latents_classes": np.column_stack([np.zeros(count, np.int64), grid]),
        "metadata": np.array({"needs": "pickle"}, dtype=object),
    }

    def write(**changes):
        path = tmp_path / "made.npz"
        np.savez_compressed(path, **(made | changes))
        tiny.add("dsprites", {"sprites.npz": path.read_bytes()}, kind="images")
        return tiny.place(tmp_path / "here", "dsprites")

    return made, write


def test_dsprites_are_streamed_in_the_order_asked_for(small_dsprites, monkeypatch):
    made, write = small_dsprites
    folder = write()
    rows = [20, 3, 3, 0, 23]
    sprites = load_dsprites(rows, data_dir=folder)
    np.testing.assert_array_equal(sprites.images, made["imgs"][rows])
    np.testing.assert_array_equal(sprites.factors, made["latents_classes"][rows, 1:])
    np.testing.assert_array_equal(
        images._pick(folder / "dsprites/sprites.npz", np.array(rows), block=4),
        sprites.images,
    )
    everything = load_dsprites(data_dir=folder)
    np.testing.assert_array_equal(everything.images, made["imgs"])
    assert len(load_dsprites([], data_dir=folder)) == 0


@pytest.mark.parametrize("select", [[-1], [24], [0.5], [[0]]])
def test_dsprites_refuses_bad_rows(small_dsprites, select):
    with pytest.raises(ValueError, match=r"0\.\.23"):
        load_dsprites(select)


def test_dsprites_refuses_another_grid(small_dsprites):
    made, write = small_dsprites
    folder = write(latents_classes=made["latents_classes"][::-1])
    with pytest.raises(DataError, match="not the dSprites grid"):
        load_dsprites(data_dir=folder)


def test_dsprites_refuses_other_images(small_dsprites):
    made, write = small_dsprites
    folder = write(imgs=made["imgs"][:, :32])
    with pytest.raises(DataError, match="not dSprites"):
        load_dsprites([0], data_dir=folder)
    folder = write(imgs=np.asfortranarray(made["imgs"]))
    with pytest.raises(ArchiveError, match="stored order"):
        load_dsprites([0], data_dir=folder)
