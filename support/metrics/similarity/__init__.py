"""How alike are two representations of the same samples?

Every measure takes rows of the same samples in the same order, works on the
device of its input, sums in float64 and says which transformations of either
side leave it unchanged.
"""

from support.metrics.similarity.correlations import CCA, cca, pwcca, svcca
from support.metrics.similarity.dissimilarities import rsa
from support.metrics.similarity.kernels import hsic, linear_cka, rbf_cka
from support.metrics.similarity.neighbours import mutual_neighbours
from support.metrics.similarity.procrustes import Procrustes, procrustes
from support.metrics.similarity.regression import FAMILIES, FitR2, fit_r2
from support.metrics.similarity.streaming import MinibatchCKA, minibatch_cka

__all__ = [
    "CCA",
    "FAMILIES",
    "FitR2",
    "MinibatchCKA",
    "Procrustes",
    "cca",
    "fit_r2",
    "hsic",
    "linear_cka",
    "minibatch_cka",
    "mutual_neighbours",
    "procrustes",
    "pwcca",
    "rbf_cka",
    "rsa",
    "svcca",
]
