"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from support.data.rooms import polack_rooms
from support.data.sources import source_pool
from support.exercises import check, expect, judged
from support.metrics.enhancement import reduced_srmr
from support.metrics.linear_prediction import log_likelihood_ratio
from support.signal.rooms import convolve
from support.signal.wpe import wpe

__all__ = ["context", "prediction", "reverberation_time", "unit", "viewpoints"]

Reader = Callable[..., Any]
_RATE = 8000


def reverberation_time(function: Reader) -> bool:
    """Ask for the time of drawn tails, within 5 %."""
    what = "1, the reverberation time"

    def judge() -> bool:
        for seed, t60 in enumerate((0.3, 0.5, 0.7, 0.9)):
            source = torch.Generator().manual_seed(seed)
            # the last one is longer, so that no length gives a time away
            rooms = polack_rooms([t60] * 8 + [1.3], [0.0] * 9, source, rate=_RATE)
            eight = rooms[:8].double().numpy()
            given = [float(function(room.copy(), _RATE)) for room in eight]
            mean = float(np.mean(given))
            if not abs(mean - t60) <= 0.05 * t60:
                return expect(
                    False,
                    f"for eight responses of {t60} s the mean of your answers is "
                    f"{mean:.3f} s; wanted it within 5 %.",
                    what=what,
                )
        return expect(
            True,
            "",
            what=what,
            tried="means over eight drawn responses of 0.3, 0.5, 0.7 and 0.9 s",
            not_checked="measured responses, which end in noise",
        )

    return judged(judge, what)


def prediction(function: Reader) -> bool:
    """Hold one turn of WPE at one frequency to the package's."""
    what = "2, the prediction"

    def judge() -> bool:
        for seed in range(5):
            source = torch.Generator().manual_seed(seed)
            taps, delay = 3 + seed, 1 + seed % 3
            y = torch.randn(90, generator=source, dtype=torch.complex128)
            y[4:] += 0.5 * y[:-4].clone()
            wanted = wpe(y[None], taps=taps, delay=delay, iterations=1)[0].numpy()
            given = np.asarray(function(y.numpy().copy(), taps, delay))
            if given.shape != wanted.shape:
                words = f"shape {given.shape}; wanted {wanted.shape}."
                return expect(False, words, what=what)
            off = float(np.abs(given - wanted).max())
            if not off <= 1e-6:
                words = (
                    f"with {taps} taps and delay {delay} the largest difference is "
                    f"{off:.2g}; wanted at most 1e-6."
                )
                return expect(False, words, what=what)
        tried = "one turn on five frequencies of 90 frames, 3 to 7 taps, delay 1 to 3"
        return expect(True, "", what=what, tried=tried)

    return judged(judge, what)


def unit(make: Reader) -> bool:
    """Ask a network to begin at the identity and to learn in fifty steps."""
    what = "3, the unit"

    def judge() -> bool:
        source = torch.Generator().manual_seed(0)
        x = torch.randn(4, 6, 50, generator=source)
        y = x + 0.5 * torch.cat([x[:, :, :1], x[:, :, :-1]], 2)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = make(6, 16)
            if not isinstance(network, nn.Module):
                words = f"got {type(network).__name__}; wanted a torch module."
                return expect(False, words, what=what)
            if not list(network.parameters()):
                words = "the module has no parameters; wanted one that can learn."
                return expect(False, words, what=what)
            off, error = _trained(network, x, y)
        start = float((x - y).square().mean())
        if not off <= 1e-6:
            words = (
                f"before training the output is off the input by {off:.2g}; wanted 0."
            )
            return expect(False, words, what=what)
        words = (
            f"after 50 steps the error is {error:.3f}, the input's is {start:.3f}; "
            "wanted less than half of it."
        )
        tried = "spectra of 6 bins and 50 frames with an echo one frame later"
        return expect(error < 0.5 * start, words, what=what, tried=tried)

    return judged(judge, what)


def _trained(network: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """How far from the identity a network begins, and its error after 50 steps."""
    off = float((network(x) - x).detach().abs().max())
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    for _ in range(50):
        optimizer.zero_grad()
        loss = (network(x) - y).square().mean()
        loss.backward()
        optimizer.step()
    return off, float(loss.detach())


def context(function: Reader) -> bool:
    """Hold the number of frames that a network sees to the sum over its layers."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        dilations = [int(2**power) for power in rng.integers(0, 4, size=4)]
        return int(rng.choice([3, 5, 7])), dilations

    def wanted(kernel: int, dilations: Sequence[int]) -> int:
        return 1 + (kernel - 1) * (2 + 2 * sum(dilations))

    return check(function, against=wanted, inputs=inputs, what="4, the context")


def viewpoints(function: Reader) -> bool:
    """Ask for a treatment that one measure praises and the other condemns."""
    what = "5, two viewpoints"

    def judge() -> bool:
        source = torch.Generator().manual_seed(0)
        dry = source_pool("speech", 6, 2.0, source)
        rooms = polack_rooms([0.6] * 6, [0.0] * 6, source, rate=_RATE)
        wet = convolve(dry, rooms)
        found = torch.as_tensor(np.asarray(function(wet.numpy().copy(), _RATE)))
        if found.shape != wet.shape:
            words = f"shape {tuple(found.shape)}; wanted {tuple(wet.shape)}."
            return expect(False, words, what=what)
        srmr = [float(reduced_srmr(clips, _RATE).mean()) for clips in (wet, found)]
        llr = [
            float(log_likelihood_ratio(dry, clips.to(dry), rate=_RATE).mean())
            for clips in (wet, found)
        ]
        words = (
            f"SRMR goes from {srmr[0]:.2f} to {srmr[1]:.2f}, LLR from {llr[0]:.3f} to "
            f"{llr[1]:.3f}; wanted both to rise by a tenth."
        )
        passed = srmr[1] > 1.1 * srmr[0] and llr[1] > 1.1 * llr[0]
        return expect(passed, words, what=what, tried="six clips in tails of 0.6 s")

    return judged(judge, what)
