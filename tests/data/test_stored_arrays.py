"""Arrays of strangers: read without pickle, and refused where they are damaged."""

import os

import numpy as np
import pytest

from support.data.errors import ArchiveError
from support.data.stored_arrays import load_arrays


def test_arrays_load_without_pickle(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(3), y=np.ones(2))
    assert load_arrays(path, iter(["x"]))["x"].tolist() == [0, 1, 2]
    with pytest.raises(ArchiveError, match="has no array z; it holds x, y"):
        load_arrays(path, ["x", "z"])


def test_pickled_arrays_are_never_read(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    path = tmp_path / "a.npz"
    np.savez(path, x=np.array([Trap()], dtype=object), y=np.ones(1))
    with pytest.raises(ArchiveError, match="never read"):
        load_arrays(path, ["x"])
    assert not (tmp_path / "sprung").exists()
    assert load_arrays(path, ["y"])["y"].tolist() == [1]


def test_broken_array_files_say_so(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(5_000))
    path.write_bytes(path.read_bytes()[:1_000])
    with pytest.raises(ArchiveError, match="damaged"):
        load_arrays(path, ["x"])
    path.write_bytes(b"this is no archive")
    with pytest.raises(ArchiveError, match="refused"):
        load_arrays(path, ["x"])
    np.save(tmp_path / "b.npy", np.arange(3))
    with pytest.raises(ArchiveError, match="not an npz"):
        load_arrays(tmp_path / "b.npy", ["x"])
