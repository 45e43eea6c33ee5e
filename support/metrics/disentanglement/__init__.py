"""Scores of disentanglement, each with its direction, range and invariances.

All take factors (N, n), integers from 0, and codes (N, m); all but the ones
that train a predictor also take ``weights``, the probabilities of the rows of a
joint table, and are then exact.
"""

from support.metrics.disentanglement.bottleneck import (
    MinimalitySufficiency,
    minimality_sufficiency,
    minimality_sufficiency_gaussian,
)
from support.metrics.disentanglement.gaps import (
    dcimig,
    jemmig,
    mig,
    mig_sup,
    modularity,
)
from support.metrics.disentanglement.inputs import active_latents
from support.metrics.disentanglement.sap import sap

__all__ = [
    "MinimalitySufficiency",
    "active_latents",
    "dcimig",
    "jemmig",
    "mig",
    "mig_sup",
    "minimality_sufficiency",
    "minimality_sufficiency_gaussian",
    "modularity",
    "sap",
]
