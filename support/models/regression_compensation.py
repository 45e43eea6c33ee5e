r"""The shift of an embedding as a regression: one matrix, or a mixture of them."""

import warnings

import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from torch import Tensor

from support.models.compensation import Compensator
from support.scalars import number, whole

__all__ = ["JointCompensator", "LinearCompensator"]

_STARTS = 2
_RIDGE = 1e-3  # added to variances, of the mean variance of an embedding's component


class LinearCompensator(Compensator):
    r"""One matrix in the place of all clusters: ridge regression of the shift.

    $$\hat x=y+(y-\bar y)W+\bar x-\bar y,\qquad
    W=-\Big(A^\top A+\lambda\tfrac{\mathrm{tr}A^\top A}{D}I\Big)^{-1}A^\top R$$

    where the rows of $A$ are $y_n-\bar y$ and those of $R$ are $r_n-\bar r$.

    Args:
        penalty: $\lambda$, above 0; a very large one leaves the global mean.

    Raises:
        ValueError: the penalty is out of range.

    >>> x = torch.tensor([[0.0], [1.0], [2.0]])
    >>> fitted = LinearCompensator(1e-9).fit(x, 3 * x, torch.Generator())
    >>> fitted.transform(torch.tensor([[9.0]])).round(decimals=3)
    tensor([[3.]])
    """

    def __init__(self, penalty: float) -> None:
        self.penalty = number("penalty", penalty, above=0)

    def _learn(self, x: Tensor, y: Tensor, generator: torch.Generator) -> None:
        shift = y - x
        self.centre, self.mean = y.mean(0), shift.mean(0)
        away = y - self.centre
        scatter = away.T @ away
        size = scatter.diagonal().mean()
        unit = torch.where(size > 0, size, 1)
        damped = scatter / unit + self.penalty * torch.eye(len(scatter)).to(scatter)
        self.matrix = torch.linalg.solve(damped, away.T @ (shift - self.mean) / unit)

    def _shift(self, y: Tensor) -> Tensor:
        return torch.addmm(self.mean, y - self.centre, self.matrix)


class JointCompensator(Compensator):
    r"""One mixture of full Gaussians over shift and embedding together.

    $y$ and $r$ are projected on the first $q$ principal components of the shouted
    embeddings, $u=V^\top(y-\bar y)$ and $v=V^\top(r-\bar r)$, and

    $$\hat v=\sum_kp(k\mid u)\big(\mu^k_v+\Sigma^k_{vu}(\Sigma^k_{uu})^{-1}
    (u-\mu^k_u)\big),\qquad\hat r=\bar r+V\hat v$$

    so that outside these components the shift is its mean.  The mixture is fitted by
    scikit-learn on the CPU, at most 100 iterations from the better of two starts.

    Args:
        components: K.
        dimensions: q, at most D.

    Raises:
        ValueError: a number is out of range.

    Source: our form of the joint Gaussian mixture of López-Espejo et al., arXiv
    2305.02147.

    >>> x = torch.arange(8.0)[:, None]
    >>> fitted = JointCompensator(1, 1).fit(x, 2 * x, torch.Generator())
    >>> bool((fitted.transform(2 * x) - x).abs().max() < 0.01)
    True
    """

    def __init__(self, components: int, dimensions: int) -> None:
        self.components = whole("components", components)
        self.dimensions = whole("dimensions", dimensions)

    def _learn(self, x: Tensor, y: Tensor, generator: torch.Generator) -> None:
        if len(y) < 2:
            raise ValueError(f"normal, shouted: got {len(y)} pair; give at least two")
        most = min(y.shape)
        if self.dimensions > most:
            raise ValueError(
                f"dimensions: got {self.dimensions} for {len(y)} pairs of size "
                f"{y.shape[1]}; give at most {most}"
            )
        q = self.dimensions
        self.centre, self.mean = y.mean(0), (y - x).mean(0)
        self.basis = torch.linalg.svd(y - self.centre, full_matrices=False).Vh[:q].T
        u = (y - self.centre) @ self.basis
        v = (y - x - self.mean) @ self.basis
        size = u.square().mean().sqrt()
        self.spread = torch.where(size > 0, size, 1)
        both = torch.cat([u, v], 1) / self.spread
        found = GaussianMixture(
            self.components,
            n_init=_STARTS,
            reg_covar=_RIDGE,
            random_state=int(torch.randint(2**31, (), generator=generator)),
        )
        with warnings.catch_warnings():  # a hundred iterations are enough to regress
            warnings.simplefilter("ignore", ConvergenceWarning)
            found.fit(both.cpu().numpy())
        weight, mean, covariance = (
            torch.from_numpy(part).to(y)
            for part in (found.weights_, found.means_, found.covariances_)
        )
        self.log_weight = weight.log()
        self.of_u, self.of_v = mean[:, :q], mean[:, q:]
        self.factor = torch.linalg.cholesky(covariance[:, :q, :q])
        self.gain = torch.cholesky_solve(covariance[:, :q, q:], self.factor)

    def _shift(self, y: Tensor) -> Tensor:
        u = (y - self.centre) @ self.basis / self.spread
        away = u[:, None] - self.of_u  # (n, K, q)
        white = torch.linalg.solve_triangular(
            self.factor, away.transpose(0, 1).mT, upper=False
        )  # (K, q, n)
        volume = self.factor.diagonal(dim1=1, dim2=2).log().sum(1)
        log_share = self.log_weight - volume - white.square().sum(1).T / 2
        v = self.of_v + torch.einsum("nkq,kqp->nkp", away, self.gain)
        mixed = (log_share.softmax(1)[..., None] * v).sum(1)
        return self.mean + self.spread * mixed @ self.basis.T
