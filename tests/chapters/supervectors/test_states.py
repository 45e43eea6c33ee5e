"""One front-end, pooled in more or fewer states."""

from dataclasses import replace

import pytest
import torch

from chapters.supervectors.states import pool_in_states
from support.models.pooling import mean_pool
from support.verification.backend import fit_plda
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import NETWORK, train_network
from tests.verification.small import small_corpus


@pytest.fixture(scope="module")
def mean_system():
    return train_network(small_corpus(), "mean", replace(NETWORK, epochs=3), seed=4)


def test_one_state_is_the_mean(mean_system):
    prepared = small_corpus()
    one = pool_in_states(mean_system, prepared, [1])[1]
    index = prepared.trials.test[:7]
    pooled = mean_pool(one.features[index], prepared.mask[index])
    wanted = (pooled - one.centre) / one.scale
    torch.testing.assert_close(one.embed(prepared, index, 2), wanted)


def test_states_keep_the_phrase(mean_system):
    prepared = small_corpus()
    found = pool_in_states(mean_system, prepared, [1, 6])
    assert found[6].errors["TWa"] < found[1].errors["TWa"]
    path = found[6].path(prepared, 0)
    assert len(path) == int(prepared.corpus.frames[0])
    assert path[0] == 0
    assert path[-1] == 5
    assert path == sorted(path)


def test_plda_scores_claims():
    prepared = small_corpus()
    system = train_network(prepared, recipe=replace(NETWORK, epochs=4), seed=4)
    backend = fit_plda(system, prepared)
    row = error_table(trial_scores(system, prepared, backend=backend), prepared.trials)
    assert row["all"] < 0.4
