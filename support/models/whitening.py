r"""Linear maps learned from classes: PCA whitening, WCCN and LDA.

All of them subtract a mean and multiply by a matrix; what differs is which spread
they make the unit of length.  Statistics are in float64.
"""

from typing import NamedTuple

import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from support.arrays import classes as class_numbers
from support.arrays import real

__all__ = [
    "LEAST_VARIANCE",
    "AffineMap",
    "check_classes",
    "class_covariances",
    "class_sums",
    "lda",
    "wccn",
    "whitening",
]

LEAST_VARIANCE = 1e-6
"""Eigenvalues of a covariance between classes are kept at least here, for features
of unit variance."""
_SINGULAR = 1e-10  # of the largest eigenvalue


class AffineMap(NamedTuple):
    r"""$(\mathbf x-\mathbf c)A$ for rows $\mathbf x$.

    Args:
        centre: (E,) float64.
        matrix: (E, R) float64.
    """

    centre: Tensor
    matrix: Tensor

    def apply(self, x: Tensor) -> Tensor:
        """(..., E) to (..., R), computed in float64, in the dtype of ``x``.

        Half precision gives float32 and integers float64, which no map is cut down to.

        Raises:
            ValueError: a number is not finite.
        """
        given = real("x", x)
        centred = given.double() - self.centre.to(given.device)
        return (centred @ self.matrix.to(given.device)).to(given)


def whitening(embedding: Tensor, n_components: int | None = None) -> AffineMap:
    r"""Principal components, each scaled to variance 1.

    Args:
        embedding: (N, E).
        n_components: keep the R largest; all E when left out.

    Returns:
        The map (E to R); what it makes of the data has the identity as covariance.

    Raises:
        ValueError: the data do not span as many dimensions.

    >>> x = torch.tensor([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> whitening(x).apply(x).var(0, correction=0)
    tensor([1.0000, 1.0000])
    """
    x = _vectors(embedding)
    count, size = x.shape
    wanted = size if n_components is None else n_components
    if not 1 <= wanted <= size:
        raise ValueError(
            f"n_components: got {n_components}; vectors have size {size}, give 1 to "
            f"{size}"
        )
    centre = x.mean(0)
    values, vectors = torch.linalg.eigh((x - centre).T @ (x - centre) / count)
    values, vectors = values.flip(0), vectors.flip(1)
    rank = int((values > _SINGULAR * values[0]).sum()) if values[0] > 0 else 0
    if rank < wanted:
        raise ValueError(
            f"n_components: got {n_components}; the {count} vectors of size {size} "
            f"span {rank} dimensions, give n_components, at most that"
        )
    return AffineMap(centre, vectors[:, :wanted] / values[:wanted].sqrt())


def class_covariances(x: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
    r"""Covariance between and within classes, by moments.

    $$W=\frac1{N-C}\sum_c\sum_{i\in c}(\mathbf x_i-\bar{\mathbf x}_c)
    (\mathbf x_i-\bar{\mathbf x}_c)^\top,\qquad
    B=\frac1C\sum_c\bar{\mathbf x}_c\bar{\mathbf x}_c^\top-W/\bar n$$

    with $\bar n$ the harmonic mean of the class sizes, as a mean of $n$ samples has
    the noise $W/n$.  Eigenvalues of $B$ are kept at least at 1e-6, for features scaled
    to unit variance: the unit of a feature does not matter.

    Args:
        x: (N, R), centred.
        classes: (N,) integers, of at least two samples each.

    Returns:
        B and W, (R, R) float64.

    Raises:
        ValueError: there are fewer than two classes, or one has a single sample.

    >>> between, within = class_covariances(
    ...     torch.tensor([[2.0], [2.0], [-2.0], [-2.0]]), torch.tensor([0, 0, 1, 1]))
    >>> between.item(), within.item()
    (4.0, 0.0)
    """
    x = real("x", x).detach().double()
    place, counts = check_classes(x, classes)
    means = class_sums(x, place, len(counts)) / counts[:, None]
    rest = x - means[place]
    within = rest.T @ rest / (len(x) - len(counts))
    between = means.T @ means / len(counts) - within * (1 / counts).mean()
    deviation = x.square().mean(0).sqrt()
    unit = torch.outer(*[deviation.where(deviation > 0, 1)] * 2)
    values, vectors = torch.linalg.eigh(between / unit)
    between = (vectors * values.clamp_min(LEAST_VARIANCE)) @ vectors.T * unit
    return between, within


def wccn(embedding: Tensor, classes: Tensor) -> AffineMap:
    r"""Within-class covariance normalisation: classes get the identity as spread.

    $A$ is the lower Cholesky factor of $W^{-1}$, so that $A^\top WA=I$.

    Args:
        embedding: (N, E).
        classes: (N,) integers, of at least two samples each.

    Returns:
        The map (E to E), for a `support.models.backends.CosineBackend`.

    Raises:
        ValueError: as in `class_covariances`, or the covariance within classes is
            singular.

    >>> x = torch.tensor([[3.0], [1.0], [-1.0], [-3.0]])
    >>> wccn(x, torch.tensor([0, 0, 1, 1])).matrix
    tensor([[0.7071]], dtype=torch.float64)
    """
    x = _vectors(embedding)
    _, counts = check_classes(x, classes)
    centre = x.mean(0)
    within = class_covariances(x - centre, classes)[1]
    values = torch.linalg.eigvalsh(within)
    if not values[0] > _SINGULAR * values[-1]:
        raise ValueError(
            f"embedding: got {len(x)} vectors of size {x.shape[1]} in "
            f"{len(counts)} classes, whose covariance within classes is singular; "
            "give more vectors, or reduce them by whitening with n_components first"
        )
    return AffineMap(centre, torch.linalg.cholesky(torch.linalg.inv(within)))


def lda(
    embedding: Tensor, classes: Tensor, n_components: int | None = None
) -> AffineMap:
    """Linear discriminant analysis: directions in which classes differ most.

    By scikit-learn's eigenvalue solver, on the CPU.

    Args:
        embedding: (N, E).
        classes: (N,) integers, of at least two samples each.
        n_components: R, at most the smaller of C - 1 and E; that when left out.

    Returns:
        The map (E to R), for a `support.models.backends.CosineBackend`.

    Raises:
        ValueError: as in `wccn`, or ``n_components`` is out of range.

    >>> x = torch.tensor([[3.0, 0.0], [1.0, 2.0], [-1.0, 0.0], [-3.0, 1.0]])
    >>> lda(x, torch.tensor([0, 0, 1, 1])).matrix.shape
    torch.Size([2, 1])
    """
    wccn(embedding, classes)  # refuses what the solver cannot factorise
    x = _vectors(embedding)
    place, counts = check_classes(x, classes)
    most = min(len(counts) - 1, x.shape[1])
    wanted = most if n_components is None else n_components
    if not 1 <= wanted <= most:
        raise ValueError(f"n_components: got {n_components}; give 1 to {most}")
    solver = LinearDiscriminantAnalysis(solver="eigen", n_components=wanted)
    centre = x.mean(0)  # taken off first: the solver subtracts squares
    solver.fit((x - centre).cpu().numpy(), place.cpu().numpy())
    matrix = torch.from_numpy(solver.scalings_[:, :wanted].copy()).to(x.device)
    return AffineMap(centre, matrix)


def class_sums(x: Tensor, place: Tensor, count: int) -> Tensor:
    """(N, R) summed by class, (C, R)."""
    return x.new_zeros(count, x.shape[1]).index_add_(0, place, x)


def check_classes(embedding: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
    """Refuse classes without a spread; return each sample's class from 0, and sizes.

    Args:
        embedding: (N, E).
        classes: (N,) integers.

    Returns:
        (N,) int64, and (C,) float64.

    Raises:
        ValueError: shapes differ, there are fewer than two classes, or a class has
            one sample only.
    """
    embedding = real("embedding", embedding)
    classes = class_numbers("classes", classes, like=embedding)
    if embedding.ndim != 2 or classes.shape != embedding.shape[:1]:
        raise ValueError(
            f"embedding, classes: got shapes {tuple(embedding.shape)} and "
            f"{tuple(classes.shape)}; give (N, E) and (N,)"
        )
    names, place, counts = classes.unique(return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise ValueError(f"classes: got {len(names)}; give at least two")
    if int(counts.min()) < 2:
        raise ValueError(
            f"classes: class {int(names[counts.argmin()])} has one sample only; its "
            "spread is unknown: give at least two of each class"
        )
    return place, counts.double()


def _vectors(embedding: Tensor) -> Tensor:
    """(N, E) in float64, without gradient."""
    embedding = real("embedding", embedding).detach()
    if embedding.ndim != 2 or not len(embedding):
        raise ValueError(
            f"embedding: got shape {tuple(embedding.shape)}; give (N, E), N at least 1"
        )
    return embedding.double()
