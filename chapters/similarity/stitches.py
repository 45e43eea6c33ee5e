"""Stitching: J pairs of networks side by side, fitted as one batched optimisation.

Everything works on cached activations.  Heads are frozen: gradients flow through
them and never into them.  Maps start at the least-squares solution of their family.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from chapters.similarity.systems import Head, Network
from support.models.stitching import FAMILIES
from support.training import Recipe, generator, seeded_init

__all__ = [
    "FAMILIES",
    "STITCHES",
    "Pair",
    "Stitches",
    "Stitching",
    "beyond_bound",
    "compare_outputs",
    "fit_stitches",
    "least_squares",
    "rebuilt_r2",
    "score_stitches",
    "stitching_loss",
]

Pair = tuple[Network, Network]
"""Source and target."""
Map = Callable[[Tensor], Tensor]

STITCHES = Recipe(updates=200, rate=3e-3, schedule="linear", every="step")
"""How a grid of pairs is stitched."""


class Stitching(NamedTuple):
    """Held-out scores of one stitched network, or of J of them; in nats.

    Args:
        kl: () or (J,) mean KL(target's output || stitched output); 0 is perfect.
        information: () or (J,) I(output; activations) of the target.
        stitched: (..., N, C) output probabilities of the stitched network.
        target: (..., N, C) those of the target.
    """

    kl: Tensor
    information: Tensor
    stitched: Tensor
    target: Tensor

    @property
    def relative(self) -> Tensor:
        """Relative KL: 0 is perfect, 1 as bad as always answering the mean output."""
        return self.kl / self.information

    def accuracy_ratio(self, labels: Tensor) -> Tensor:
        """(N,) true classes -> accuracy of the stitched over that of the target."""
        right = [
            (q.argmax(-1) == labels).double().mean(-1)
            for q in (self.stitched, self.target)
        ]
        return right[0] / right[1]


def compare_outputs(stitched: Tensor, own: Tensor) -> Stitching:
    r"""Divergence of a stitched network's outputs from the target's own.

    $$\text{relative KL}=\frac{\mathbb E\,\mathrm{KL}(q_B(\cdot|Z_B)\,\|\,
    q_B(\cdot|s(Z_A)))}{I(\hat Y_B;Z_B)},\qquad
    I(\hat Y_B;Z_B)=H(\overline q_B)-\overline{H(q_B)}$$

    Args:
        stitched: (..., N, C) logits of the stitched network.
        own: (..., N, C) logits of the target.

    >>> sure = 100 * torch.eye(2)
    >>> [round(float(value), 4) for value in compare_outputs(sure, sure)[:2]]
    [0.0, 0.6931]
    """
    log_p, log_q = (logits.double().log_softmax(-1) for logits in (stitched, own))
    q = log_q.exp()
    kl = (q * (log_q - log_p)).sum(-1).mean(-1)
    mean = q.mean(-2)
    information = (q * log_q).sum(-1).mean(-1) - torch.special.xlogy(mean, mean).sum(-1)
    return Stitching(kl, information, log_p.exp(), q)


def stitching_loss(
    stitcher: Map, head: Map | Head, z_source: Tensor, q_target: Tensor
) -> Tensor:
    r"""$\mathbb E\,\mathrm{KL}(q_B(\cdot|z_B)\,\|\,q_B(\cdot|s(z_A)))$ of one batch.

    Args:
        stitcher: the map s, the only part that learns.
        head: the target's head, frozen.
        z_source: (B, ...) activations $z_A$, or (J, B, d) of J sources.
        q_target: (B, C) or (J, B, C) the target's outputs $q_B(\cdot|z_B)$; of
            one-hot labels the loss is the cross-entropy.

    Returns:
        Nats, a scalar, added up over the pairs so that each has its own.

    Source: sections on stitching of *Bridging Functional and Representational
    Similarity via Usable Information* (2026).
    """
    log_p = head(stitcher(z_source)).log_softmax(-1)
    divergence = nn.functional.kl_div(log_p, q_target, reduction="sum")
    return divergence / q_target.shape[-2]


class Stitches(nn.Module):
    """J maps of one family from (J, N, d) to (J, N, d).

    `support.models.stitching.Stitcher` is one of them.

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
        recipe: how; all pairs see the same batches.
        seed: of the batches and of the perceptron's first weights.
        heads: of the targets, one a pair; their own when left out.
        labels: (N,) true classes, for the objective ``"ce"`` alone.
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
    if objective == "ce" and labels is None:
        raise ValueError("labels: got None; objective 'ce' needs (N,) classes")
    wanted = y if objective == "mse" else head(y).softmax(2)
    if objective == "ce" and labels is not None:
        wanted = nn.functional.one_hot(labels, 10).to(y).expand_as(wanted)
    with seeded_init(seed, f"stitch {family}"):
        stitches = Stitches(family, x, y).to(x.device)

    def step(rows: Tensor) -> Tensor:
        if objective == "mse":
            missed = stitches(x[:, rows]) - wanted[:, rows]
            return missed.square().sum() / len(rows)
        return stitching_loss(stitches, head, x[:, rows], wanted[:, rows])

    draw = generator(seed, "stitching batches")
    recipe.fit(step, stitches, (torch.arange(x.shape[1]),), generator=draw)
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
    stitches: Stitches, pairs: Sequence[Pair], heads: Sequence[Head] | None = None
) -> Stitching:
    """Score stitchers on held-out images; pairs and heads as they were fitted."""
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
