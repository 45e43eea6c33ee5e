"""A method of your own: concepts off pixels, the label off concepts, both linear."""

from types import SimpleNamespace

import torch
from torch.nn.functional import one_hot, pad


def fit_line(x, y):
    """Fit y to x by least squares with a small ridge, and return the fitted map."""
    x = pad(x, (0, 1), value=1.0)
    ridge = torch.eye(x.shape[1], device=x.device)
    weights = torch.linalg.solve(x.T @ x + ridge, x.T @ y.float())
    return lambda new: pad(new, (0, 1), value=1.0) @ weights


def two_lines(x_train, c_train, y_train, n_classes, seed, device):
    """Return an object that encodes pictures as concepts and predicts the label."""
    line = fit_line(x_train.flatten(1), c_train)
    label = fit_line(line(x_train.flatten(1)), one_hot(y_train, n_classes))
    return SimpleNamespace(encode=lambda x: line(x.flatten(1)), predict=label)
