"""What does not fit is refused in words that name it."""

from dataclasses import replace

import pytest
import torch

from chapters.translation import figures, networks, oracles, scores, systems, tuning
from chapters.translation.translator import move, on_the_way
from support.models.rotations import RotatedPrior
from support.training import Recipe
from tests.chapters.translation import small

NAN = float("nan")
Z, C = torch.ones(4, 16), torch.arange(4)
X, STYLE = torch.ones(3, 1, 16, 16), torch.full((4, 4), 0.5)
SHORT = Recipe(updates=2, batch_size=8, rate=1e-3)
SETTING = systems.Setting(1.0)


def prior(domains: int = 5) -> RotatedPrior:
    return RotatedPrior(domains, 16, small.source())


def told(style=STYLE, domain=C, of=5, drawn_by="seeded"):
    given = small.source() if drawn_by == "seeded" else drawn_by
    return oracles.oracles(prior(of), style, domain, given)


def r2(x_train=Z, y_train=Z, x_test=Z, y_test=None):
    varied = torch.arange(64.0).view(4, 16)
    y_test = varied if y_test is None else y_test
    return scores.least_squares_r2(x_train, y_train, x_test, y_test)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: networks.Side([]), "networks: got none"),
        (
            lambda: networks.Side([torch.nn.ReLU()])(Z[None, None, 0].repeat(3, 1, 1)),
            "x:",
        ),
        (lambda: networks.Side([torch.nn.ReLU()]).alone(-1), "network: got -1"),
        (lambda: networks.perceptrons(1, 9, -1, 4, 8), "domains: got -1"),
        (lambda: networks.perceptrons(1, 9, 5, 4, 0), "widths: got 0"),
        (lambda: networks.convolutions(0, 16, 5, 4), "models: got 0"),
        (lambda: networks.convolutions(1, 20, 5, 4), "side: got 20; give a multiple"),
        (lambda: oracles.law_gap(prior(), 0 * Z), r"z: got shape \(4, 16\), all 0"),
        (lambda: oracles.law_gap(prior(), Z[:0]), r"z: got shape \(0, 16\)"),
        (lambda: oracles.bound_gap(None), "generator: got NoneType"),
        (lambda: oracles.bound_gap(small.source(), 0), "models: got 0"),
        (lambda: told(drawn_by=None), "generator: got NoneType"),
        (lambda: told(of=1), "got 1 domains and 4 images"),
        (lambda: told(of=7), "got 7 domains and 4 images"),
        (lambda: told(STYLE[:0], C[:0]), "got 5 domains and 0 images"),
        (lambda: r2(y_train=Z[:3]), "x_train, y_train, x_test, y_test: got shapes"),
        (lambda: r2(x_test=Z[:, :3]), "x_train, y_train, x_test, y_test: got shapes"),
        (lambda: r2(y_test=torch.arange(4.0)[:, None]), "y_test: got shapes"),
        (lambda: r2(x_train=Z * NAN), "x_train: got nan"),
        (lambda: scores.slant_and_ink(X.repeat(1, 3, 1, 1)), r"shape \(3, 3, 16, 16\)"),
        (
            lambda: scores.slant_and_ink(X[..., :4]),
            r"images: got shape \(3, 1, 16, 4\)",
        ),
        (lambda: scores.slant_and_ink(X * NAN), "images: got nan"),
        (lambda: systems.Setting(NAN), "strength: got nan"),
        (lambda: systems.Setting(1.0, ratio=-1.0), "ratio: got -1"),
        (lambda: systems.Setting(1.0, adversary="much"), "adversary: got 'much'"),
        (lambda: systems.Setting(1.0, labelled="no"), "labelled: got 'no'"),
        (lambda: systems.settings_for("svhn"), "dataset: got 'svhn'"),
        (lambda: move(Z[:, :3], prior(), C, C, "shift"), r"z_l: got shape \(4, 3\)"),
        (
            lambda: move(Z, prior(), C[:1], C, "shift"),
            r"for domains of \(1,\) and \(4,",
        ),
        (lambda: move(Z, prior(), C, C[:2], "swap"), r"for domains of \(4,\) and \(2,"),
        (lambda: move(Z * NAN, prior(), C, C, "swap"), "z_l: got nan"),
        (lambda: on_the_way(Z, prior(), C * 0, C * 0, NAN), "share: got nan"),
        (lambda: on_the_way(Z, prior(), C * 0, C * 0 + 9, 0.5), "target: got values"),
        (lambda: on_the_way(Z[:, :3], prior(), C * 0, C * 0, 0.5), "z_l: got shape"),
        (lambda: figures.plane(Z, C[:2], "ab"), "z, y: got shapes"),
        (lambda: figures.plane(Z * NAN, C, "abcd"), "z: got nan"),
        (lambda: tuning.choose("svhn", {"a": SETTING}), "dataset: got 'svhn'"),
        (
            lambda: tuning.choose("embedded", {"a": SETTING}, seeds=()),
            "seeds: got none",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda d, m: d.images(X[..., :4]),
            r"x: got shape .*; give \(n, \*\(1, 16, 16",
        ),
        (lambda d, m: d.images(X.byte()), "x: got torch.uint8; give floats"),
        (lambda d, m: d.truth(torch.tensor([0]), torch.tensor([5000])), "rows: got"),
        (lambda d, m: figures.gallery(d, 0), "count: got 0"),
        (lambda d, m: figures.domains(d, {"a": m}, 5000), "sample: got 5000"),
        (lambda d, m: figures.hard_case(d, m, 0), "count: got 0"),
        (lambda d, m: figures.targets(d, {"a": m}, 9, [0]), "target: got 9"),
        (lambda d, m: figures.targets(d, {"a": m}, 1, []), "samples: got none"),
        (lambda d, m: figures.targets(d, {"a": m}, 1, [5000]), "samples: got values"),
        (lambda d, m: figures.path(m, d, 5000, 1, [0]), "sample: got 5000"),
        (lambda d, m: figures.path(m, d, 0, 9, [0]), "target: got 9"),
        (lambda d, m: m.encode(X, C), r"y: got shape \(4,\); give \(3,\)"),
        (lambda d, m: m.encode(X * NAN, C[:3]), "x: got nan"),
        (lambda d, m: m.encode(X, C[:3] + 7), "y: got values from 7"),
        (lambda d, m: m.decode(Z, C), r"z: got shape \(4, 16\); give \(n, 32\)"),
        (lambda d, m: m(X, C[:3], C[:3], noise=3), "generator: got int"),
        (lambda d, m: scores.worth(m, Z), r"mean: got \(4, 16\); give \(1000, 32\)"),
        (
            lambda d, m: scores.worth(m, scores.centre(m, d.y_test)),
            "no better than the",
        ),
        (lambda d, m: systems.train(d, {}, SHORT, 0), "settings: got {}"),
        (lambda d, m: systems.train(d, {"a": 1}, SHORT, 0), "settings: got {'a': 1}"),
        (
            lambda d, m: systems.objective(
                systems.Bank([SETTING], d, 0), torch.ones(1, 3, 256), C[None]
            ),
            "x, y: got shapes",
        ),
        (
            lambda d, m: systems.objective(
                systems.Bank([SETTING], d, 0), torch.ones(1, 4, 256), C[None] + 4
            ),
            "y: got values from 4 to 7",
        ),
    ],
)
def test_images_latents_and_domains_that_do_not_fit(call, words):
    with pytest.raises(ValueError, match=words):
        call(small.glyphs(), small.models()[systems.EQUAL])


def test_readers_take_images_as_arrays():
    meter, x = small.meter(), small.glyphs().x_test[:20]
    assert torch.equal(meter.judge(x.numpy()), meter.judge(x))
    few = replace(small.glyphs(), x_test=x, y_test=small.glyphs().y_test[:20])
    few = replace(few, style_test=small.glyphs().style_test[:20])
    given = meter.translations(lambda images, *_: images.numpy(), few)
    assert given == meter.translations(lambda images, *_: images, few)
