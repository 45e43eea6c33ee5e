"""Many stitchers at once: J pairs of networks, one batched optimisation.

:mod:`support.models.stitching` stitches one pair and is what the chapter
explains; this module does the same for a whole grid of pairs, whose heads are
affine.  They start at the least-squares solution of their family.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from chapters.similarity.stitching import Stitching, compare_outputs
from chapters.similarity.systems import Head, Network, drawn_batches
from support.models.stitching import FAMILIES
from support.training import Recipe, generator, seeded_init

__all__ = [
    "FAMILIES",
    "STITCHES",
    "Pair",
    "Stitches",
    "beyond_bound",
    "fit_stitches",
    "least_squares",
    "rebuilt_r2",
    "score_stitches",
]

Pair = tuple[Network, Network]
"""Source and target."""

STITCHES = Recipe(updates=200, rate=3e-3, schedule="linear", every="step")
"""How a grid of pairs is stitched."""


class Stitches(nn.Module):
    """J maps of one family from (J, N, d) to (J, N, d).

    Args:
        family: one of `FAMILIES`.
        x: (J, N, d) source activations; least squares sets the start.
        y: (J, N, d) target activations.
        hidden: units of the perceptron's correction.

    Raises:
        ValueError: the family is unknown.
    """

    start: Tensor
    scale: Tensor
    overlap: Tensor
    origin: Tensor

    def __init__(self, family: str, x: Tensor, y: Tensor, *, hidden: int = 64) -> None:
        super().__init__()
        if family not in FAMILIES:
            raise ValueError(f"family: got {family!r}; give one of {FAMILIES}")
        self.family = family
        count, _, width = x.shape
        x_mean, y_mean = x.mean(1, keepdim=True), y.mean(1, keepdim=True)
        x, y = x - x_mean, y - y_mean
        cross = x.transpose(1, 2) @ y
        if family in ("orthogonal", "scaled"):
            left, sigma, right = torch.linalg.svd(cross)
            norms = [side.square().sum((1, 2)).sqrt() for side in (x, y)]
            self.register_buffer("start", left @ right)
            self.register_buffer("scale", (norms[1] / norms[0])[:, None, None])
            self.register_buffer("origin", x_mean)
            self.turn = nn.Parameter(x.new_zeros(count, width, width))
            self.offset = nn.Parameter(y_mean)
            if family == "scaled":
                # Stitching starts at equal norms, as the smaller family does.
                overlap = sigma.sum(1) / (norms[0] * norms[1])
                self.register_buffer("overlap", overlap.log()[:, None, None])
                self.log_scale = nn.Parameter(x.new_zeros(count, 1, 1))
            return
        gram = x.transpose(1, 2) @ x
        ridge = 1e-3 * gram.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
        gram = gram + ridge * torch.eye(width, device=x.device)
        self.matrix = nn.Parameter(torch.linalg.solve(gram, cross))
        self.offset = nn.Parameter(y_mean - x_mean @ self.matrix.detach())
        if family == "mlp":
            spread = x.square().mean((1, 2), keepdim=True).sqrt() * width**0.5
            self.into = nn.Parameter(torch.randn(count, width, hidden).to(x) / spread)
            self.bias = nn.Parameter(x.new_zeros(count, 1, hidden))
            self.out = nn.Parameter(x.new_zeros(count, hidden, width))

    def rotation(self) -> Tensor:
        """(J, d, d) exactly orthogonal: the start, turned by a Cayley map."""
        skew = self.turn - self.turn.transpose(1, 2)
        one = torch.eye(skew.shape[1], device=skew.device)
        return self.start @ torch.linalg.solve(one - skew, one + skew)

    def forward(self, z: Tensor) -> Tensor:
        """(J, N, d) -> (J, N, d)."""
        if self.family in ("orthogonal", "scaled"):
            scale = self.scale
            if self.family == "scaled":
                scale = scale * self.log_scale.exp()
            return self.offset + scale * ((z - self.origin) @ self.rotation())
        out = torch.baddbmm(self.offset, z, self.matrix)
        if self.family == "mlp":
            out = out + torch.baddbmm(self.bias, z, self.into).relu() @ self.out
        return out


def fit_stitches(
    pairs: Sequence[Pair],
    family: str,
    recipe: Recipe = STITCHES,
    *,
    seed: int,
    heads: Sequence[Head] | None = None,
    labels: Tensor | None = None,
    objective: str = "kl",
) -> Stitches:
    """Fit a stitcher to each pair.

    Args:
        pairs: (source, target).
        family: of `FAMILIES`.
        recipe: how; its batches are drawn, the same for every pair.
        seed: of the batches and of the perceptron's first weights.
        heads: of the targets, one a pair; their own when left out.
        labels: (J, N) true classes, for the objective ``"ce"`` alone.
        objective: ``"kl"``, the divergence from the target's output; ``"ce"``,
            cross-entropy with the labels; ``"mse"``, squared distance from the
            target's activations, which reads no head.

    Returns:
        The fitted stitchers; no weight of a network or a head has changed.

    Raises:
        ValueError: an unknown family or objective, or ``"ce"`` without labels.
    """
    x, y = _activations(pairs, "z_train")
    head = _stack(heads or [target.head for _, target in pairs])
    if objective not in ("kl", "ce", "mse"):
        raise ValueError(f"objective: got {objective!r}; give 'kl', 'ce' or 'mse'")
    wanted = y
    if objective == "ce":
        if labels is None:
            raise ValueError("labels: got None; objective 'ce' needs (J, N) classes")
        wanted = nn.functional.one_hot(labels, 10).to(y)
    elif objective == "kl":
        wanted = head(y).softmax(2)
    with seeded_init(seed, f"stitch {family}"):
        stitches = Stitches(family, x, y).to(x.device)

    def step(rows: Tensor) -> Tensor:
        out = stitches(x[:, rows])
        if objective == "mse":
            loss = (out - wanted[:, rows]).square().sum()
        else:
            # Of one-hot labels this divergence is the cross-entropy.
            log_p = head(out).log_softmax(2)
            loss = nn.functional.kl_div(log_p, wanted[:, rows], reduction="sum")
        return loss / len(rows)

    draw = generator(seed, "stitching batches")
    recipe.fit(
        step,
        stitches,
        (torch.arange(x.shape[1]),),
        generator=generator(seed, "stitching noise"),
        sampler=drawn_batches(x.shape[1], recipe, draw),
    )
    return stitches


def least_squares(pairs: Sequence[Pair], family: str) -> Stitches:
    """The maps of a family that rebuild the targets' activations best.

    Args:
        pairs: (source, target).
        family: ``orthogonal``, ``scaled`` or ``affine``, which have closed forms.

    Raises:
        ValueError: a perceptron has none; fit it with the objective ``"mse"``.
    """
    if family == "mlp":
        raise ValueError("family: 'mlp' has no closed form; fit_stitches has 'mse'")
    stitches = Stitches(family, *_activations(pairs, "z_train"))
    if family == "scaled":
        stitches.log_scale.data.copy_(stitches.overlap)
    return stitches


@torch.no_grad()
def rebuilt_r2(stitches: Stitches, pairs: Sequence[Pair]) -> Tensor:
    """(J,) held-out R-squared of the target's activations, rebuilt by a map."""
    x, y = _activations(pairs, "z_test")
    mean = _activations(pairs, "z_train")[1].double().mean(1, keepdim=True)
    missed = (y - stitches(x)).double().square().sum((1, 2))
    return 1 - missed / (y.double() - mean).square().sum((1, 2))


@torch.no_grad()
def score_stitches(
    stitches: Stitches,
    pairs: Sequence[Pair],
    heads: Sequence[Head] | None = None,
) -> Stitching:
    """Score J fitted stitchers on the held-out images.

    Args:
        stitches: from `fit_stitches` for the same pairs and heads.
        pairs: (source, target).
        heads: as given to `fit_stitches`.
    """
    x, y = _activations(pairs, "z_test")
    head = _stack(heads or [target.head for _, target in pairs])
    return compare_outputs(head(stitches(x)), head(y))


@torch.no_grad()
def beyond_bound(stitches: Stitches, pairs: Sequence[Pair]) -> float:
    r"""Largest excess of a divergence over what an error of rebuilding allows.

    The logarithm of a sum of exponentials has no curvature above one half, so for
    an affine head with weights $W$ and every pair of activations

    $$D_{\mathrm{KL}}(q(\cdot|z)\,\|\,q(\cdot|\hat z))
    \le\tfrac14\lVert W\rVert_2^2\,\lVert z-\hat z\rVert^2.$$

    Args:
        stitches: maps from sources to targets, fitted anyhow.
        pairs: (source, target); targets with their own heads.

    Returns:
        Nats, over all pairs and held-out images; 0 where the bound holds.
    """
    x, y = _activations(pairs, "z_test")
    head = Head(*(part.double() for part in _stack([b.head for _, b in pairs])))
    guess, z = stitches(x).double(), y.double()
    log_p, log_q = (head(side).log_softmax(2) for side in (guess, z))
    kl = (log_q.exp() * (log_q - log_p)).sum(2)
    norm = torch.linalg.matrix_norm(head.weight, 2)[:, None]
    bound = (norm * torch.linalg.vector_norm(guess - z, dim=2)).square() / 4
    return max(0.0, float((kl - bound).max()))


def _activations(pairs: Sequence[Pair], part: str) -> tuple[Tensor, Tensor]:
    """Of all sources and of all targets, (J, N, d) each."""
    sides = ([getattr(pair[side], part) for pair in pairs] for side in (0, 1))
    x, y = (torch.stack(side) for side in sides)
    return x, y


def _stack(heads: Sequence[Head]) -> Head:
    return Head(*(torch.stack(part) for part in zip(*heads, strict=True)))
