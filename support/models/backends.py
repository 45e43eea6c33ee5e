r"""Back-ends: what compares the vectors of an enrolment with that of a test.

The cosine asks for nothing but a mean.  The two-covariance model learns from
background speakers which directions differ between voices and which between
recordings of one voice, and answers with a log-likelihood ratio.
"""

import math
from typing import Literal

import torch
from torch import Tensor

from support.arrays import real
from support.directions import directions
from support.models.whitening import (
    AffineMap,
    check_classes,
    class_covariances,
    class_sums,
    whitening,
)

__all__ = ["CosineBackend", "TwoCovariancePLDA", "em_step", "plda_scores"]


class CosineBackend:
    r"""Cosine of the test with the mean of the normalised enrolment vectors.

    $$s=\hat{\mathbf m}^\top\hat{\mathbf v},\qquad
    \mathbf m=\textstyle\sum_k\hat{\mathbf e}_k$$

    Args:
        before: applied to every vector first, such as
            `support.models.whitening.wccn` or `lda`; in place of `fit`.

    >>> CosineBackend().score(torch.ones(1, 3, 2), torch.eye(2))
    tensor([[0.7071, 0.7071]])
    """

    def __init__(self, before: AffineMap | None = None) -> None:
        self.before = before
        self._fitted = False

    def fit(self, embedding: Tensor, classes: Tensor | None = None) -> "CosineBackend":
        """Learn the mean of the background, which is then subtracted.

        Args:
            embedding: (N, E) of background speakers, N at least 1.
            classes: as the other back-ends; not looked at.

        Returns:
            Itself.

        Raises:
            ValueError: the shape is another, a value is not finite, or the back-end
                was made with a map of its own, which this would replace.
        """
        if self.before is not None and not self._fitted:
            raise ValueError(
                "before: this back-end was made with a map of its own, which fit would "
                "replace by a mean; leave out one of them"
            )
        embedding = real("embedding", embedding)
        if embedding.ndim != 2 or not len(embedding):
            raise ValueError(
                f"embedding: got shape {tuple(embedding.shape)}; give (N, E), N at "
                "least 1"
            )
        mean = embedding.detach().double().mean(0)
        self.before = AffineMap(mean, torch.eye(len(mean)).to(mean))
        self._fitted = True
        return self

    def score(self, enrolment: Tensor, test: Tensor) -> Tensor:
        """Compare every model with every test.

        Args:
            enrolment: (M, k, E), k vectors a model.
            test: (n, E).

        Returns:
            (M, n) in [-1, 1], in the dtype of the test, at least float32; higher is
            more alike.

        Raises:
            ValueError: the shapes do not fit, or a number is not finite.
        """
        enrolment, test = _trials(enrolment, test)
        if self.before is not None:
            enrolment, test = self.before.apply(enrolment), self.before.apply(test)
        model = directions(_unit(enrolment.to(test)).mean(1))
        return model @ directions(test).T


class TwoCovariancePLDA:
    r"""Log-likelihood ratios of a Gaussian class plus Gaussian within-class noise.

    $$\mathbf x=\boldsymbol\mu+\mathbf b+\mathbf w,\qquad
    \mathbf b\sim\mathcal N(0,B)\ \text{per class},\quad
    \mathbf w\sim\mathcal N(0,W)$$

    Vectors are whitened by the background's principal components, then brought to
    the length $\sqrt R$, R being their number.

    Args:
        n_components: R; all E of them when left out.
        method: ``"moments"`` subtracts what noise adds to the scatter of class
            means; ``"em"`` goes on from there towards the greatest likelihood.
        iterations: of EM.
        normalise_length: bring vectors to one length, as Gaussian vectors of many
            dimensions nearly have, and embeddings have not.

    Raises:
        ValueError: an option is out of range.

    After `fit`: ``between`` and ``within``, (R, R) float64.

    >>> source = torch.Generator().manual_seed(0)
    >>> classes = torch.arange(60) % 6
    >>> voice = 3 * torch.randn(6, 2, generator=source)[classes]
    >>> x = voice + torch.randn(60, 2, generator=source)
    >>> plda = TwoCovariancePLDA(normalise_length=False).fit(x, classes)
    >>> bool(plda.score(voice[:1, None], voice[:1]) > 0)
    True
    """

    def __init__(
        self,
        n_components: int | None = None,
        *,
        method: Literal["moments", "em"] = "moments",
        iterations: int = 10,
        normalise_length: bool = True,
    ) -> None:
        if method not in ("moments", "em"):
            raise ValueError(f"method: got {method!r}; give 'moments' or 'em'")
        if iterations < 1:
            raise ValueError(f"iterations: got {iterations}; give at least 1")
        self.n_components = n_components
        self.method = method
        self.iterations = iterations
        self.normalise_length = normalise_length

    def fit(self, embedding: Tensor, classes: Tensor) -> "TwoCovariancePLDA":
        """Learn the mean and both covariances from background speakers.

        Args:
            embedding: (N, E).
            classes: (N,) integers, at least two classes of at least two samples.

        Returns:
            Itself.

        Raises:
            ValueError: a class has one sample only, there are too few vectors for
                the dimensions, or a value is not finite.
        """
        embedding = real("embedding", embedding)
        _, counts = check_classes(embedding, classes)
        count, size = embedding.shape
        free = count - len(counts)  # the rank that W can have
        wanted = size if self.n_components is None else self.n_components
        if free < wanted:
            raise ValueError(
                f"n_components: got {self.n_components} for {count} vectors of size "
                f"{size} in {len(counts)} classes; their covariance within classes "
                f"has rank {free} at most: give n_components up to that"
            )
        self._whitening = whitening(embedding, self.n_components)
        x = self._scaled(embedding)
        self._centre = x.mean(0)
        x = x - self._centre
        self.between, self.within = class_covariances(x, classes)
        if self.method == "em":
            for _ in range(self.iterations):
                self.between, self.within = em_step(
                    x, classes, self.between, self.within
                )
        return self

    def transform(self, x: Tensor) -> Tensor:
        """(..., E) to the (..., R) centred float64 vectors the Gaussians speak of.

        Raises:
            ValueError: it is not fitted.
        """
        if not hasattr(self, "between"):
            raise ValueError("TwoCovariancePLDA: not fitted; call fit first")
        return self._scaled(x) - self._centre

    def score(self, enrolment: Tensor, test: Tensor) -> Tensor:
        """Log-likelihood ratio of one class against two, every model with every test.

        Args:
            enrolment: (M, k, E), k vectors a model.
            test: (n, E).

        Returns:
            (M, n) float64, natural logarithm; above 0 speaks for one class.

        Raises:
            ValueError: it is not fitted, the shapes do not fit, or a number is not
                finite.
        """
        enrolment, test = _trials(enrolment, test)
        return plda_scores(
            self.transform(enrolment), self.transform(test), self.between, self.within
        )

    def _scaled(self, x: Tensor) -> Tensor:
        y = self._whitening.apply(real("x", x).detach().double())
        if self.normalise_length:
            y = math.sqrt(y.shape[-1]) * _unit(y)
        return y


def plda_scores(
    enrolment: Tensor, test: Tensor, between: Tensor, within: Tensor
) -> Tensor:
    r"""Log-likelihood ratios of the two-covariance model, by two matrix products.

    With $\bar{\mathbf e}$ the mean of $k$ enrolments, their class has the posterior
    mean $\mathbf m=B(B+W/k)^{-1}\bar{\mathbf e}$ and covariance
    $C=B-B(B+W/k)^{-1}B$; then

    $$\mathrm{LLR}=\log\mathcal N(\mathbf t;\mathbf m,C+W)
    -\log\mathcal N(\mathbf t;0,B+W)$$

    Args:
        enrolment: (M, k, R), centred.
        test: (n, R), centred.
        between: B, (R, R), of any rank.
        within: W, (R, R), positive definite.

    Returns:
        (M, n) float64, natural logarithm.

    Raises:
        ValueError: the shapes do not fit, a number is not finite, or a covariance has
            no Cholesky factor.

    >>> one, none = torch.eye(1), torch.zeros(1, 1)
    >>> plda_scores(torch.ones(1, 1, 1), torch.ones(2, 1), none, one)
    tensor([[0., 0.]], dtype=torch.float64)
    """
    enrolment, test = (part.double() for part in _trials(enrolment, test))
    between = real("between", between, like=test).double()
    within = real("within", within, like=test).double()
    mean, covariance = _posterior(
        enrolment.mean(1), enrolment.shape[1], between, within
    )
    known, known_volume = _inverse(covariance + within)
    unknown, unknown_volume = _inverse(between + within)
    projected = mean @ known  # (M, R)
    of_model = -0.5 * (projected * mean).sum(1) + (unknown_volume - known_volume) / 2
    of_test = 0.5 * ((test @ (unknown - known)) * test).sum(1)
    return projected @ test.T + of_model[:, None] + of_test


def em_step(
    x: Tensor, classes: Tensor, between: Tensor, within: Tensor
) -> tuple[Tensor, Tensor]:
    r"""One step of EM for both covariances; the likelihood never falls.

    With the posteriors $(\mathbf m_c,C_c)$ of the classes of $n_c$ samples,

    $$B=\frac1C\sum_c(\mathbf m_c\mathbf m_c^\top+C_c),\qquad
    W=\frac1N\sum_c\Big[\sum_{i\in c}(\mathbf x_i-\mathbf m_c)
    (\mathbf x_i-\mathbf m_c)^\top+n_cC_c\Big]$$

    Args:
        x: (N, R), centred.
        classes: (N,) integers.
        between: B before, (R, R).
        within: W before, (R, R).

    Returns:
        B and W after, float64.

    Raises:
        ValueError: as in `support.models.whitening.check_classes`.
    """
    x = real("x", x).double()
    place, counts = check_classes(x, classes)
    between = real("between", between, like=x).double()
    within = real("within", within, like=x).double()
    sums = class_sums(x, place, len(counts))
    means, spread = torch.zeros_like(sums), torch.zeros_like(between)
    noise = torch.zeros_like(within)
    for size in counts.unique().tolist():  # classes of one size share a posterior
        chosen = counts == size
        mean, covariance = _posterior(sums[chosen] / size, size, between, within)
        means[chosen] = mean
        spread += chosen.sum() * covariance
        noise += chosen.sum() * size * covariance
    rest = x - means[place]
    return (
        (means.T @ means + spread) / len(counts),
        (rest.T @ rest + noise) / len(x),
    )


def _unit(vectors: Tensor) -> Tensor:
    """Vectors (..., E) as directions."""
    return directions(vectors.reshape(-1, vectors.shape[-1])).view_as(vectors)


def _posterior(
    mean: Tensor, count: float, between: Tensor, within: Tensor
) -> tuple[Tensor, Tensor]:
    """Posterior of a class given the mean of its vectors; B need not be invertible."""
    inverse, _ = _inverse(between + within / count)
    gain = inverse @ between
    return mean @ gain, between - between @ gain


def _inverse(covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Its inverse and the logarithm of its determinant."""
    factor, failed = torch.linalg.cholesky_ex((covariance + covariance.T) / 2)
    if failed:
        raise ValueError(
            "within: the covariance of a vector is not positive definite; give more "
            "vectors or fewer dimensions"
        )
    return torch.cholesky_inverse(factor), 2 * factor.diagonal().log().sum()


def _trials(enrolment: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    test = real("test", test)
    enrolment = real("enrolment", enrolment, like=test)
    if (
        enrolment.ndim != 3
        or test.ndim != 2
        or not enrolment.shape[1]
        or enrolment.shape[2] != test.shape[1]
    ):
        raise ValueError(
            f"enrolment, test: got shapes {tuple(enrolment.shape)} and "
            f"{tuple(test.shape)}; give (M, k, E), k at least 1, and (n, E)"
        )
    return enrolment, test
