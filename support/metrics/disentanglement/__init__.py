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
from support.metrics.disentanglement.dci import DCI, dci, dci_from_importances
from support.metrics.disentanglement.explicitness import explicitness
from support.metrics.disentanglement.gaps import (
    dcimig,
    jemmig,
    mig,
    mig_sup,
    modularity,
)
from support.metrics.disentanglement.infomec import (
    InfoMEC,
    infomec,
    neighbour_information,
)
from support.metrics.disentanglement.inputs import active_latents
from support.metrics.disentanglement.irs import irs
from support.metrics.disentanglement.sap import sap
from support.metrics.disentanglement.terms import BottleneckTerms, bottleneck_terms
from support.metrics.disentanglement.votes import (
    FactorVAEScore,
    beta_vae_score,
    factor_vae_score,
)

__all__ = [
    "DCI",
    "BottleneckTerms",
    "FactorVAEScore",
    "InfoMEC",
    "MinimalitySufficiency",
    "active_latents",
    "beta_vae_score",
    "bottleneck_terms",
    "dci",
    "dci_from_importances",
    "dcimig",
    "explicitness",
    "factor_vae_score",
    "infomec",
    "irs",
    "jemmig",
    "mig",
    "mig_sup",
    "minimality_sufficiency",
    "minimality_sufficiency_gaussian",
    "modularity",
    "neighbour_information",
    "sap",
]
