"""Rows of the measures: dereverberated speech."""

import torch
from torch import Tensor

from support.metrics import (
    enhancement,
    intelligibility,
    linear_prediction,
)
from tests.properties.framework import Entry, draw

__all__ = ["ENHANCEMENT"]


def heard() -> dict[str, Tensor]:
    return {"reference": draw(0, 4, 600), "processed": draw(1, 4, 600)}


def spectra() -> dict[str, Tensor]:
    return {name: value.reshape(4, 25, 24).abs() for name, value in heard().items()}


def correlated() -> dict[str, Tensor]:
    power = torch.fft.rfft(draw(0, 6, 30), 64).abs().square()
    return {"autocorrelation": torch.fft.irfft(power)[:, :5].clone()}


def predictors() -> dict[str, Tensor]:
    return {"predictor": torch.cat([torch.ones(6, 1), draw(0, 6, 4) / 4], 1)}


ENHANCEMENT = [
    Entry(linear_prediction.levinson, correlated, order="moves", empty="defined"),
    Entry(
        linear_prediction.levinson,
        correlated,
        call=lambda autocorrelation: linear_prediction.levinson(autocorrelation)[0],
        variant="predictors",
        order="moves",
        scale={"autocorrelation": 0},
        empty="defined",
    ),
    Entry(
        linear_prediction.prediction_cepstra,
        predictors,
        order="moves",
        empty="defined",
    ),
    *(
        Entry(
            of,
            heard,
            options={"rate": 8000},
            order="moves",
            scale={"reference": 0, "processed": 0},
        )
        for of in (
            linear_prediction.log_likelihood_ratio,
            linear_prediction.cepstral_distance,
            linear_prediction.prediction_distances,
        )
    ),
    Entry(
        intelligibility.short_time_intelligibility,
        lambda: {"reference": draw(0, 3, 4400), "processed": draw(1, 3, 4400)},
        options={"rate": 8000},
        order="moves",
        scale={"reference": 0, "processed": 0},
    ),
    Entry(
        enhancement.segmental_snr,
        lambda: {**spectra(), "bands": draw(2, 3, 25).abs()},
        rows=("reference", "processed"),
        order="moves",
        scale={"bands": 0},
        together=("reference", "processed"),
    ),
    Entry(enhancement.log_spectral_distance, spectra, order="moves"),
    Entry(
        enhancement.reduced_srmr,
        lambda: {"signal": draw(0, 4, 2400)},
        options={"rate": 8000},
        order="moves",
        scale={"signal": 0},
    ),
    Entry(
        enhancement.recovered_share,
        lambda: {"before": draw(0, 9).abs() + 1, "after": draw(1, 9).abs()},
        together=("before", "after"),
    ),
]
