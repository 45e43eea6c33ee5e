"""A method of your own: the nearest mean of a class, and no training at all."""

import torch


def nearest_mean(data, recipe, seed):
    """Return a function of samples to logits: minus the squared distance."""
    means = data.x_train.mean(0).repeat(data.n_classes, 1)
    for label in data.y_train.unique():  # a class without samples keeps the mean
        means[label] = data.x_train[data.y_train == label].mean(0)
    return lambda x: -torch.cdist(x, means).square() / 2
