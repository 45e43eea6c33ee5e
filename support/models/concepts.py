"""Concept bottleneck models in one frame: from pixels to concepts to a label.

Every kind has an encoder, one component (or a pair) of the representation for
each concept, a head that reads the concept off its own component, and a head
that reads the task off all of them.  They differ in what the task head may see
and in whether noise is added while training.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from support.arrays import flags, real
from support.models.coders import mlp
from support.models.prototypes import prototypes

__all__ = [
    "KINDS",
    "ConceptHead",
    "ConceptModel",
    "ConceptOutput",
    "Settings",
    "class_means",
    "quantiles",
]

KINDS = ("vanilla", "cbm", "hard", "cem", "mcbm")


class ConceptOutput(NamedTuple):
    """Representation, the same with noise, concept logits, task logits."""

    z: Tensor
    z_noisy: Tensor
    c_logits: Tensor | None
    y_logits: Tensor


class Settings(NamedTuple):
    """What an intervention writes: one value a concept for "no", one for "yes"."""

    no: Tensor
    yes: Tensor


class ConceptHead(nn.Module):
    r"""Read each concept off its own component.

    *identity*: the component is the logit.  *affine*: $a_jz_j+b_j$, which is the
    exact posterior logit when $z_j$ given $c_j$ is Gaussian with equal
    variances.  *mlp*: Linear 1-3, ReLU, Linear 3-1 for each concept, as in the
    authors' code; its three hidden units can die.

    Args:
        n_concepts: n.
        kind: ``"identity"``, ``"affine"`` or ``"mlp"``.

    Raises:
        ValueError: the kind is unknown.
    """

    def __init__(self, n_concepts: int, kind: str) -> None:
        super().__init__()
        if kind not in ("identity", "affine", "mlp"):
            raise ValueError(
                f"concept_head: got {kind!r}; give 'identity', 'affine' or 'mlp'"
            )
        self.kind = kind
        if kind == "affine":
            self.weight = nn.Parameter(torch.ones(n_concepts))
            self.bias = nn.Parameter(torch.zeros(n_concepts))
        if kind == "mlp":
            # The default bounds of nn.Linear with 1 and with 3 inputs.
            narrow = 1 / math.sqrt(3)
            self.weight_in = nn.Parameter(torch.empty(n_concepts, 3).uniform_(-1, 1))
            self.bias_in = nn.Parameter(torch.empty(n_concepts, 3).uniform_(-1, 1))
            self.weight_out = nn.Parameter(
                torch.empty(n_concepts, 3).uniform_(-narrow, narrow)
            )
            self.bias_out = nn.Parameter(
                torch.empty(n_concepts).uniform_(-narrow, narrow)
            )

    def hidden(self, z: Tensor) -> Tensor:
        """(B, n) -> (B, n, 3), the hidden units of the *mlp* kind."""
        return functional.relu(z[..., None] * self.weight_in + self.bias_in)

    def forward(self, z: Tensor) -> Tensor:
        """(B, n) components -> (B, n) logits."""
        if self.kind == "identity":
            return z
        if self.kind == "affine":
            return z * self.weight + self.bias
        return (self.hidden(z) * self.weight_out).sum(-1) + self.bias_out


class ConceptModel(nn.Module):
    r"""Vanilla, CBM, hard CBM, CEM and MCBM in one frame.

    With $z=f(x)$, $\tilde z=z+\sigma\epsilon$ in training and $\tilde z=z$ else,
    and $h$ the task head:

    - *vanilla*: $y=h(\tilde z)$, no concepts.
    - *cbm*: logit of $c_j$ from $\tilde z_j$; $y=h(\tilde z)$.
    - *hard*: as cbm, but $y=h(1[\hat c>\frac12])$; the gradient passes straight
      through the threshold (on purpose: without it the task does not train the
      encoder at all).
    - *cem*: $z_j=(z_j^+,z_j^-)$, $\hat c_j=\sigma(w^\top z_j+b)$,
      $m_j=\hat c_jz_j^++(1-\hat c_j)z_j^-$, $y=h(m)$.
    - *mcbm*: as cbm with noise; the third term is in the loss
      (`support.losses.concepts.concept_objective`).

    Args:
        encoder: module (B, ...) -> (B, n), or (B, 2n) for *cem*.
        n_concepts: n, at least 1.
        n_classes: K, at least 2.
        kind: one of `KINDS`.
        sigma: standard deviation of the training noise; by default 1 for
            *mcbm* and 0 else.
        concept_head: *identity*, *affine* or *mlp* (see `ConceptHead`); by
            default *affine* for *mcbm* and *identity* else.  *cem* has its own
            scorer and takes *affine* alone.
        hidden: width of the task head.
        scale: $\lambda$ of the prototypes that an intervention on *mcbm* writes.

    Raises:
        ValueError: an argument is out of range, or the head does not fit.

    Source: *There Was Never a Bottleneck in Concept Bottleneck Models* (ICLR
    2026); Koh et al. 2020 (CBM); Zarlenga et al. 2022 (CEM); equations as in the
    authors' code.

    >>> model = ConceptModel(mlp(4, [8], 3), 3, 2, "mcbm").eval()
    >>> model(torch.zeros(5, 4)).y_logits.shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        encoder: nn.Module,
        n_concepts: int,
        n_classes: int,
        kind: str = "mcbm",
        *,
        sigma: float | None = None,
        concept_head: str | None = None,
        hidden: int = 64,
        scale: float = 3.0,
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"kind: got {kind!r}; give one of {', '.join(KINDS)}")
        if n_concepts < 1 or n_classes < 2:
            raise ValueError(
                f"n_concepts: got {n_concepts}, n_classes: got {n_classes}; give at "
                "least 1 concept and 2 classes"
            )
        default = "affine" if kind in ("mcbm", "cem") else "identity"
        concept_head = concept_head or default
        if kind == "cem" and concept_head != "affine":
            raise ValueError(
                f"concept_head: got {concept_head!r}; cem scores a pair of components "
                "with one affine map, so give 'affine'"
            )
        self.encoder, self.kind, self.scale = encoder, kind, scale
        self.n_concepts, self.n_classes = n_concepts, n_classes
        self.sigma = float(kind == "mcbm") if sigma is None else float(sigma)
        if self.sigma < 0:
            raise ValueError(f"sigma: got {sigma}; give at least 0")
        # The task head is made first: kinds that share a seed share its weights.
        self.task_head = mlp(n_concepts, [hidden], n_classes, norm=False)
        self.concept_head: nn.Module = (
            nn.Linear(2, 1) if kind == "cem" else ConceptHead(n_concepts, concept_head)
        )

    def forward(self, x: Tensor) -> ConceptOutput:
        """(B, ...) -> a `ConceptOutput`; noise only in training mode."""
        z = self.encoder(x)
        width = self.n_concepts * (2 if self.kind == "cem" else 1)
        if z.ndim != 2 or z.shape[1] != width:
            raise ValueError(
                f"encoder: gave {tuple(z.shape)}; a {self.kind} model of "
                f"{self.n_concepts} concepts needs (B, {width})"
            )
        noisy = z
        if self.training and self.sigma > 0:
            noisy = z + self.sigma * torch.randn_like(z)
        logits = self.concept_logits(noisy)
        return ConceptOutput(z, noisy, logits, self.task_head(self.read(noisy)))

    def concept_logits(self, z: Tensor) -> Tensor | None:
        """Concept logits (B, n) from the representation; ``None`` for *vanilla*."""
        return None if self.kind == "vanilla" else self._logits(z)

    def _logits(self, z: Tensor) -> Tensor:
        if self.kind == "cem":
            return self.concept_head(self._pairs(z)).squeeze(-1)
        return self.concept_head(z)

    def read(self, z: Tensor) -> Tensor:
        """What the task head reads, (B, n), from the representation."""
        if self.kind == "hard":
            soft = torch.sigmoid(self._logits(z))
            return (soft > 0.5).to(soft.dtype) + (soft - soft.detach())
        if self.kind == "cem":
            return self._mix(z, torch.sigmoid(self._logits(z)))
        return z

    def intervene(
        self, z: Tensor, c: Tensor, mask: Tensor, settings: Settings | None = None
    ) -> tuple[Tensor, Tensor]:
        """Set some concepts to given values and let the task head answer.

        *mcbm* writes its prototypes, *hard* the concepts themselves, *cem*
        mixes its pair by the concept; *cbm* has no distribution of a component
        given its concept, so what to write must be given.

        Args:
            z: (B, n) representation, (B, 2n) for *cem*, from evaluation mode.
            c: (B, n) concepts in {0, 1} to set.
            mask: (B, n) bool, true where a concept is set.
            settings: for *cbm*, from `class_means` or `quantiles` of the
                training split; overrides the rule of *mcbm* when given.

        Returns:
            Task logits (B, K) and what the task head read (B, n).

        Raises:
            ValueError: shapes differ, the mask is not bool, *cbm* has no
                settings, or the model is *vanilla* and has no concepts.
        """
        z = real("z", z)
        c, mask = flags("c", c, like=z).to(z), flags("mask", mask, like=z)
        self._validate(z, c, mask, settings)
        before = self.read(z)
        if settings is not None:
            written = torch.where(c > 0.5, settings.yes, settings.no)
        elif self.kind == "mcbm":
            written = prototypes(c, "binary", self.scale)
        elif self.kind == "cem":
            written = self._mix(z, c)
        else:
            written = c
        after = torch.where(mask, written.to(before.dtype), before)
        return self.task_head(after), after

    def _pairs(self, z: Tensor) -> Tensor:
        return z.unflatten(1, (self.n_concepts, 2))

    def _mix(self, z: Tensor, share: Tensor) -> Tensor:
        pairs = self._pairs(z)
        return share * pairs[..., 0] + (1 - share) * pairs[..., 1]

    def _validate(
        self, z: Tensor, c: Tensor, mask: Tensor, settings: Settings | None
    ) -> None:
        if self.kind == "vanilla":
            raise ValueError("kind: a vanilla model has no concepts to set")
        wanted = (len(z), self.n_concepts)
        if c.shape != wanted or mask.shape != wanted:
            raise ValueError(
                f"c {tuple(c.shape)} and mask {tuple(mask.shape)} must be {wanted}"
            )
        if self.kind == "cbm" and settings is None:
            raise ValueError(
                "settings: a cbm does not say what to write; give class_means(z, c) "
                "or quantiles(z) of the training split"
            )


def class_means(z: Tensor, c: Tensor) -> Settings:
    """Mean of each component where its concept is absent, and where present.

    Args:
        z: (n, k) components on the training split.
        c: (n, k) concepts in {0, 1}; each occurs with both values.

    Returns:
        `Settings` of two (k,) vectors.

    Raises:
        ValueError: shapes differ, a component is not finite, a concept is not 0 or 1,
            or has one value only.

    >>> class_means(torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0], [1.0]])).yes
    tensor([2.])
    """
    z = real("z", z)
    c = flags("c", c, like=z).to(z)
    if z.shape != c.shape or z.ndim != 2:
        raise ValueError(f"z {tuple(z.shape)} and c {tuple(c.shape)} must be (n, k)")
    counts = torch.stack([(1 - c).sum(0), c.sum(0)])
    if bool((counts == 0).any()):
        raise ValueError("c: every concept must occur with both values in this split")
    return Settings(((1 - c) * z).sum(0) / counts[0], (c * z).sum(0) / counts[1])


def quantiles(z: Tensor, low: float = 0.05, high: float = 0.95) -> Settings:
    """Low and high quantile of each component, the usual choice for a CBM.

    Args:
        z: (n, k) components on the training split.
        low: quantile written for "no", in [0, 1].
        high: quantile written for "yes", above ``low``.

    Returns:
        `Settings` of two (k,) vectors.

    Raises:
        ValueError: the quantiles are not ordered within [0, 1], there is no row, or a
            component is not finite.

    Source: Koh et al., Concept Bottleneck Models, ICML 2020, interventions.

    >>> quantiles(torch.arange(101.0)[:, None]).no
    tensor([5.])
    """
    if not 0 <= low < high <= 1:
        raise ValueError(f"low {low} and high {high} must be ordered within [0, 1]")
    z = real("z", z)
    if z.ndim != 2 or not len(z):
        raise ValueError(f"z: got shape {tuple(z.shape)}; give (n, k), n at least 1")
    levels = torch.tensor([low, high], dtype=z.dtype, device=z.device)
    return Settings(*torch.quantile(z, levels, dim=0))
