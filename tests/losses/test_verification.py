"""The smooth area over pairs of utterances, against its definition read aloud."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from support.losses.pairwise import pairwise_sigmoid
from support.losses.verification import aauc_verification, cosine_table, pair_scores


def batch(count=14, size=5, classes=4, seed=0, dtype=torch.float64):
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(count, size, generator=draw, dtype=dtype)
    return x, torch.arange(count) % classes


def read_aloud(x, identity, delta, pairs, fraction):
    """The definition, a pair at a time."""
    unit = x / x.norm(dim=1, keepdim=True)
    s, rows = unit @ unit.T, range(len(x))

    def mean(positive, negative):
        kept = sorted(negative, reverse=True)[: math.ceil(fraction * len(negative))]
        each = [1 / (1 + math.exp(-delta * (n - p))) for p in positive for n in kept]
        return sum(each) / len(each)

    def split(chosen):
        positive = [float(s[i, j]) for i, j in chosen if identity[i] == identity[j]]
        return positive, [
            float(s[i, j]) for i, j in chosen if identity[i] != identity[j]
        ]

    if pairs == "global":
        return mean(*split([(i, j) for i in rows for j in range(i)]))
    parts = [split([(i, j) for j in rows if j != i]) for i in rows]
    found = [mean(*part) for part in parts if all(part)]
    return sum(found) / len(found)


@pytest.mark.parametrize("pairs", ["global", "anchored"])
@pytest.mark.parametrize("fraction", [1.0, 0.3])
@pytest.mark.parametrize("block", [2**24, 7])
def test_it_is_its_definition(pairs, fraction, block):
    x, identity = batch()
    identity[-1] = 99  # an identity with one utterance is no anchor
    found = aauc_verification(
        x, identity, delta=9, pairs=pairs, negative_fraction=fraction, block=block
    )
    assert float(found) == pytest.approx(
        read_aloud(x, identity, 9, pairs, fraction), abs=1e-12
    )


@pytest.mark.parametrize("pairs", ["global", "anchored"])
@pytest.mark.parametrize("fraction", [1.0, 0.3])
@pytest.mark.parametrize("block", [2**24, 7])
def test_gradient(pairs, fraction, block):
    x, identity = batch(count=10)

    def loss(x):
        return aauc_verification(
            x, identity, delta=5, pairs=pairs, negative_fraction=fraction, block=block
        )

    assert torch.autograd.gradcheck(loss, x.requires_grad_())


@settings(deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["global", "anchored"]))
def test_order_and_lengths_do_not_matter(seed, pairs):
    x, identity = batch(seed=seed)
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(x), generator=draw)
    lengths = 0.1 + torch.rand(len(x), 1, generator=draw, dtype=torch.float64)
    before = aauc_verification(x, identity, pairs=pairs)
    after = aauc_verification(lengths * x[order], identity[order], pairs=pairs)
    assert 0 <= float(before) <= 1
    assert float(after) == pytest.approx(float(before), abs=1e-12)


def test_one_threshold_or_one_an_anchor_are_one_where_anchors_are_alike():
    x, _ = batch(count=3)
    identity = torch.tensor([0, 0, 1])
    pairs = [aauc_verification(x, identity, pairs=p) for p in ("global", "anchored")]
    assert float(pairs[0]) == pytest.approx(float(pairs[1]), abs=1e-12)


def test_equal_scores_cost_one_half():
    same = torch.ones(4, 3)
    identity = torch.tensor([0, 0, 1, 1])
    assert float(aauc_verification(same, identity)) == pytest.approx(0.5)


def test_a_loss_and_its_reversal_are_one():
    a, b = torch.linspace(-1, 2, 20).double(), torch.linspace(-2, 1, 30).double()
    total = pairwise_sigmoid(a, b, 5) + pairwise_sigmoid(-a, -b, 5)
    assert float(total) == pytest.approx(1, abs=1e-12)


def test_steep_sigmoids_count():
    x, identity = batch(count=60, classes=7)
    positive, negative = pair_scores(x, identity)
    truth = [1] * len(positive) + [0] * len(negative)
    area = roc_auc_score(truth, torch.cat([positive, negative]))
    loss = aauc_verification(x, identity, delta=1e6)
    assert 1 - float(loss) == pytest.approx(area, abs=1e-4)


@pytest.mark.parametrize("gap", [1, 2, 3])
@pytest.mark.parametrize("delta", [1, 5, 30])
def test_gaussian_scores_have_a_closed_form(gap, delta):
    steep = [norm.ppf((i + 0.5) / 2000) for i in range(2000)]
    z = torch.tensor(steep)
    found = pairwise_sigmoid(z + gap, z, float(delta))

    def inside(z):
        return norm.pdf(z) / (1 + math.exp(-delta * (gap + math.sqrt(2) * z)))

    wanted = quad(inside, -9, 9, limit=400)[0]
    assert float(found) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_sums_are_accurate_in_any_type(dtype, device):
    x, identity = batch(count=64, dtype=torch.float32)
    found = aauc_verification(x.to(device, dtype), identity.to(device))
    wanted = aauc_verification(x.to(dtype).double(), identity)
    assert found.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert float(found) == pytest.approx(float(wanted), abs=1e-5)


def test_automatic_rounding_does_not_reach_the_cosines():
    x, identity = batch(count=64, dtype=torch.float32)
    wanted = aauc_verification(x, identity, delta=200)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = aauc_verification(x, identity, delta=200)
    assert float(found) == pytest.approx(float(wanted), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"identity": torch.arange(14)}, "no positive pair"),
        ({"identity": torch.zeros(14, dtype=torch.int64)}, "no negative pair"),
        ({"identity": torch.zeros(3, dtype=torch.int64)}, "shapes"),
        ({"delta": 0}, "delta"),
        ({"negative_fraction": 0}, "negative_fraction"),
        ({"pairs": "all"}, "pairs"),
    ],
)
def test_bad_input_is_refused_in_words(change, words):
    x, identity = batch()
    given = {"embedding": x, "identity": identity} | change
    with pytest.raises(ValueError, match=words):
        aauc_verification(**given)


@pytest.mark.parametrize("size", [1e-42, 1e-25, 1e25, 1e38])
def test_cosines_of_float32_do_not_see_lengths(size):
    x, identity = batch(count=6, size=4, classes=3, dtype=torch.float32)
    x = x / x.abs().max()
    tolerance = 0.1 if size < 1e-38 else 1e-5  # numbers so small have few digits
    wanted = cosine_table(x, identity)[0]
    found = cosine_table(x * size, identity)[0]
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=0)
    loss = aauc_verification(x * size, identity)
    assert float(loss) == pytest.approx(
        float(aauc_verification(x, identity)), abs=tolerance
    )
