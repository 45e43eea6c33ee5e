"""Shifts of embeddings learned from pairs."""

import math

import pytest
import torch
from scipy.stats import norm
from sklearn.linear_model import Ridge

from support.data.effort import effort_embeddings
from support.models.compensation import (
    KINDS,
    BiasCompensator,
    fit_mixture,
    power_of_two,
)
from support.models.regression_compensation import JointCompensator, LinearCompensator


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(seed, *shape):
    return torch.randn(*shape, generator=source(seed), dtype=torch.float64)


def pairs(count=60, size=4, seed=0):
    x = draw(seed, count, size)
    return x, 0.7 * x + 1 + 0.3 * draw(seed + 1, count, size)


MAKERS = {kind: lambda kind=kind: BiasCompensator(kind, 3) for kind in KINDS} | {
    "one matrix": lambda: LinearCompensator(0.5),
    "joint": lambda: JointCompensator(2, 3),
}
every = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@every
def test_a_constant_shift_is_undone_exactly(make):
    x = draw(0, 40, 4)
    back = make().fit(x, x + 2.5, source()).transform(x + 2.5)
    assert float((back - x).abs().max()) < 1e-9


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "mean"])
def test_two_shifts_of_two_far_clusters_are_undone(kind):
    cluster = torch.arange(40) % 2
    x = draw(0, 40, 3) + 1000 * cluster[:, None]
    y = x + torch.tensor([[5.0, 0, -1], [-3, 2, 0]]).double()[cluster]
    back = BiasCompensator(kind, 2).fit(x, y, source()).transform(y)
    assert float((back - x).abs().max()) < 1e-6
    mean = BiasCompensator("mean", 2).fit(x, y, source()).transform(y)
    assert float((mean - x).abs().max()) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_one_component_is_the_global_mean(kind):
    x, y = pairs()
    found = BiasCompensator(kind, 1).fit(x, y, source()).bias(y)
    assert float((found - (y - x).mean(0)).abs().max()) < 1e-12


def test_memlin_with_soft_counts_is_splice_and_with_hard_ones_is_not():
    x, y = pairs()
    splice = BiasCompensator("splice", 4).fit(x, y, source()).transform(y)
    soft = BiasCompensator("memlin", 4).fit(x, y, source()).transform(y)
    hard = BiasCompensator("memlin", 4, counts="hard").fit(x, y, source()).transform(y)
    assert float((splice - soft).abs().max()) < 1e-10
    assert float((splice - hard).abs().max()) > 1e-3


def test_ratz_is_its_formula():
    x, y = pairs(size=2)
    mixture = fit_mixture(x, 3, source())
    share = mixture.log_responsibilities(x).exp()
    total = share.sum(0)[:, None]
    bias = share.T @ (y - x) / total
    mean = mixture.mean + bias
    spread = torch.stack([s @ (y - m) ** 2 for s, m in zip(share.T, mean, strict=True)])
    spread = torch.maximum(spread / total, 0.01 * y.var(0, correction=0))
    weight = mixture.log_weight.exp()[:, None] * torch.stack(
        [
            torch.from_numpy(norm.pdf(y, m, v.sqrt())).prod(1)
            for m, v in zip(mean, spread, strict=True)
        ]
    )
    wanted = y - (weight / weight.sum(0)).T @ bias
    found = BiasCompensator("ratz", 3).fit(x, y, source()).transform(y)
    assert torch.allclose(found, wanted, atol=1e-10)


def test_the_cross_posterior_is_its_formula():
    x, y = pairs(size=2)
    fitted = BiasCompensator("memlin_cross", 2).fit(x, y, source())
    draws = source()
    of_y = fit_mixture(y, 2, draws).log_responsibilities(y).exp()
    of_x = fit_mixture(x, 2, draws).log_responsibilities(x).exp()
    wanted = y.clone()
    shift, overall = y - x, y.var(0, correction=0)
    for j in range(2):
        single = of_y[:, j] @ shift / of_y[:, j].sum()
        own = of_y[:, j] @ y / of_y[:, j].sum()
        weights, biases = [], []
        for i in range(2):
            pair = of_y[:, j] * of_x[:, i]
            count = pair.sum()
            trust = count / (count + 1)
            mean = trust * (pair @ y / count) + (1 - trust) * own
            about = pair @ (y - mean) ** 2 / count
            spread = torch.maximum(
                trust * about + (1 - trust) * overall, 0.01 * overall
            )
            density = torch.from_numpy(norm.pdf(y, mean, spread.sqrt())).prod(1)
            weights.append(count * density)
            biases.append(trust * (pair @ shift / count) + (1 - trust) * single)
        given = torch.stack(weights) / torch.stack(weights).sum(0)
        wanted -= of_y[:, j, None] * (given.T @ torch.stack(biases))
    assert torch.allclose(fitted.transform(y), wanted, atol=1e-10)


def test_the_matrix_is_ridge_regression():
    x, y = pairs()
    penalty = 0.5
    scatter = (y - y.mean(0)).square().sum() / y.shape[1]
    oracle = Ridge(alpha=penalty * float(scatter)).fit(y.numpy(), (y - x).numpy())
    found = LinearCompensator(penalty).fit(x, y, source()).bias(y)
    assert torch.allclose(found, torch.from_numpy(oracle.predict(y.numpy())))
    mean = LinearCompensator(1e12).fit(x, y, source()).bias(y)
    assert torch.allclose(mean, (y - x).mean(0).expand_as(y), atol=1e-9)


def test_one_joint_gaussian_is_least_squares_in_its_components():
    x, y = pairs(count=500)
    found = JointCompensator(1, 4).fit(x, y, source()).bias(y)
    wanted = LinearCompensator(1e-9).fit(x, y, source()).bias(y)
    assert torch.allclose(found, wanted, atol=0.01)
    # outside the components the shift is its mean
    narrow = JointCompensator(1, 1).fit(x, y, source()).bias(y) - (y - x).mean(0)
    assert int(torch.linalg.matrix_rank(narrow)) == 1


@every
def test_gradients_pass_and_no_order_of_axes_matters(make):
    x, y = pairs()
    fitted = make().fit(x, y, source())
    some = y[:3].clone().requires_grad_()
    assert torch.autograd.gradcheck(fitted.transform, (some,))
    order = torch.tensor([2, 0, 3, 1])
    turned = make().fit(x[:, order], y[:, order], source()).transform(y[:, order])
    assert torch.allclose(turned, fitted.transform(y)[:, order], atol=1e-6)


@every
@pytest.mark.parametrize("size", [1e-200, 1e-20, 1e20, 1e160])
def test_the_unit_of_an_embedding_does_not_matter(make, size):
    x, y = pairs()
    wanted = make().fit(x, y, source()).transform(y)
    found = make().fit(size * x, size * y, source()).transform(size * y) / size
    assert torch.allclose(found, wanted, atol=1e-6)


@every
def test_embeddings_that_are_all_alike_are_moved_by_the_mean(make):
    same = torch.ones(8, 4).double()
    found = make().fit(same, 3 * same, source()).transform(3 * same)
    assert torch.allclose(found, same)


def test_kinds_of_numbers_and_shapes():
    x, y = pairs()
    fitted = BiasCompensator("memlin_cross", 3).fit(x.float(), y, source())
    assert fitted.transform(y.float()).dtype == torch.float32
    assert fitted.transform(y.half()).dtype == torch.float32
    assert fitted.transform(y[0]).shape == (4,)
    assert fitted.transform(y[:0]).shape == (0, 4)
    assert fitted.transform(y.reshape(3, 20, 4)).shape == (3, 20, 4)


@every
def test_bad_input_is_refused_in_words(make):
    x, y = pairs()
    with pytest.raises(ValueError, match="not fitted; call fit"):
        make().transform(y)
    for bad, words in (
        (y[:-1], "normal, shouted: got shapes"),
        (y[:, :3], "normal, shouted: got shapes"),
        ("words", "shouted: got str"),
        (torch.full_like(y, math.nan), "shouted: got nan"),
    ):
        with pytest.raises(ValueError, match=words):
            make().fit(x, bad, source())
    with pytest.raises(ValueError, match="normal, shouted: got shapes"):
        make().fit(x[:0], y[:0], source())
    for bad in (None, 0, "seed"):
        with pytest.raises(ValueError, match=r"generator: got .* give a torch"):
            make().fit(x, y, bad)
    fitted = make().fit(x, y, source())
    for bad, words in (
        (y[:, :3], r"y: got shape \(60, 3\)"),
        (torch.full_like(y, math.inf), "y: got inf"),
        (torch.tensor(1.0), r"y: got shape \(\)"),
    ):
        with pytest.raises(ValueError, match=words):
            fitted.transform(bad)


@pytest.mark.parametrize("bad", [0, 2.5, True, "3", None, -1])
def test_counts_are_whole_numbers(bad):
    with pytest.raises(ValueError, match="components: got"):
        BiasCompensator("ratz", bad)
    with pytest.raises(ValueError, match="dimensions: got"):
        JointCompensator(2, bad)


def test_a_fit_that_fails_leaves_nothing_behind():
    fitted = JointCompensator(1, 3).fit(*pairs(), source())
    with pytest.raises(ValueError, match="dimensions: got 3 for 60 pairs of size 2"):
        fitted.fit(*pairs(size=2), source())
    with pytest.raises(ValueError, match="not fitted; call fit"):
        fitted.bias(pairs()[1])
    with pytest.raises(ValueError, match="got 1 pair; give at least two"):
        fitted.fit(*pairs(count=1), source())


def test_a_mixture_that_cannot_be_fitted_is_refused_by_name():
    x, _ = pairs()
    for options, words in (
        ({"components": 2.5}, "components: got 2.5"),
        ({"components": True}, "components: got True"),
        ({"variance_floor": None}, "variance_floor: got None"),
        ({"generator": None}, "generator: got NoneType"),
        ({"x": x[0]}, r"x: got shape \(4,\)"),
    ):
        with pytest.raises(ValueError, match=words):
            fit_mixture(**({"x": x, "components": 2, "generator": source()} | options))
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match=f"values: got {bad}"):
            power_of_two(torch.tensor([bad]))


def test_embeddings_whose_squares_overflow_are_refused():
    x, y = pairs()
    fitted = BiasCompensator("memlin_cross", 3).fit(x, y, source())
    with pytest.raises(ValueError, match=r"y: got numbers up to .* give embeddings of"):
        fitted.transform(1e200 * y)


def test_options_are_refused_by_name():
    for make, words in (
        (lambda: BiasCompensator("rats", 2), "kind: got 'rats'; give one of mean"),
        (lambda: BiasCompensator("ratz", 2, counts="some"), "counts: got 'some'"),
        (lambda: BiasCompensator("ratz", 2, variance_floor=-1), "variance_floor: got"),
        (lambda: LinearCompensator(0), "penalty: got 0; give"),
        (lambda: LinearCompensator(math.nan), "penalty: got nan"),
    ):
        with pytest.raises(ValueError, match=words):
            make()
    x, y = pairs(count=3)
    with pytest.raises(ValueError, match="got 3 pairs for 4 components"):
        BiasCompensator("splice", 4).fit(x, y, source())
    with pytest.raises(ValueError, match="dimensions: got 9 for 60 pairs of size 4"):
        JointCompensator(1, 9).fit(*pairs(), source())


def test_where_both_spaces_matter_both_are_used():
    """Speakers by cluster and by manner: MEMLIN knows more than either alone."""
    made = effort_embeddings(seed=0)
    left = {
        kind: float(
            (
                BiasCompensator(kind, 4)
                .fit(made.normal, made.shouted, source())
                .transform(made.shouted)
                - made.normal
            )
            .square()
            .mean()
        )
        for kind in ("mean", "ratz", "splice", "memlin_cross")
    }
    assert left["memlin_cross"] < min(left["ratz"], left["splice"]) < left["mean"]
