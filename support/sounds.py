"""Clips to listen to, in the page itself: no file beside it, no script, no network."""

import io
import wave
from base64 import b64encode
from collections.abc import Sequence
from html import escape

import torch
from torch import Tensor

from support.plots import NAME

__all__ = ["MOST_BYTES", "SOUNDS", "show_sounds"]

SOUNDS = "course_sounds"
"""Key of the bytes in the metadata of the output."""
MOST_BYTES = 400_000


def show_sounds(
    clips: Sequence[Tensor],
    rate: int,
    *,
    name: str,
    caption: str,
    labels: Sequence[str],
) -> None:
    """Display players, one a clip, each with its label, and a caption under them.

    The browser's own player is used: it works by keyboard and with a screen reader,
    in JupyterLab, in the book and on a slide.  All clips get one gain, such that the
    loudest sample of all is at 0.9: differences of level stay audible.

    Args:
        clips: (samples,) each, real and finite.
        rate: samples a second, the same for all.
        name: ``fig-<chapter>-<what>``, unique in the book.
        caption: one or two sentences.
        labels: what is heard in each, in words.

    Raises:
        ValueError: there is no clip, a clip is empty, silent throughout or not
            finite, labels are missing, or all are heavier than 400 kB (25 s at
            8 kHz).

    >>> show_sounds([torch.ones(80)], 8000, name="fig-a-b", caption="A click.",
    ...             labels=["click"])  # doctest: +SKIP
    """
    from IPython.display import display

    if not NAME.fullmatch(name):
        raise ValueError(f"name: got {name!r}; give fig-<chapter>-<what>, lower case")
    if not caption.strip():
        raise ValueError(f"caption: {name} has none; give a sentence")
    if not len(clips) or len(labels) != len(clips) or not all(map(str.strip, labels)):
        raise ValueError(
            f"labels: {name} has {len(clips)} clips and {len(labels)} labels; give "
            "one clip or more, and words for each"
        )
    sounds = _waves(clips, rate, name)
    rows = "".join(
        f'<p class="sounds-clip"><span id="{name}-{i}">{escape(label)}</span><br>'
        f'<audio controls preload="metadata" aria-labelledby="{name}-{i}" '
        f'src="data:audio/wav;base64,{b64encode(sound).decode("ascii")}"></audio></p>'
        for i, (label, sound) in enumerate(zip(labels, sounds, strict=True))
    )
    html = (  # a group, not a figure: the book numbers figures, and these hold images
        f'<div class="sounds" role="group" id="{name}" aria-labelledby="{name}-words">'
        f'{rows}<p class="sounds-words" id="{name}-words">{escape(caption.strip())}</p>'
        "</div>"
    )
    listed = "; ".join(label.strip() for label in labels)
    plain = f"[Sounds: {listed}. {caption.strip()}]"
    display(
        {"text/html": html, "text/plain": plain},
        raw=True,
        metadata={SOUNDS: len(html)},
    )


def _waves(clips: Sequence[Tensor], rate: int, name: str) -> list[bytes]:
    """Clips as WAV files of 16 bits, one gain for all."""
    values = [torch.as_tensor(clip).detach().cpu().float() for clip in clips]
    for place, clip in enumerate(values):
        if clip.ndim != 1 or not len(clip) or not torch.isfinite(clip).all():
            raise ValueError(
                f"clips: number {place} of {name} has shape {tuple(clip.shape)}, or "
                "holds NaN; give (samples,) finite numbers"
            )
    size = sum(44 + 2 * len(clip) for clip in values)
    if size > MOST_BYTES:
        raise ValueError(
            f"clips: {name} weighs {size / 1e3:.0f} kB; at most "
            f"{MOST_BYTES / 1e3:.0f} kB fit a page, so give fewer or shorter clips"
        )
    peak = max(float(clip.abs().max()) for clip in values)
    if peak == 0:
        raise ValueError(f"clips: nothing is to be heard in {name}")
    made = []
    for clip in values:
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            samples = (clip * (0.9 * 32767 / peak)).round().to(torch.int16)
            file.writeframes(samples.numpy().astype("<i2").tobytes())
        made.append(buffer.getvalue())
    return made
