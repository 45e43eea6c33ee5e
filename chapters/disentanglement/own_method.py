"""A score of your own: how well each factor is matched by one code."""

import numpy as np


def best_match(factors, codes):
    """Average, over the factors, the largest squared correlation with a code."""
    n = factors.shape[1]
    table = np.corrcoef(factors, codes, rowvar=False)[:n, n:] ** 2
    return float(np.nan_to_num(table).max(axis=1).mean())
