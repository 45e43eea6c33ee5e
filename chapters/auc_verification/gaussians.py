r"""Scores with two Gaussian laws, where every measure of error has a formula.

Targets $\mathcal N(\Delta,1)$, non-targets $\mathcal N(0,1)$.  What the area says of
such a system, the equal error rate says too, and the detection cost: one number
decides all of them.  Real scores have no such reason to agree.
"""

import math

from support.metrics.verification import DCF08, DCF10, OperatingPoint

__all__ = [
    "gaussian_area",
    "gaussian_cost",
    "gaussian_equal_error",
    "gaussian_measures",
]


def gaussian_equal_error(separation: float) -> float:
    r"""$\mathrm{EER}=\Phi(-\Delta/2)$.

    Args:
        separation: $\Delta$, in standard deviations.

    Returns:
        In [0, 1]; 1/2 where nothing is separated; lower is better.

    >>> round(gaussian_equal_error(2.0), 3)
    0.159
    """
    return _normal(-separation / 2)


def gaussian_area(separation: float) -> float:
    r"""$\mathrm{AUC}=\Phi(\Delta/\sqrt2)$.

    Args:
        separation: $\Delta$, in standard deviations.

    Returns:
        In [0, 1]; 1/2 where nothing is separated; higher is better.

    >>> round(gaussian_area(2.0), 3)
    0.921
    """
    return _normal(separation / math.sqrt(2))


def gaussian_cost(
    separation: float, point: OperatingPoint
) -> tuple[float, float, float]:
    r"""Least detection cost, and the two errors there.

    $$\tau^*=\frac\Delta2+\frac{\ln\beta}\Delta,\qquad
    C=\Phi(\tau^*-\Delta)+\beta\,\Phi(-\tau^*)$$
    with $\beta$ the price of a false alarm in misses, at least 1, so that to reject
    every claim is the better trivial system and costs 1.

    Args:
        separation: $\Delta$, above 0.
        point: costs and prior, such as `support.metrics.verification.DCF08`.

    Returns:
        The normalised cost in [0, 1], the miss rate and the false-alarm rate.

    Raises:
        ValueError: the separation is not above 0, or a false alarm is cheaper than
            a miss.

    >>> [round(value, 3) for value in gaussian_cost(2.0, OperatingPoint(10, 1, .01))]
    [0.716, 0.558, 0.016]
    """
    if not separation > 0:
        raise ValueError(f"separation: got {separation}; give a number above 0")
    beta = point.beta
    if beta < 1:
        raise ValueError(
            f"point: a false alarm costs {beta:g} misses; give a point where it "
            "costs at least 1"
        )
    threshold = separation / 2 + math.log(beta) / separation
    miss, false_alarm = _normal(threshold - separation), _normal(-threshold)
    return miss + beta * false_alarm, miss, false_alarm


def gaussian_measures(separation: float) -> dict[str, float]:
    """The four measures of the chapter by name, for a separation above 0."""
    return {
        "EER": gaussian_equal_error(separation),
        "AUC": gaussian_area(separation),
        "minDCF08": gaussian_cost(separation, DCF08)[0],
        "minDCF10": gaussian_cost(separation, DCF10)[0],
    }


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
