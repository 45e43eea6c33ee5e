"""Every picture is drawn, and says in words what it shows."""

from dataclasses import replace

import pytest

from chapters.dereverberation import figures, scores, systems
from chapters.dereverberation.data import Data, load


@pytest.fixture(scope="module")
def data() -> Data:
    return load("embedded", "quick", 0)


@pytest.fixture(scope="module")
def network(data) -> systems.Enhancer:
    return systems.train(data, replace(systems.RECIPES["quick"], updates=24), 0)


def test_pictures_have_words(data, network):
    heard = scores.score(lambda clips: clips, data)
    found = {systems.HEARD: heard, systems.WRN: scores.score(network, data)}
    kind = data.times[-1]
    clips = data.tests[kind]
    signals = {"dry": clips.dry[0], "heard": clips.wet[0]}
    drawn = [
        figures.shares(found, data.times),
        figures.decays(data, data.far_times),
        *figures.spectrograms(signals, network.spectra, data.rate),
        *figures.block(network, clips, 0, data.rate),
        *figures.block(network, clips, 4, data.rate),
        figures.viewpoints(found, 5.0),
        figures.unit(),
    ]
    assert all(len(drawing.alt) > 40 for drawing in drawn)
    assert drawn[4].figure.axes[0].get_title(loc="left") == "as heard"
