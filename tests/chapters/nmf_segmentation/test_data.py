"""What the chapter works on, in the sizes of a run."""

import pytest
import torch

from chapters.nmf_segmentation.data import load
from chapters.nmf_segmentation.probing import FACTORS
from support.data.layers import TASKS


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", 0)


def test_mixtures_have_a_label_a_task_and_frame(data):
    assert data.x_train.shape == (120, 129, 200)
    assert data.x_test.shape == (40, 129, 200)
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert y.shape == (len(x), len(TASKS), x.shape[2])
        assert y.dtype == torch.float32
        assert set(y.unique().tolist()) == {0, 1}
        assert x.min() >= 0
    assert data.rate == 8000
    assert data.tasks == TASKS


def test_the_dictionary_has_unit_columns_low_ones_first(data):
    W = data.dictionary
    assert W.shape == (129, 32)
    assert W.min() >= 0
    torch.testing.assert_close(W.norm(dim=0), torch.ones(32), rtol=0, atol=1e-5)
    centre = (torch.arange(129.0) @ W) / W.sum(0)
    assert (centre.diff() >= -1e-4).all()


def test_factors_stand_in_their_order_and_see_what_the_network_sees(data):
    assert tuple(data.factors) == FACTORS
    for factor in (*data.factors.values(), data.known):
        assert factor.train.spectra.shape[1] == 129
        level = factor.train.spectra.mean()
        assert 0.3 < level / data.x_train.mean() < 3
    assert data.known.classes == data.factors["phone"].classes


@pytest.mark.parametrize("given", [("radio", "quick"), ("embedded", "long")])
def test_what_there_is_not_is_refused(given):
    with pytest.raises(ValueError, match="give one of"):
        load(*given, 0)
