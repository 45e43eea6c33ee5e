"""Few clips, and a small encoder that has learnt a little of them."""

from dataclasses import replace
from functools import cache

import torch

from chapters.sparse_autoencoders.data import Clips, Data, load
from chapters.sparse_autoencoders.systems import (
    SETTINGS,
    Setting,
    Vectors,
    make_encoder,
    vectors,
)

SETTING: Setting = replace(
    SETTINGS["embedded", "quick"],
    layers=1,
    width=16,
    units=128,
    scale=1.0,
    listening=replace(SETTINGS["embedded", "quick"].listening, updates=3),
    coding=replace(SETTINGS["embedded", "quick"].coding, updates=60, rate=3e-3),
)


def few(clips: Clips, count: int) -> Clips:
    speaker = clips.speaker
    return replace(
        clips,
        x=clips.x[:count],
        y=clips.y[:count],
        attributes=clips.attributes[:count],
        waves=clips.waves[:count],
        speaker=None if speaker is None else speaker[:count],
    )


@cache
def whole() -> Data:
    return load("embedded", "quick", seed=0)


@cache
def clips() -> Data:
    data = whole()
    return replace(data, train=few(data.train, 160), test=few(data.test, 80))


@cache
def states() -> Vectors:
    return vectors(make_encoder(clips(), SETTING, 0), clips(), SETTING.layer)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
