r"""What the networks see: log magnitudes, and the way back with the phase as heard."""

from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import whole
from support.signal.stft import istft, stft

__all__ = ["FLOOR", "LogSpectra"]

FLOOR = 1e-3
"""ε, for clips of root mean square 0.1."""


class LogSpectra:
    r"""Normalised log magnitudes, $(\ln(|Y|+\varepsilon)-\mu_f)/\sigma_f$.

    Mean and deviation of each frequency are those of the heard training clips, for
    input and target alike: a correction of zero then means "leave it as it is".

    Args:
        heard: (n, N) training clips.
        rate: samples a second, at least 1000; windows of 32 ms, a quarter of it from
            frame to frame.

    Raises:
        ValueError: clips of another shape or with no sound, a rate that is none.

    Attributes:
        mean, deviation: (F, 1).
        rate: samples a second.
    """

    def __init__(self, heard: Any, rate: int) -> None:
        self.rate = whole("rate", rate, 1000)
        self.hop = 64 * self.rate // 8000
        self.win = 4 * self.hop
        levels = self.log_magnitude(heard)
        self.mean = levels.mean((0, 2))[:, None]
        self.deviation = levels.std((0, 2))[:, None]
        if not bool((self.deviation > 1e-6).all()):
            raise ValueError(
                f"heard: got {tuple(levels.shape)} levels that never change at some "
                "frequency; give clips with sound at all of them"
            )

    @property
    def bins(self) -> int:
        """Frequencies of a spectrum."""
        return self.win // 2 + 1

    def spectrum(self, signal: Any) -> Tensor:
        """Signals (n, N) -> complex (n, F, T)."""
        given = real("signal", signal)
        if given.ndim != 2:
            raise ValueError(f"signal: got shape {tuple(given.shape)}; give (n, N)")
        return stft(given, win=self.win, hop=self.hop)

    def log_magnitude(self, signal: Tensor) -> Tensor:
        """Signals (n, N) -> (n, F, T), natural logarithms."""
        return (self.spectrum(signal).abs() + FLOOR).log()

    def __call__(self, signal: Tensor) -> Tensor:
        """Signals (n, N) -> normalised (n, F, T)."""
        return (self.log_magnitude(signal) - self.mean) / self.deviation

    def signal(self, normalised: Any, heard: Tensor) -> Tensor:
        r"""Back to signals, $\max(e^{\hat\ell}-\varepsilon,0)\,e^{j\angle Y}$.

        Args:
            normalised: (n, F, T).
            heard: (n, N) whose phase is taken.

        Returns:
            (n, N).

        Raises:
            ValueError: shapes that do not fit, a number that is not finite.
        """
        phase = torch.sgn(self.spectrum(heard))
        given = real("normalised", normalised, like=phase)
        if given.shape != phase.shape:
            raise ValueError(
                f"normalised: got shape {tuple(given.shape)} for clips of "
                f"{tuple(heard.shape)}; give {tuple(phase.shape)}"
            )
        level = (given * self.deviation + self.mean).exp() - FLOOR
        return self.inverse(level.clamp_min(0) * phase, heard.shape[-1])

    def inverse(self, spectrum: Tensor, samples: int) -> Tensor:
        """Complex (n, F, T) -> signals (n, samples)."""
        return istft(spectrum, win=self.win, hop=self.hop, samples=samples)
