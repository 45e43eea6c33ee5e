"""Back-ends: known answers on vectors made for the purpose."""

from dataclasses import replace

import pytest
import torch

from support.verification.backend import NormalisedCosine, s_normed
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import NETWORK, train_network
from tests.verification.small import small_corpus


def test_a_test_that_is_like_everybody_is_marked_down():
    rng = torch.Generator().manual_seed(3)
    common = torch.zeros(8)
    common[0] = 4.0
    cohort = common + torch.randn(300, 8, generator=rng)
    person = torch.zeros(8)
    person[1] = 4.0
    model = (common + person).expand(1, 3, 8)
    average, same = common, person + 0.2 * common
    normal = NormalisedCosine(cohort, nearest=100).score(
        model, torch.stack([average, same])
    )
    plain = torch.cosine_similarity(model[0], torch.stack([average, same, same]))
    assert float((plain[0] - plain[1]).abs()) < 0.25  # the cosine hardly parts them
    assert float(normal[0, 1] - normal[0, 0]) > 3


def test_normalised_scores_do_not_depend_on_lengths():
    rng = torch.Generator().manual_seed(4)
    cohort, model, test = (
        torch.randn(*shape, generator=rng) for shape in ((50, 6), (4, 3, 6), (5, 6))
    )
    one = NormalisedCosine(cohort).score(model, test)
    other = NormalisedCosine(3 * cohort).score(5 * model, 7 * test)
    assert one.shape == (4, 5)
    torch.testing.assert_close(one, other)


def test_s_norm_of_a_network_is_a_verifier():
    prepared = small_corpus()
    system = train_network(prepared, recipe=replace(NETWORK, epochs=2), seed=1)
    normal = s_normed(system, prepared)
    assert normal.shape == prepared.trials.kind.shape
    assert error_table(normal, prepared.trials)["all"] < 0.4
    plain = trial_scores(system, prepared)
    assert float(torch.corrcoef(torch.stack([normal, plain]))[0, 1]) > 0.6


@pytest.mark.parametrize("size", [1e-25, 1e-13, 1e20])
def test_normalised_scores_do_not_depend_on_the_unit(size):
    rng = torch.Generator().manual_seed(5)
    cohort, model, test = (
        torch.randn(*shape, generator=rng) for shape in ((20, 4), (2, 1, 4), (3, 4))
    )
    test = test * torch.tensor([[1.0], [10.0], [100.0]])
    found = NormalisedCosine(size * cohort).score(size * model, size * test)
    torch.testing.assert_close(found, NormalisedCosine(cohort).score(model, test))
