"""Stitchers: small maps from one network's layer into another's."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import orthogonal

from support.arrays import real

__all__ = ["FAMILIES", "Stitcher"]

FAMILIES = ("orthogonal", "scaled", "affine", "mlp")
"""Families of stitchers, each a part of the next."""


class Stitcher(nn.Module):
    r"""A map $s:\mathbb R^{d_A}\to\mathbb R^{d_B}$ of one family.

    * *orthogonal*: $s(z)=Qz+b$ with $Q^\top Q=I$ (narrowing: $QQ^\top=I$), exactly,
      by parametrisation; the paper's code only penalises $\|W^\top W-I\|^2$, and
      where the width shrinks on the wrong side.
    * *scaled*: $s(z)=e^aQz+b$.
    * *affine*: $s(z)=Wz+b$.
    * *mlp*: $s(z)=Wz+b+V\,\mathrm{relu}(Uz+c)$, $V$ starting at 0.

    For equal widths each starts as the identity, so that stitching a network to
    itself costs nothing before the first step; otherwise with a seeded (build it
    inside `support.training.seeded_init`) orthonormal matrix.  Feature maps
    (N, C, H, W) are mixed at every position alike, which is a 1 x 1 convolution,
    then averaged (or repeated) to the target's size.

    Args:
        d_in: numbers, or channels, of the source.
        d_out: of the target.
        family: one of ``FAMILIES``.
        spatial: (height, width) of the target's maps; None for vectors.
        bias: the offset b of the rotations; the paper's code has none there.
        hidden: units of *mlp*.

    Raises:
        ValueError: a size is below 1, or the family is unknown.

    Source: Lenc and Vedaldi, CVPR 2015; Bansal et al., NeurIPS 2021.

    >>> stitcher = Stitcher(3, 3, "orthogonal")
    >>> stitcher(torch.ones(2, 3)).detach()
    tensor([[1., 1., 1.],
            [1., 1., 1.]])
    """

    def __init__(
        self,
        d_in: int,
        d_out: int,
        family: str,
        *,
        spatial: tuple[int, int] | None = None,
        bias: bool = True,
        hidden: int = 128,
    ) -> None:
        super().__init__()
        if family not in FAMILIES:
            raise ValueError(f"family: got {family!r}; give one of {FAMILIES}")
        for name, size in (("d_in", d_in), ("d_out", d_out), ("hidden", hidden)):
            if size < 1:
                raise ValueError(f"{name}: got {size}; give at least 1")
        if spatial is not None and (len(spatial) != 2 or min(spatial) < 1):
            raise ValueError(f"spatial: got {spatial}; give (height, width) or None")
        self.d_in, self.d_out, self.family = d_in, d_out, family
        self.spatial = (spatial[0], spatial[1]) if spatial is not None else None
        self.linear = nn.Linear(d_in, d_out, bias=False)
        start = torch.eye(d_in)
        if d_in != d_out:
            start = nn.init.orthogonal_(torch.empty(d_out, d_in))
        if family in ("orthogonal", "scaled"):
            orthogonal(self.linear)
            self.linear.weight = start
        else:
            with torch.no_grad():
                self.linear.weight.copy_(start)
        if family == "scaled":
            self.log_scale = nn.Parameter(torch.zeros(()))
        if family == "mlp":
            self.into = nn.Linear(d_in, hidden)
            self.out = nn.Linear(hidden, d_out, bias=False)
            nn.init.zeros_(self.out.weight)
        if bias or family in ("affine", "mlp"):
            self.offset = nn.Parameter(torch.zeros(d_out))
        else:
            self.register_parameter("offset", None)

    def forward(self, z: Tensor) -> Tensor:
        """(N, d_in) -> (N, d_out), or (N, d_in, H, W) -> (N, d_out, *spatial).

        Raises:
            ValueError: the shape is not the one the stitcher was built for.
        """
        wanted = 2 if self.spatial is None else 4
        if z.ndim != wanted or z.shape[1] != self.d_in:
            shape = "(N, d_in)" if self.spatial is None else "(N, d_in, H, W)"
            raise ValueError(
                f"z: got shape {tuple(z.shape)}; this stitcher takes {shape} with "
                f"d_in = {self.d_in} (spatial={self.spatial})"
            )
        if self.spatial is None:
            return self._mix(z)
        mixed = self._mix(z.movedim(1, -1)).movedim(-1, 1)
        if mixed.shape[2:] == self.spatial:
            return mixed
        return nn.functional.adaptive_avg_pool2d(mixed, self.spatial)

    def _mix(self, z: Tensor) -> Tensor:
        out = self.linear(z)
        if self.family == "scaled":
            out = out * self.log_scale.exp()
        if self.family == "mlp":
            out = out + self.out(self.into(z).relu())
        return out if self.offset is None else out + self.offset

    @torch.no_grad()
    def start_at_least_squares(self, source: Tensor, target: Tensor) -> "Stitcher":
        """Set the linear part to its family's best reconstruction of the target.

        Orthogonal families take the rotation of Procrustes, *scaled* also its
        scalar; the others ridge regression.  Feature maps are pooled first, and
        each position counts as a sample.

        Args:
            source: (N, d_in) or (N, d_in, H, W) activations to fit on.
            target: (N, d_out) or (N, d_out, *spatial), the same samples.

        Returns:
            The stitcher itself.

        Raises:
            ValueError: shapes differ from the stitcher's, unequal lengths, no sample,
                or an activation that is not finite.
        """
        source = real("source", source)
        target = real("target", target, like=source)
        self._check_start(source, target)
        if self.spatial is not None:
            source = nn.functional.adaptive_avg_pool2d(source, self.spatial)
            source = source.movedim(1, -1).flatten(0, -2)
            target = target.movedim(1, -1).flatten(0, -2)
        x, y = source.double(), target.double()
        mean_x, mean_y = x.mean(0), y.mean(0)
        if self.offset is not None:
            x, y = x - mean_x, y - mean_y
        cross = y.T @ x
        factor = 1.0
        if self.family in ("orthogonal", "scaled"):
            left, sigma, right = torch.linalg.svd(cross, full_matrices=False)
            weight = left @ right
            self.linear.weight = weight.to(self.linear.weight)
            if self.family == "scaled":
                factor = float(sigma.sum() / (x @ weight.T).square().sum())
                self.log_scale.fill_(torch.tensor(factor).log())
        else:
            gram = x.T @ x
            gram.diagonal().add_(1e-3 * gram.diagonal().mean())
            weight = torch.linalg.solve(gram, cross.T).T
            self.linear.weight.copy_(weight)
        if self.offset is not None:
            self.offset.copy_(mean_y - factor * (weight @ mean_x))
        return self

    def _check_start(self, source: Tensor, target: Tensor) -> None:
        wanted = 2 if self.spatial is None else 4
        right = source.ndim == target.ndim == wanted
        right = right and len(source) == len(target) > 0
        right = right and (source.shape[1], target.shape[1]) == (self.d_in, self.d_out)
        if not right or (self.spatial and target.shape[2:] != self.spatial):
            raise ValueError(
                f"source {tuple(source.shape)} and target {tuple(target.shape)} do not "
                f"fit a stitcher from {self.d_in} to {self.d_out}, spatial="
                f"{self.spatial}; give the same samples at those sizes"
            )
