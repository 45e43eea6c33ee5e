"""Factorisation: known answers, the fall of the objective, scikit-learn, bad input."""

import warnings

import pytest
import torch
from sklearn.decomposition import NMF, non_negative_factorization
from sklearn.decomposition._nmf import _beta_divergence

from support.models.nmf import activations, beta_divergence, sparse_nmf

NAMES = {2.0: "frobenius", 1.0: "kullback-leibler", 0.0: "itakura-saito"}
BETAS = pytest.mark.parametrize("beta", NAMES)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def spectra(frames=300, seed=0, rank=6):
    """Frames of a few peaked patterns that are seldom active, above 0 throughout."""
    draw = rng(seed)
    W = torch.rand(40, rank, generator=draw, dtype=torch.float64).pow(6)
    H = torch.rand(rank, frames, generator=draw, dtype=torch.float64).pow(4)
    return W @ H + 0.01 * torch.rand(40, frames, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("beta", [2.0, 1.5, 1.0, 0.5, 0.0])
def test_the_divergence_is_scikit_learns(beta):
    x, y = spectra(20), spectra(20, 1)
    wanted = _beta_divergence(
        x.numpy(), y.numpy(), torch.eye(20).double().numpy(), beta
    )
    assert beta_divergence(x, y, beta).item() == pytest.approx(wanted, rel=1e-12)
    assert beta_divergence(x, x, beta).item() == pytest.approx(0, abs=1e-9)


@BETAS
@pytest.mark.parametrize("sparsity", [0.0, 0.1, 3.0])
def test_the_objective_never_rises_and_columns_have_length_one(beta, sparsity):
    found = sparse_nmf(
        spectra(), 8, beta=beta, sparsity=sparsity, generator=rng(), every=1
    )
    assert len(found.trace) == 101
    rise = (found.trace.diff() / found.trace[:-1]).max().item()
    assert rise <= 1e-12
    assert found.trace[-1] < 0.9 * found.trace[0]
    assert (found.W.norm(dim=0) - 1).abs().max() < 1e-12
    assert found.W.min() >= 0
    assert found.H.min() >= 0
    last = (
        beta_divergence(spectra(), found.W @ found.H, beta) + sparsity * found.H.sum()
    )
    assert found.trace[-1].item() == pytest.approx(last.item())


def test_the_trace_is_taken_where_it_is_asked_for():
    run = {"generator": rng(), "iterations": 25}
    assert len(sparse_nmf(spectra(), 3, **run).trace) == 4
    assert len(sparse_nmf(spectra(), 3, **run | {"iterations": 0}).trace) == 1


@BETAS
def test_it_fits_about_as_well_as_scikit_learn(beta):
    # as a log spectrogram is: no few patterns rebuild it exactly
    noise = torch.rand(40, 300, generator=rng(9), dtype=torch.float64)
    x = (10 * spectra(rank=20)).log1p() + noise
    found = sparse_nmf(x, 8, beta=beta, sparsity=0.0, iterations=100, generator=rng())
    peer = NMF(
        8,
        solver="mu",
        beta_loss=NAMES[beta],
        init="random",
        random_state=0,
        max_iter=100,
        tol=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a hundred iterations are asked for
        theirs = peer.fit_transform(x.T.numpy()) @ peer.components_
    ours = (x - found.W @ found.H).norm() / x.norm()
    wanted = (x - torch.from_numpy(theirs).T).norm() / x.norm()
    assert ours < 1.1 * wanted


# With Kullback-Leibler and a penalty scikit-learn adds the penalty to what it keeps
# of a fixed dictionary, once more in every iteration: no oracle there.
@pytest.mark.parametrize(
    ("beta", "sparsity"), [(2.0, 0.0), (2.0, 0.05), (1.0, 0.0), (0.0, 0.0), (0.0, 0.05)]
)
def test_activations_are_scikit_learns(beta, sparsity):
    x = spectra(50)
    W = torch.rand(40, 5, generator=rng(2), dtype=torch.float64) + 0.1
    ours = activations(x, W, beta=beta, sparsity=sparsity, iterations=3000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = non_negative_factorization(
            x.T.numpy(),
            H=W.T.numpy(),
            n_components=5,
            update_H=False,
            solver="mu",
            beta_loss=NAMES[beta],
            max_iter=3000,
            tol=0,
            alpha_W=sparsity / 40,  # theirs is multiplied by the number of features
            l1_ratio=1.0,
        )[0]
    wanted = torch.from_numpy(theirs).T

    def objective(h):
        return (beta_divergence(x, W @ h, beta) + sparsity * h.sum()).item()

    assert objective(ours) == pytest.approx(objective(wanted), rel=1e-6)


@pytest.mark.parametrize("beta", [2.0, 1.0])
def test_activations_are_torchnmfs(beta):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it compiles a function when it is imported
        from torchnmf import nmf as torchnmf
    x = spectra(30)
    W = sparse_nmf(x, 5, beta=beta, generator=rng()).W
    start = torch.ones(30, 5, dtype=torch.float64)
    peer = torchnmf.NMF(W=W, H=start, trainable_W=False).double()
    peer.fit(x.T, beta=beta, tol=0, max_iter=3000)
    ours = W @ activations(x, W, beta=beta, iterations=3000)
    theirs = W @ peer.H.detach().T
    assert beta_divergence(x, ours, beta).item() == pytest.approx(
        beta_divergence(x, theirs, beta).item(), rel=1e-6
    )


def test_activations_of_many_mixtures_are_those_of_each():
    x = spectra(60)
    W = sparse_nmf(x, 4, generator=rng()).W
    stacked = torch.stack([x[:, :30], x[:, 30:]])
    whole = activations(x, W, iterations=2000)
    parts = torch.cat(list(activations(stacked, W, iterations=2000)), 1)
    assert (W @ (whole - parts)).abs().max() < 1e-6


def test_two_patterns_are_recovered():
    W = torch.tensor([[3.0, 0], [4.0, 0], [0, 1.0]]).double() / torch.tensor([5.0, 1.0])
    H = torch.rand(2, 200, generator=rng(3), dtype=torch.float64).pow(3)
    found = sparse_nmf(W @ H, 2, sparsity=0.0, iterations=3000, generator=rng())
    order = found.W[2].argsort()
    assert (found.W[:, order] - W).abs().max() < 5e-3
    assert (found.H[order] - H).abs().max() < 1e-2


def test_louder_frames_have_larger_activations_and_the_same_patterns():
    once = sparse_nmf(spectra(), 4, sparsity=0.0, generator=rng())
    tenfold = sparse_nmf(10 * spectra(), 4, sparsity=0.0, generator=rng())
    torch.testing.assert_close(tenfold.H, 10 * once.H, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(tenfold.W, once.W, rtol=1e-6, atol=1e-9)


def test_the_penalty_is_not_escaped_by_longer_columns():
    weak = sparse_nmf(spectra(), 4, sparsity=0.0, generator=rng())
    strong = sparse_nmf(spectra(), 4, sparsity=1.0, generator=rng())
    assert strong.H.sum() < 0.8 * weak.H.sum()
    assert strong.H.sum() > 0


def test_it_starts_from_a_given_dictionary():
    x = spectra()
    W = sparse_nmf(x, 4, sparsity=0.0, iterations=500, generator=rng()).W
    again = sparse_nmf(x, 4, sparsity=0.0, iterations=20, generator=rng(), W=W)
    fresh = sparse_nmf(x, 4, sparsity=0.0, iterations=20, generator=rng())
    assert again.trace[-1] < fresh.trace[-1]


@BETAS
def test_devices_and_types_agree(beta, device):
    x = spectra(80)
    options = {"beta": beta, "iterations": 20}
    exact = sparse_nmf(x, 4, **options, generator=rng())
    single = sparse_nmf(x.float().to(device), 4, **options, generator=rng())
    assert single.W.dtype == torch.float32
    assert single.W.device.type == device
    assert (single.W.cpu() - exact.W).abs().max() < 1e-4
    assert (single.H.cpu() - exact.H).abs().max() < 1e-3
    h = activations(x.float().to(device), exact.W, beta=beta)
    assert (h.cpu() - activations(x, exact.W, beta=beta)).abs().max() < 1e-3


def test_silence_gives_nothing_and_breaks_nothing():
    quiet = torch.zeros(5, 4)
    for beta in (2.0, 1.0):
        found = sparse_nmf(quiet, 2, beta=beta, generator=rng())
        assert found.H.abs().max() < 1e-6
        assert found.W.isfinite().all()
        assert activations(quiet, found.W, beta=beta).abs().max() < 1e-6


WRONG = {
    "negative": (-torch.ones(3, 4), "X: got -1"),
    "nan": (torch.full((3, 4), float("nan")), "X: got nan"),
    "words": ("abc", "X: got str"),
    "none": (None, "X: got NoneType"),
    "rank": (torch.ones(3), r"X: got shape \(3,\)"),
    "empty": (torch.ones(3, 0), r"X: got shape \(3, 0\)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_frames_are_refused_in_words(case):
    x, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        sparse_nmf(x, 2, generator=rng())
    with pytest.raises(ValueError, match=words):
        activations(x, torch.ones(3, 2))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"components": 0}, "components: got 0"),
        ({"components": 2.5}, "components: got 2.5"),
        ({"components": True}, "components: got True"),
        ({"iterations": -1}, "iterations: got -1"),
        ({"every": 0}, "every: got 0"),
        ({"sparsity": -0.1}, "sparsity: got -0.1"),
        ({"sparsity": float("nan")}, "sparsity: got nan"),
        ({"beta": 3.0}, "beta: got 3; give a finite number at least 0 and at most 2"),
        ({"beta": 0.0}, "X: got 0; give numbers above 0"),
        ({"W": torch.ones(2, 2)}, r"W: got shape \(2, 2\)"),
        ({"W": torch.ones(3, 4)}, "W: got 4 columns; give 2"),
        ({"W": -torch.ones(3, 2)}, "W: got -1"),
    ],
)
def test_wrong_options_are_refused_in_words(options, words):
    x = torch.eye(3)
    with pytest.raises(ValueError, match=words):
        sparse_nmf(x, **{"components": 2, "generator": rng()} | options)


def test_wrong_divergences_are_refused_in_words():
    with pytest.raises(ValueError, match="y: got shape"):
        beta_divergence(torch.ones(2), torch.ones(3))
    with pytest.raises(ValueError, match="y: got 0; give numbers above 0"):
        beta_divergence(torch.ones(2), torch.zeros(2), 1)
    with pytest.raises(ValueError, match="x: got -1"):
        beta_divergence(-torch.ones(2), torch.ones(2))
    with pytest.raises(ValueError, match="beta: got nan"):
        beta_divergence(torch.ones(2), torch.ones(2), float("nan"))


@pytest.mark.parametrize("beta", [1e-7, 1 - 1e-7, 1 + 1e-7, 2 - 1e-7])
def test_the_divergence_is_continuous_where_its_formula_has_a_pole(beta):
    x, y = spectra().float() + 0.1, spectra().float().flip(1) + 0.2
    near = beta_divergence(x, y, beta).item()
    assert near == pytest.approx(beta_divergence(x, y, round(beta)).item(), rel=1e-4)


@pytest.mark.parametrize(
    ("x", "y", "beta", "wanted"),
    [
        (0.0, 2.0, 0.01, 2**0.01 / 0.01),
        (0.0, 2.0, 0.5, 2**0.5 / 0.5),
        (0.0, 2.0, 1.0, 2.0),
        (1e-35, 1e-35, 0.5, 0.0),
        (1.0, 1 + 2.0**-13, 1.0, 7.4499869e-9),
        (1.0, 1 + 2.0**-13, 0.0, 7.4493807e-9),
        (1e-300, 1e300, 1.0, 1e300),
    ],
)
def test_the_divergence_of_nothing_and_of_neighbours(x, y, beta, wanted):
    kind = torch.double if y > 1e38 else torch.float32
    x, y = (torch.tensor(value, dtype=kind) for value in (x, y))
    assert float(beta_divergence(x, y, beta)) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_dictionaries_whose_products_would_be_lost_are_refused(scale):
    with pytest.raises(ValueError, match="W: the largest entry is"):
        activations(torch.ones(3, 4), scale * torch.ones(3, 2))


@pytest.mark.parametrize("scale", [1e-20, 1e20])
def test_frames_whose_squares_would_be_lost_are_refused(scale):
    with pytest.raises(ValueError, match="X: the largest entry is"):
        sparse_nmf(scale * torch.ones(3, 4), 2, generator=rng())
    with pytest.raises(ValueError, match="X: the largest entry is"):
        activations(scale * torch.ones(3, 4), torch.ones(3, 2))


def test_frames_may_want_a_gradient():
    x = torch.rand(4, 6, generator=rng()).requires_grad_()
    assert not sparse_nmf(x, 2, generator=rng()).W.requires_grad
    assert beta_divergence(x, torch.ones(4, 6)).requires_grad
