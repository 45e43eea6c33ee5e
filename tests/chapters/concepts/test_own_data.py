"""A reader's pictures as a concept task."""

import numpy as np
import pandas as pd
import pytest
import torch

from chapters.concepts import own_data
from support.data.own.given import Given
from support.data.own.table import GivenDataError

NAMES = ["label", "concept tint", "needed side", "needed row", "free frame"]


def pictures() -> Given:
    """All 3 x 4 x 2 x 2 x 2 combinations, twenty times; a pixel a factor."""
    factors = np.indices((3, 4, 2, 2, 2, 20)).reshape(6, -1)[:5].T
    x = torch.zeros(len(factors), 1, 16, 16)
    x[:, 0, 0, :5] = torch.from_numpy(factors) / 10
    words = np.array(["red", "green", "blue", "white"])
    table = pd.DataFrame(factors, columns=NAMES)
    table["concept tint"] = words[factors[:, 1]]
    return Given("pictures", table, x)


def test_the_table_decides_the_label_of_what_is_kept() -> None:
    task = own_data.load(pictures(), "quick", 0)
    kept = len(task.x_train) + len(task.x_test)
    assert kept == pytest.approx(1920 / 3, abs=1)
    assert task.names == ["tint blue", "tint green", "tint red", "tint white"]
    assert (task.needed, task.free) == (("side", "row"), ("frame",))
    assert 1 / 3 < task.ceiling < 1
    side, row = (task.nuisances[name][0] for name in task.needed)
    labels = task.table[task.c_train.argmax(1), 2 * side + row]
    assert torch.equal(labels, task.y_train)
    shown = (task.x_train[:, 0, 0, 0] * 10).round().long()
    assert torch.equal(shown, task.y_train)  # each picture keeps what it shows
    other = own_data.load(pictures(), "quick", 1)
    assert not torch.equal(other.table, task.table)


def test_columns_without_a_role_and_too_few_pictures_are_refused() -> None:
    given = pictures()
    some = torch.arange(0, len(given.samples), 4)  # of each combination five
    few = Given("few", given.table.iloc[some.numpy()], given.samples[some])
    with pytest.raises(GivenDataError, match="of 480 pictures have the label"):
        own_data.load(few, "quick", 0)
    strange = Given(given.where, given.table.assign(size=1), given.x)
    with pytest.raises(GivenDataError, match=r"'size' has no role. Begin"):
        own_data.load(strange, "quick", 0)
    alike = Given(given.where, given.table.assign(**{"free side": 1}), given.x)
    with pytest.raises(GivenDataError, match="2 columns are called 'side' after"):
        own_data.load(alike, "quick", 0)
    less = Given(given.where, given.table.drop(columns="needed row"), given.x)
    with pytest.raises(GivenDataError, match=r"1 columns begin with 'needed'. Give 2"):
        own_data.load(less, "quick", 0)
