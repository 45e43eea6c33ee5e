"""What is known exactly: worlds against samples, theorems side against side."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chapters.similarity.exact import (
    GaussianWorld,
    gaussian_worlds,
    gram_r2,
    random_tables,
    stitching_terms,
    turned,
    twin_clouds,
)
from support.metrics.similarity import fit_r2, linear_cka
from support.metrics.usable_information import gaussian_usable_information


@pytest.mark.parametrize("name", ["rotated", "stretched", "collapsed"])
def test_samples_find_the_exact_scores(name):
    world, draw = gaussian_worlds()[name], torch.Generator().manual_seed(0)
    exact = world.exact()
    a, b, a_new, b_new = *world.sample(6000, draw), *world.sample(6000, draw)
    assert linear_cka(a, b) == pytest.approx(exact["CKA"], abs=0.03)
    for family in ("orthogonal", "scaled", "affine"):
        found = fit_r2(a, b, family, a_new, b_new).r2
        assert found == pytest.approx(exact[family], abs=0.03)
    for noise, key in (("full", "full"), ("isotropic", "isotropic")):
        found = gaussian_usable_information(a, b, a_new, b_new, noise=noise)
        assert found == pytest.approx(exact[key], abs=0.12)


def test_free_covariance_reaches_shannon_and_one_variance_errs_both_ways():
    exact = {name: world.exact() for name, world in gaussian_worlds().items()}
    for row in exact.values():
        assert row["full"] == pytest.approx(row["Shannon"], abs=1e-9)
        ladder = [row[key] for key in ("orthogonal", "scaled", "affine")]
        assert all(b - a >= -1e-12 for a, b in pairwise(ladder))
    gap = {name: row["isotropic"] - row["Shannon"] for name, row in exact.items()}
    for name, row in exact.items():
        assert gap[name] == pytest.approx(row["excess"], abs=1e-9)
    assert gap["rotated"] == pytest.approx(0, abs=1e-9)
    assert gap["stretched"] > 0.1
    assert gap["collapsed"] < -0.1


def test_one_dimension_has_the_textbook_information():
    one = torch.ones(1, 1, dtype=torch.float64)
    row = GaussianWorld(one, one, 1.0).exact()  # correlation one half
    assert row["Shannon"] == pytest.approx(-0.5 * math.log(0.75), abs=1e-12)
    assert row["isotropic"] == pytest.approx(row["Shannon"], abs=1e-12)


def test_a_stretched_and_a_collapsed_cloud_share_their_cka():
    cloud, others = twin_clouds(200, torch.Generator().manual_seed(3))
    cka = {name: linear_cka(z, cloud, unbiased=False) for name, z in others.items()}
    assert cka["rotated"] == pytest.approx(1, abs=1e-12)
    assert cka["stretched"] == pytest.approx(cka["collapsed"], abs=1e-6)
    assert cka["collapsed"] == pytest.approx(2 / math.sqrt(5), abs=1e-6)
    assert fit_r2(
        others["stretched"], cloud, "affine", others["stretched"], cloud
    ).r2 > (1 - 1e-6)
    assert float(others["collapsed"][:, 1].abs().max()) == 0


def test_turning_keeps_distances_and_stretching_does_not():
    cloud = torch.randn(10, 2, generator=torch.Generator().manual_seed(1)).double()
    kept = torch.cdist(turned(cloud, 33, 1.0), turned(cloud, 33, 1.0))
    assert torch.allclose(kept, torch.cdist(cloud, cloud), atol=1e-6)
    assert torch.allclose(turned(cloud, 0, 3.0)[:, 1], 3 * cloud[:, 1], atol=1e-6)


@pytest.mark.parametrize(("count", "spread"), [(3, 2.0), (10, 1.0)])
def test_clouds_refuse_what_cannot_be(count, spread):
    with pytest.raises(ValueError, match=f"got {spread} and {count}"):
        twin_clouds(count, torch.Generator(), spread=spread)


SIZES = st.tuples(*(st.integers(2, 6) for _ in range(3)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), sizes=SIZES)
def test_the_loss_of_stitching_is_what_is_missing_and_what_is_clumsy(seed, sizes):
    tables = random_tables(torch.Generator().manual_seed(seed), sizes)
    loss, missing, gap = stitching_terms(*tables)
    assert float(loss) == pytest.approx(float(missing + gap), abs=1e-12)
    assert missing >= -1e-12
    assert gap >= -1e-12


def test_missing_information_equals_a_sum_of_entropies():
    joint, outputs, stitched = random_tables(
        torch.Generator().manual_seed(1), (3, 4, 5)
    )
    law = joint[:, :, None] * outputs
    given_a = -torch.special.xlogy(law.sum(1), law.sum(1) / joint.sum(1)[:, None]).sum()
    given_both = -(law * outputs.log()).sum()
    _, missing, _ = stitching_terms(joint, outputs, stitched)
    assert float(missing) == pytest.approx(float(given_a - given_both), abs=1e-12)


def test_the_best_stitched_output_leaves_only_what_is_missing():
    joint, outputs, _ = random_tables(torch.Generator().manual_seed(2), (4, 3, 3))
    best = (joint[:, :, None] * outputs).sum(1) / joint.sum(1, keepdim=True)
    loss, missing, gap = stitching_terms(joint, outputs, best)
    assert float(gap) == pytest.approx(0, abs=1e-12)
    assert float(loss) == pytest.approx(float(missing), abs=1e-12)


def test_a_source_that_knows_the_target_lacks_nothing():
    outputs = random_tables(torch.Generator().manual_seed(3), (3, 3, 4))[1]
    loss, missing, gap = stitching_terms(torch.eye(3).double() / 3, outputs, outputs)
    assert max(map(float, (loss, missing, gap))) == pytest.approx(0, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    rows=st.integers(5, 30),
    widths=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_cka_squared_is_the_r2_of_one_number(seed, rows, widths):
    draw = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(rows, width, generator=draw).double() for width in widths)
    cka = linear_cka(x, y, unbiased=False)
    assert gram_r2(x, y) == pytest.approx(cka**2, abs=1e-10)


def test_no_number_does_better_than_the_one_of_gram_r2():
    draw = torch.Generator().manual_seed(4)
    x, y = (torch.randn(12, 3, generator=draw).double() for _ in range(2))
    k, el = ((z - z.mean(0)) @ (z - z.mean(0)).T for z in (x, y))
    tried = [
        1 - float((el - a * k).square().sum() / el.square().sum())
        for a in torch.linspace(-2, 2, 401).tolist()
    ]
    assert max(tried) <= gram_r2(x, y) + 1e-12
    assert max(tried) == pytest.approx(gram_r2(x, y), abs=1e-3)
