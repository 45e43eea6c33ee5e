"""A reader's data: read in each form, and refused with place and remedy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from matplotlib.image import imsave

from support.data.own.reading import read
from support.data.own.table import GivenDataError
from support.training import generator

ROWS = 24


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"label": ["no", "yes"] * (ROWS // 2), **columns})


def folder(path: Path, table: pd.DataFrame, x: np.ndarray | None = None) -> Path:
    table.to_csv(path / "table.csv", index=False)
    if x is not None:
        np.save(path / "x.npy", x)
    return path


def test_a_csv_file_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    text = frame(age=range(ROWS)).to_csv(index=False)
    path.write_text("\ufeff" + text, encoding="utf-8")  # as some programs write it
    given = read(path, "table", ["label"])
    assert list(given.table.columns) == ["label", "age"]
    assert given.classes("label")[1] == ("no", "yes")
    assert given.classes("age", most=ROWS)[0].tolist() == list(range(ROWS))
    assert str(given) == f"{path}: {ROWS} rows; columns label, age"


def test_an_npz_file_and_a_folder_give_the_same_vectors(tmp_path: Path) -> None:
    x = np.arange(2.0 * ROWS).reshape(ROWS, 2)
    np.savez(tmp_path / "all.npz", x=x, label=frame()["label"].to_numpy(str))
    one = read(tmp_path / "all.npz", "vectors", ["label"])
    two = read(folder(tmp_path, frame(), x), "vectors", ["label"])
    assert torch.equal(one.samples, two.samples)
    assert one.samples.dtype == torch.float32
    assert one.table.equals(two.table)


@pytest.mark.parametrize(
    ("shape", "channels"), [((8, 6), 1), ((8, 6, 1), 1), ((8, 6, 4), 3)]
)
def test_arrays_become_pictures_in_0_to_1(
    tmp_path: Path, shape: tuple[int, ...], channels: int
) -> None:
    x = np.full((ROWS, *shape), 51, np.uint8)
    x[0] = 0
    given = read(folder(tmp_path, frame(), x), "images")
    assert given.samples.shape == (ROWS, channels, 8, 6)
    assert torch.allclose(given.samples[1:], torch.tensor(0.2))
    other = read(folder(tmp_path, frame(), x.astype(">i8")), "images")
    assert torch.equal(other.samples, given.samples)


def test_files_become_squares_and_grey_ones_have_one_channel(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(ROWS)]
    for number, name in enumerate(names):
        pixels = np.full((70, 90, 3), number * 10 / 255)
        pixels[:, :10] = pixels[:, -10:] = 1  # beside the middle square
        imsave(tmp_path / name, pixels)
    given = read(folder(tmp_path, frame(file=names)), "images")
    assert given.samples.shape == (ROWS, 1, 64, 64)
    assert torch.allclose(given.samples[3], torch.tensor(30 / 255), atol=1e-6)
    assert list(given.table.columns) == ["label"]


def test_recordings_are_brought_to_one_rate(tmp_path: Path) -> None:
    names = [f"{number}.wav" for number in range(ROWS)]
    time = np.arange(4000) / 8000
    for name in names:
        both = np.stack([np.sin(880 * time), np.zeros(4000)], axis=1)
        soundfile.write(tmp_path / name, both, 8000)
    given = read(folder(tmp_path, frame(file=names)), "recordings", rate=16_000)
    assert (given.rate, len(given.waves[0])) == (16_000, 8000)
    assert np.abs(given.waves[0]).max() == pytest.approx(0.5, abs=0.05)
    assert "recordings (12 s in all)" in str(given)


def test_the_seed_cuts_the_rows_and_keeps_groups_whole(tmp_path: Path) -> None:
    table = frame(speaker=np.arange(ROWS) % 6)
    given = read(folder(tmp_path, table), "table")
    known, others = given.parts(generator(0, "cut"), 2 / 3, by="speaker")
    assert sorted([*known, *others]) == list(range(ROWS))
    speakers = table["speaker"].to_numpy()
    assert not set(speakers[known]) & set(speakers[others])
    assert len(set(speakers[known])) == 4
    again = given.parts(generator(0, "cut"), 2 / 3, by="speaker")[0]
    other = given.parts(generator(1, "cut"), 2 / 3, by="speaker")[0]
    assert (known == again).all()
    assert known.tolist() != other.tolist()


def changed(column: str, row: int, value: object) -> pd.DataFrame:
    table = frame(age=np.arange(ROWS, dtype=float))
    table[column] = table[column].astype(object)
    table.loc[row, column] = value
    return table


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("table", frame(age=1).drop(columns="label"), "no column 'label'.*Add it"),
        ("table", frame()[:5], "5 rows. Give 20 or more"),
        ("table", changed("age", 3, None), "'age' has no value in row 4, .*Fill it in"),
        ("table", changed("age", 2, np.inf), "'age' holds inf in row 3"),
        ("recordings", frame(), "no column 'file'"),
        ("recordings", frame(file="a.wav"), "'a.wav' in row 1.*no such file"),
        ("recordings", frame(file="../a.wav"), "none outside it"),
        ("recordings", frame(file="a" * 300), "no such file"),
        ("recordings", frame(file="table.csv"), "row 2, which row 1 names already"),
        ("recordings", frame(file="away.wav"), "lies in .*, outside .* Copy it there"),
        ("images", frame(), "where the images are.*column 'file' or an array x"),
        ("vectors", frame(), "where the vectors are. Give an array x"),
    ],
)
def test_a_table_is_refused_in_words(
    tmp_path: Path, kind: str, table: pd.DataFrame, words: str
) -> None:
    place = folder(tmp_path, table) / "table.csv"
    (tmp_path / "away.wav").symlink_to(__file__)
    with pytest.raises(GivenDataError, match=words) as caught:
        read(tmp_path, kind, ["label"])
    assert str(place.parent) in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "x", "words"),
    [
        ("vectors", np.zeros((ROWS, 2, 2)), r"shape \(24, 2, 2\)"),
        ("vectors", np.zeros((ROWS - 1, 2)), "x has 23 rows, and its columns have 24"),
        ("vectors", np.full((ROWS, 2), np.nan), "not finite in row 1"),
        ("vectors", np.full((ROWS, 2), "a"), "x holds <U1. Give numbers"),
        ("vectors", np.full((ROWS, 2), None), "without Python objects"),
        ("vectors", np.full((ROWS, 2), 1e300), "not finite in row 1, as float32"),
        ("vectors", np.ones((ROWS, 2)), "all 24 samples are the same"),
        ("vectors", np.array(1.0), r"the shape \(\)"),
        ("images", np.zeros((ROWS, 4, 0)), r"the shape \(24, 4, 0\)"),
        ("images", np.full((ROWS, 4, 4), 3.0), "pixels run from 3 to 3"),
        ("images", np.zeros((ROWS, 4)), r"shape \(24, 4\)"),
        ("images", np.zeros((ROWS, 4, 4, 2)), "1, 3 or 4 channels"),
    ],
)
def test_an_array_is_refused_in_words(
    tmp_path: Path, kind: str, x: np.ndarray, words: str
) -> None:
    with pytest.raises(GivenDataError, match=words):
        read(folder(tmp_path, frame(), x), kind)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"no sound"), "no recording that can be read"),
        (lambda path: soundfile.write(path, np.zeros(8000), 8000), "samples span 0"),
        (lambda path: soundfile.write(path, np.full(8000, 0.3), 8000), "span 0"),
        (lambda path: soundfile.write(path, np.eye(40)[0], 8000), "0.1 s or more"),
    ],
)
def test_a_recording_is_refused_in_words(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    names = [f"{number}.wav" for number in range(ROWS)]
    for name in names:
        make(tmp_path / name)
    with pytest.raises(GivenDataError, match=words):
        read(folder(tmp_path, frame(file=names)), "recordings")


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(ROWS)]
    for name in names:
        (tmp_path / name).write_bytes(b"no picture")
    place = folder(tmp_path, frame(file=names))
    with pytest.raises(GivenDataError, match=r"0\.png: it is no picture"):
        read(place, "images")
    with pytest.raises(GivenDataError, match="a table alone holds no images"):
        read(place / "table.csv", "images")


def test_what_is_not_there_or_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GivenDataError, match=r"nowhere is not there"):
        read(tmp_path / "nowhere", "table")
    (tmp_path / "a.npz").write_bytes(b"no zip")
    with pytest.raises(GivenDataError, match="it is no npz file"):
        read(tmp_path / "a.npz", "vectors")
    (tmp_path / "x.npy").write_bytes(b"")
    frame().to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(GivenDataError, match=r"x\.npy: it cannot be read \(No data"):
        read(tmp_path, "vectors")
    with pytest.raises(GivenDataError, match=r"cannot be read .*too long"):
        read(tmp_path / ("a" * 300), "table")
    np.savez(tmp_path / "b.npz", x=np.zeros((3, 2)), label=np.zeros((3, 2)))
    with pytest.raises(GivenDataError, match="all but x one value a sample"):
        read(tmp_path / "b.npz", "vectors")
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GivenDataError, match="cannot be read as CSV"):
        read(tmp_path / "c.csv", "table")
    with pytest.raises(ValueError, match="kind: got 'sounds'"):
        read(tmp_path, "sounds")


@pytest.mark.parametrize(
    ("head", "row", "words"),
    [
        ("label,label", "yes,1", "2 columns are called 'label'"),
        ("label,", "yes,1", "column 2 has no name"),
        ("label,age", "yes,1,2", "more values than the 2 columns"),
        ("label;age", "yes;1", "'label;age', has no commas"),
    ],
)
def test_columns_that_pandas_would_guess_at_are_refused(
    tmp_path: Path, head: str, row: str, words: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([head, *[row] * ROWS]), "utf-8")
    with pytest.raises(GivenDataError, match=words):
        read(path, "table", ["label"])


def test_blanks_around_words_are_no_part_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("label , age\n" + "yes , 1\nyes,2\nno, 3\n" * ROWS, "utf-8")
    given = read(path, "table", ["label"])
    assert list(given.table.columns) == ["label", "age"]
    assert given.classes("label")[1] == ("no", "yes")
    assert given.table["age"].dtype.kind == "i"


def test_too_few_values_or_rows_of_a_column_are_refused(tmp_path: Path) -> None:
    given = read(folder(tmp_path, frame(rare=["x", *"y" * (ROWS - 1)])), "table")
    with pytest.raises(GivenDataError, match=r"2 distinct values \(no, yes\). Give 4"):
        given.classes("label", least=4)
    mixed = read(folder(tmp_path, frame(word=[1, *"a" * (ROWS - 1)])), "table")
    assert mixed.classes("word")[1] == ("1", "a")
    with pytest.raises(GivenDataError, match=r"'rare' holds x in 1 row\(s\)"):
        given.classes("rare", rows=2)
    huge = [*range(1, ROWS), int("9" * 30)]
    given = read(folder(tmp_path, frame(age=huge)), "table")
    with pytest.raises(GivenDataError, match=r"9{30} in row 24 is no number that"):
        given.classes("age", most=5)
