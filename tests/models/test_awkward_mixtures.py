"""Constant features, offsets, units and long utterances leave an alignment alone."""

import math

import numpy as np
import pytest
import torch

from support.models.chains import forward_backward, viterbi
from support.models.gaussians import log_densities
from support.models.gmm import DiagonalGMM
from support.models.hmm import PhraseHMM

SOURCE = torch.Generator().manual_seed(0)
CENTRES = 4 * torch.randn(3, 3, generator=SOURCE).double()
# Multiples of 2^-10, so that an offset of 2^30 is added without any rounding.
X = CENTRES[torch.arange(300) % 3] + torch.randn(300, 3, generator=SOURCE).double()
X = (X * 1024).round() / 1024
FRAMES = torch.full((12,), 25)
PHRASE = torch.arange(12) % 2


def mixture(x, floor=0.01):
    gmm = DiagonalGMM(3, x.shape[1], variance_floor=floor)
    trace = gmm.fit(x, generator=torch.Generator().manual_seed(0))
    return gmm.log_responsibilities(x).exp(), np.array(trace), gmm


def chain(x, kind="baum_welch"):
    x = x.reshape(12, 25, -1)
    hmm = PhraseHMM(2, 3, x.shape[2])
    trace = hmm.fit(x, FRAMES, PHRASE, kind=kind)
    A, _ = hmm.align(x, FRAMES, PHRASE, soft=kind != "viterbi")
    return A, np.array(trace), hmm


FITS = pytest.mark.parametrize("fit", [mixture, chain])


@FITS
@pytest.mark.parametrize("value", [0, 50, 100, 300, 1000, 1e9, -0.1])
def test_a_feature_that_never_varies_says_nothing(fit, value):
    wide = torch.cat([X, torch.full((300, 1), float(value)).double()], 1)
    (share, trace, _), (wanted, plain, _) = fit(wide), fit(X)
    assert torch.allclose(share, wanted, atol=1e-9)
    # it stands at its mean, where a standard normal has this density
    assert trace + math.log(2 * math.pi) / 2 == pytest.approx(plain, abs=1e-8)


@FITS
@pytest.mark.parametrize("offset", [2.0**20, 2.0**30, -(2.0**30)])
def test_an_offset_changes_no_share(fit, offset):
    (share, trace, model), (wanted, plain, _) = fit(X + offset), fit(X)
    assert torch.allclose(share, wanted, atol=1e-6)
    assert trace == pytest.approx(plain, abs=1e-6)
    assert (np.diff(trace) > -1e-9).all()
    assert (model.variance > 0).all()


@FITS
@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e9, 1e12])
def test_the_unit_changes_a_density_by_its_logarithm_alone(fit, scale):
    (share, trace, _), (wanted, plain, _) = fit(X * scale), fit(X)
    assert torch.allclose(share, wanted, atol=1e-7)
    assert trace + 3 * math.log(scale) == pytest.approx(plain, abs=1e-7)


@pytest.mark.parametrize("spread", [1e-3, 1e-6, 1e-9])
def test_narrow_components_far_apart_keep_their_variance(spread):
    draw = torch.Generator().manual_seed(1)
    noise = torch.randn(400, 2, generator=draw).double()
    x = torch.tensor([[0.0, 0.0], [1.0, 3.0]]).double()[torch.arange(400) % 2]
    gmm = DiagonalGMM(2, 2, variance_floor=0)
    gmm.fit(x + spread * noise, generator=torch.Generator().manual_seed(0))
    order = gmm.mean[:, 0].argsort()
    wanted = torch.stack([noise[k::2].var(0, correction=0) for k in range(2)])
    found = gmm.variance[order] / spread**2
    assert torch.allclose(found, wanted, rtol=1e-5)


def test_one_far_frame_does_not_blur_the_others():
    x = torch.cat([X, torch.full((1, 3), 1e9).double()])
    gmm = DiagonalGMM(4, 3, variance_floor=0)
    gmm.fit(x, generator=torch.Generator().manual_seed(0), iterations=50)
    # the far frame is its own component; what is left is not its rounding
    assert gmm.mean.abs().amax(1).sort().values[:3].max() < 20
    alive = gmm.mean.abs().amax(1) < 20
    assert (gmm.variance[alive] < 100).all()


@pytest.mark.parametrize("far", [1, 1e3, 1e6])
def test_densities_are_those_of_long_division(far):
    from fractions import Fraction

    mean = torch.tensor([[far, 0.0], [far + 1e-3, 1.0]]).double()
    variance = torch.tensor([[1e-6, 1.0], [2e-6, 0.5]]).double()
    x = torch.tensor([[far + 5e-4, 0.5], [far - 1e-3, 2.0]]).double()
    found = log_densities(x, mean, variance)
    for t in range(2):
        for k in range(2):
            exact = sum(
                (Fraction(float(x[t, d])) - Fraction(float(mean[k, d]))) ** 2
                / Fraction(float(variance[k, d]))
                for d in range(2)
            )
            volume = (2 * math.pi * variance[k]).log().sum()
            wanted = -(float(exact) + float(volume)) / 2
            assert float(found[t, k]) == pytest.approx(wanted, abs=1e-8)


def test_long_utterances_in_single_precision_lose_no_nat():
    draw = torch.Generator().manual_seed(0)
    emission = (-60 + torch.randn(1, 3000, 5, generator=draw)).float()
    frames, half = torch.tensor([3000]), torch.full((5,), 0.5).log()
    narrow = forward_backward(emission, frames, half, half)
    wide = forward_backward(emission.double(), frames, half.double(), half.double())
    assert narrow.gamma.dtype == torch.float32
    assert torch.allclose(narrow.gamma.double(), wide.gamma, atol=1e-6)
    assert float(narrow.log_likelihood) == pytest.approx(
        float(wide.log_likelihood), abs=0.01
    )


@pytest.mark.parametrize("kind", [torch.int64, torch.uint8, torch.int8, torch.bool])
def test_whole_numbers_are_converted(kind):
    emission = torch.tensor([[[1, 0], [1, 0], [0, 1]]])
    moves = torch.full((2,), -0.5)
    given = torch.tensor([3]).to(torch.uint8), moves, moves
    for act in (viterbi, forward_backward):
        found, wanted = (act(e, *given) for e in (emission.to(kind), emission.double()))
        assert torch.equal(found[0], wanted[0])
    hmm = PhraseHMM(2, 3, 3)
    hmm.fit(X.reshape(12, 25, 3), FRAMES.to(torch.int8), PHRASE.to(torch.uint8))
    other = PhraseHMM(2, 3, 3)
    other.fit(X.reshape(12, 25, 3).numpy(), FRAMES.numpy(), PHRASE.numpy())
    assert torch.equal(hmm.mean, other.mean)
