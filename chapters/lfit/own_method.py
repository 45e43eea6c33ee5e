"""A method of your own: the label of the nearest application that was seen."""

import numpy as np


def nearest(states, labels, domains, seed):
    """Count the differing columns; the first of equally near ones decides."""

    def predict(others):
        differing = np.zeros((len(others), len(states)), np.int16)
        for column, known in zip(others.T, states.T, strict=True):
            differing += column[:, None] != known
        return labels[differing.argmin(1)]

    return predict
