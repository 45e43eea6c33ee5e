"""Relevance, prototypes, maps and their tests: known answers, identities, bad input."""

import pytest
import torch

from support.metrics.relevance import (
    class_prototype,
    deletion_drop,
    group_relevance,
    mass_accuracy,
    relevance,
    soft_maps,
)


def draw(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


H = draw(0, 2, 3, 6).clamp_min(0) + 0.01
THETA, W, X = draw(1, 4, 3), draw(2, 5, 3).abs(), draw(3, 2, 5, 6).abs()


def test_the_worked_example():
    h, theta = torch.tensor([[[3.0], [1.0]]]), torch.tensor([[1.0, -2.0]])
    r = relevance(h, theta)
    assert r.tolist() == [[[3.0, -2.0]]]
    assert r.sum().item() == 1
    chosen = relevance(h, theta, normalise=True) > 0.5
    x = torch.tensor([[[5.0], [2.0]]])
    assert soft_maps(x, torch.eye(2), h, chosen).flatten().tolist() == [5.0, 0.0]


def test_relevances_of_a_frame_sum_to_its_logit():
    r = relevance(H, THETA, pool="none")
    assert r.shape == (2, 4, 3, 6)
    wanted = torch.einsum("ck,bkt->bct", THETA, H)
    assert (r.sum(2) - wanted).abs().max() < 1e-12
    torch.testing.assert_close(relevance(H, THETA), r.mean(3))


def test_pooling_and_normalising_keep_signs():
    theta = -THETA.abs()
    scaled = relevance(H, theta, normalise=True)
    assert scaled.max() <= 0
    torch.testing.assert_close(scaled.abs().amax(2), torch.ones(2, 4).double())
    torch.testing.assert_close(
        relevance(H, theta, pool="max"), theta * H.amax(2)[:, None]
    )
    silent = relevance(torch.zeros(1, 3, 2), THETA, normalise=True)
    assert silent.abs().max() == 0


def test_a_prototype_is_a_mean_over_the_segments_that_have_the_class():
    r = torch.tensor([[[1.0, -1.0]], [[3.0, 5.0]], [[9.0, 9.0]]])
    present = torch.tensor([[True], [True], [False]])
    found = class_prototype(r, torch.eye(2), present)
    assert found.tolist() == [[2.0, 2.0]]
    assert class_prototype(-r.abs(), torch.eye(2)).abs().max() == 0
    with pytest.warns(UserWarning, match=r"present: .*classes \[0\]"):
        nothing = class_prototype(r, torch.eye(2), torch.zeros(3, 1))
    assert nothing.isnan().all()


def test_maps_of_all_components_sum_to_the_spectrogram():
    maps = soft_maps(X, W, H, torch.eye(3))
    assert maps.shape == (2, 3, 5, 6)
    assert (maps.sum(1) - X).abs().max() < 1e-12
    both = soft_maps(X, W, H, torch.tensor([[1, 1, 0], [0, 0, 1]]))
    torch.testing.assert_close(both[:, 0], maps[:, 0] + maps[:, 1])
    torch.testing.assert_close(soft_maps(X, W, H, torch.eye(3) / 2), maps / 2)
    assert soft_maps(X, W, 0 * H, torch.eye(3)).abs().max() == 0


def test_maps_of_tiny_patterns_stay_finite():
    x, h = torch.ones(1, 1, 1), torch.full((1, 2, 1), 1e-9)
    maps = soft_maps(x, torch.full((1, 2), 1e-30), h, torch.tensor([[1, 1], [0, 0]]))
    assert maps.flatten().tolist() == [1.0, 0.0]


def test_mass_accuracy_of_an_ideal_mask_is_one_and_of_a_mixture_its_share():
    frames = torch.ones(2, 3, 6)
    maps = draw(4, 2, 3, 5, 6).abs()
    ideal = draw(5, 2, 3, 5, 6) > 0
    torch.testing.assert_close(
        mass_accuracy(maps * ideal, ideal, frames), torch.ones(3).double()
    )
    mixture = X[:, None].expand_as(maps)
    share = (mixture * ideal).sum((0, 2, 3)) / mixture.sum((0, 2, 3))
    torch.testing.assert_close(mass_accuracy(mixture, ideal, frames), share)
    half = frames.clone()
    half[:, :, 3:] = 0
    torch.testing.assert_close(
        mass_accuracy(maps, ideal, half),
        mass_accuracy(maps[..., :3], ideal[..., :3], half[..., :3]),
    )
    with pytest.warns(UserWarning, match="maps"):
        assert mass_accuracy(maps, ideal, 0 * frames).isnan().all()


def test_deletion_of_what_a_linear_model_hears_costs_its_weight():
    weight = draw(6, 4, 5)

    def model(x):
        return torch.einsum("cf,bft->bct", weight, x)

    parts = soft_maps(X, W, H, torch.eye(3)[[0, 1, 2, 0]])
    found = deletion_drop(model, X, parts, torch.ones(2, 4, 6))
    wanted = torch.einsum("cf,bcft->bct", weight, parts).mean((0, 2))
    torch.testing.assert_close(found, wanted)
    some = torch.zeros(2, 4, 6)
    some[0, :, 2] = 1
    one = torch.einsum("cf,cf->c", weight, parts[0, :, :, 2])
    torch.testing.assert_close(deletion_drop(model, X, parts, some), one)
    with pytest.warns(UserWarning, match="frames"):
        assert deletion_drop(model, X, parts, 0 * some).isnan().all()


def test_group_relevance_is_the_mean_of_the_positive_part():
    h, labels = draw(7, 8, 3).abs(), torch.arange(8) % 4
    found = group_relevance(h, THETA, labels)
    for group in range(4):
        wanted = (THETA[group] * h[labels == group]).clamp_min(0).mean(0)
        torch.testing.assert_close(found[group], wanted)


def test_precisions_mix(device):
    h, x = H.float().to(device), X.to(device)
    assert relevance(h, THETA).dtype == torch.float64
    maps = soft_maps(x, W.float(), h, torch.eye(3))
    assert maps.device.type == device
    assert maps.dtype == torch.float64


@pytest.mark.parametrize("scale", [1e-30, 1e-23, 1e20, 1e37])
def test_maps_do_not_know_the_level_of_patterns_and_activations(scale):
    x, h = torch.tensor([[[4.0]]]), torch.tensor([[[3.0], [1.0]]])
    maps = soft_maps(x, torch.ones(1, 2) * scale, h * scale, torch.eye(2))
    assert maps.flatten().tolist() == pytest.approx([3, 1])


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1.0, 1e9])
def test_parts_may_be_above_by_rounding_alone_on_any_scale(scale):
    x = torch.full((2, 2, 3), scale)
    x[1] *= 1e3  # an item beside a louder one
    frames = torch.ones(2, 1, 3)

    def model(given):
        return given.sum(1, keepdim=True)

    drop = float(deletion_drop(model, x, 1.0001 * x[:, None], frames))
    assert drop == pytest.approx(1001 * scale, rel=1e-5)
    above = x[:, None].clone()
    above[0] *= 1.1
    with pytest.raises(ValueError, match="give parts from 0 to x"):
        deletion_drop(model, x, above, frames)


BAD = [
    (relevance, {"h": -H, "theta": THETA}, "h: got -"),
    (relevance, {"h": H[0], "theta": THETA}, "h: got shape"),
    (relevance, {"h": H[:0], "theta": THETA}, "not empty"),
    (relevance, {"h": "abc", "theta": THETA}, "h: got str"),
    (relevance, {"h": H, "theta": THETA[:, :2]}, "theta: got shape"),
    (relevance, {"h": H, "theta": THETA, "pool": "sum"}, "pool: got 'sum'"),
    (class_prototype, {"relevances": H, "W": W}, "relevances: got shape"),
    (
        class_prototype,
        {"relevances": H.mT, "W": -W},
        "W: got -",
    ),
    (
        class_prototype,
        {"relevances": H.mT, "W": W, "present": torch.ones(2)},
        "present: got shape",
    ),
    (soft_maps, {"x": -X, "W": W, "h": H, "selected": torch.eye(3)}, "x: got -"),
    (soft_maps, {"x": X[..., :2], "W": W, "h": H, "selected": torch.eye(3)}, "x: got"),
    (
        soft_maps,
        {"x": X, "W": W[:, :2], "h": H, "selected": torch.eye(3)},
        "W: got 2 columns",
    ),
    (
        soft_maps,
        {"x": X, "W": W, "h": H, "selected": torch.eye(2)},
        "selected: got shape",
    ),
    (
        soft_maps,
        {"x": X, "W": W, "h": H, "selected": 1.5 * torch.eye(3)},
        "selected: got 0 to 1.5",
    ),
    (
        mass_accuracy,
        {"maps": X[:, None], "ideal": X > 0, "frames": X},
        "(ideal|frames): got",
    ),
    (
        mass_accuracy,
        {"maps": -X[:, None], "ideal": X[:, None] > 0, "frames": torch.ones(2, 1, 6)},
        "maps: got -",
    ),
    (
        mass_accuracy,
        {"maps": X[:, None], "ideal": X[:, None] > 0, "frames": torch.ones(2, 6)},
        "frames: got shape",
    ),
    (
        deletion_drop,
        {"model": lambda x: x, "x": X, "parts": X, "frames": torch.ones(2, 6)},
        "parts: got shape",
    ),
    (
        deletion_drop,
        {
            "model": lambda x: x,
            "x": X,
            "parts": X[:, None],
            "frames": torch.ones(2, 1, 6),
        },
        "model: gave shape",
    ),
    *(
        (
            deletion_drop,
            {
                "model": lambda x: x[:, :1],
                "x": sign * X,
                "parts": part[:, None],
                "frames": torch.ones(2, 1, 6),
            },
            "give parts from 0 to x",
        )
        for sign, part in ((1, 2 * X), (1, -X), (-1, X))
    ),
    (
        group_relevance,
        {"h": H[0], "theta": THETA, "labels": torch.zeros(3)},
        "theta: got",
    ),
    (
        group_relevance,
        {"h": H[0].T, "theta": THETA, "labels": torch.zeros(6)},
        r"the groups \[1, 2, 3\] are empty",
    ),
    (
        group_relevance,
        {"h": H[0].T, "theta": THETA, "labels": torch.full((6,), 4)},
        "labels: got values",
    ),
    (
        group_relevance,
        {"h": H[0].T, "theta": THETA, "labels": torch.zeros(5)},
        "labels: got shape",
    ),
]


@pytest.mark.parametrize(("of", "inputs", "words"), BAD)
def test_bad_input_is_named(of, inputs, words):
    with pytest.raises(ValueError, match=words):
        of(**inputs)
