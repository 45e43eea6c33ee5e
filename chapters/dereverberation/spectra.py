r"""What the networks see: log magnitudes, and the way back with the phase as heard."""

import torch
from torch import Tensor

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
        rate: samples a second; windows of 32 ms, a quarter of it from frame to frame.

    Attributes:
        mean, deviation: (F, 1).
        rate: samples a second.
    """

    def __init__(self, heard: Tensor, rate: int) -> None:
        self.rate, self.win = rate, 256 * rate // 8000
        self.hop = self.win // 4
        levels = self.log_magnitude(heard)
        self.mean = levels.mean((0, 2))[:, None]
        self.deviation = levels.std((0, 2))[:, None].clamp_min(1e-6)

    @property
    def bins(self) -> int:
        """Frequencies of a spectrum."""
        return self.win // 2 + 1

    def spectrum(self, signal: Tensor) -> Tensor:
        """Signals (n, N) -> complex (n, F, T)."""
        return stft(signal, win=self.win, hop=self.hop)

    def log_magnitude(self, signal: Tensor) -> Tensor:
        """Signals (n, N) -> (n, F, T), natural logarithms."""
        return (self.spectrum(signal).abs() + FLOOR).log()

    def __call__(self, signal: Tensor) -> Tensor:
        """Signals (n, N) -> normalised (n, F, T)."""
        return (self.log_magnitude(signal) - self.mean) / self.deviation

    def signal(self, normalised: Tensor, heard: Tensor) -> Tensor:
        r"""Back to signals, $\max(e^{\hat\ell}-\varepsilon,0)\,e^{j\angle Y}$.

        Args:
            normalised: (n, F, T).
            heard: (n, N) whose phase is taken.

        Returns:
            (n, N).
        """
        level = (normalised * self.deviation + self.mean).exp() - FLOOR
        phase = torch.sgn(self.spectrum(heard))
        return self.inverse(level.clamp_min(0) * phase, heard.shape[-1])

    def inverse(self, spectrum: Tensor, samples: int) -> Tensor:
        """Complex (n, F, T) -> signals (n, samples)."""
        return istft(spectrum, win=self.win, hop=self.hop, samples=samples)
