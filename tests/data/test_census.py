"""Adult: a file that is not it is refused; the real one, where it is, is checked."""

import numpy as np
import pytest

from support.data.census import ADULT_COLUMNS, load_adult
from support.data.errors import DataError

ROW = "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, "
ROW += "Not-in-family, White, Male, 2174, 0, 40, United-States, <=50K\n"


def folder(tiny, tmp_path, content):
    tiny.add("adult", {"adult.data": content.encode()})
    return tiny.place(tmp_path / "here", "adult")


def test_a_right_file_passes(tiny, tmp_path):
    content = ROW * 32_560 + ROW.replace("<=50K", ">50K")
    people = load_adult(data_dir=folder(tiny, tmp_path, content))
    assert people.shape == (32_561, 15)
    assert tuple(people.columns) == ADULT_COLUMNS
    assert people["workclass"][0] == "State-gov"
    assert np.issubdtype(people["age"].dtype, np.integer)


@pytest.mark.parametrize(
    ("content", "message"),
    [(ROW * 3, "3 people"), (ROW * 32_561, "incomes")],
    ids=("short", "one-income"),
)
def test_another_file_is_refused(tiny, tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        load_adult(data_dir=folder(tiny, tmp_path, content))
