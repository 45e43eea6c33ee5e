"""Rooms decay as they were told to; the direct path comes first, with gain 1."""

import math

import numpy as np
import pytest
import torch

from support.data.rooms import (
    FREE_LICENCES,
    SPEED,
    measured_rooms,
    polack_rooms,
    shoebox_room,
)
from support.signal.rooms import direct_to_reverberant, schroeder_t60

ROOM = {
    "dimensions": (5.0, 4.0, 2.7),
    "t60": 0.4,
    "source": (1.2, 1.1, 1.5),
    "microphone": (3.1, 2.4, 1.3),
    "rate": 8000,
}


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_seed_draws_the_same_rooms_and_another_others():
    first, again, other = (
        polack_rooms([0.3], [0.0], source(seed), rate=8000) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    assert first[0, 0] == 1
    assert (first[0, 1:24] == 0).all()


@pytest.mark.parametrize("t60", [0.3, 0.6])
def test_a_shoebox_decays_by_eyring_at_first(t60):
    h = shoebox_room(**(ROOM | {"t60": t60}))
    early, late = (float(schroeder_t60(h, 8000, end=end)) for end in (-15, -25))
    assert early == pytest.approx(t60, rel=0.15)
    assert late == pytest.approx(t60, rel=0.25)
    assert h[0] == 1
    assert h.isfinite().all()


def test_the_first_echo_comes_when_and_as_loud_as_geometry_says():
    rate, late = 48_000, 256  # samples behind the direct sound
    path = 0.2 + late / rate * SPEED  # by the floor
    height = math.sqrt(path**2 - 0.04) / 2
    at, to = (20.0, 20.0, height), (20.2, 20.0, height)
    h = shoebox_room((40.0, 40.0, 9.0), 5.0, at, to, rate=rate, seconds=0.01)
    beta = math.exp(-0.161 * 40 * 40 * 9 / (2 * (2 * 1600 + 4 * 360) * 5.0))
    assert int(h[1:].argmax()) + 1 == late
    echo = float(h[late] - h[late - 100])  # what the high-pass leaves of the direct
    assert echo == pytest.approx(beta * 0.2 / path, rel=0.03)


def test_nearer_is_drier_and_hard_walls_ring():
    near = shoebox_room(**(ROOM | {"microphone": (1.5, 1.3, 1.5)}))
    far = shoebox_room(**ROOM)
    assert direct_to_reverberant(near, 8000) > 3 + direct_to_reverberant(far, 8000)
    dead = shoebox_room(**(ROOM | {"t60": 0.15}))
    assert direct_to_reverberant(dead, 8000) > 3 + direct_to_reverberant(far, 8000)


def test_images_are_those_of_a_search_over_three_axes():
    from support.data.rooms import _images

    size, talk, hear, reach = [3.0, 4.0, 2.5], [1.0, 2.0, 1.1], [2.2, 0.7, 1.3], 12.0
    wanted = []
    for n in np.ndindex(9, 9, 9):
        for mirrored in np.ndindex(2, 2, 2):
            shift = 2 * (np.array(n) - 4) * size
            at = shift + np.where(mirrored, -1, 1) * np.array(talk)
            bounces = np.abs(2 * (np.array(n) - 4) - np.array(mirrored)).sum()
            wanted.append((np.linalg.norm(at - hear), bounces))
    wanted = [(round(d, 6), b) for d, b in wanted if d <= reach]
    distance, bounces = _images(size, talk, hear, reach)
    found = zip(distance.double().round(decimals=6).tolist(), bounces, strict=True)
    np.testing.assert_allclose(sorted(found), sorted(wanted), atol=2e-6)


@pytest.mark.parametrize("t60", [0.15, 0.3])
def test_a_shoebox_is_pyroomacoustics(t60):
    """Images to rounding; responses but for how each puts arrivals between samples."""
    from support.data.rooms import _high_pass, _images

    pra = pytest.importorskip("pyroomacoustics")
    rate, lead, size, talk = 16_000, 100, [5.0, 4.0, 2.7], [1.2, 1.1, 1.5]
    direct = lead / rate * SPEED  # on a sample, so that both begin alike
    hear = (np.array(talk) + direct * np.array([2, 2, -1]) / 3).tolist()
    surface = 2 * sum(math.prod(size) / length for length in size)
    absorption = 1 - math.exp(-0.161 * math.prod(size) / (surface * t60))
    peer = pra.ShoeBox(size, fs=rate, materials=pra.Material(absorption), max_order=40)
    peer.add_source(talk).add_microphone(hear).compute_rir()

    images = peer.sources[0]
    away = np.linalg.norm(images.images - np.array(hear)[:, None], axis=0)
    reach = direct + 2 / 3 * t60 * SPEED
    near = np.flatnonzero(away <= reach)
    near = near[np.lexsort((away[near], images.orders[near]))]
    distance, bounces = (each.numpy() for each in _images(size, talk, hear, reach))
    order = np.lexsort((distance, bounces))
    np.testing.assert_array_equal(bounces[order], images.orders[near])
    np.testing.assert_allclose(distance[order], away[near], rtol=1e-6)
    gain = (1 - absorption) ** (bounces[order] / 2)
    np.testing.assert_allclose(gain, images.damping[0, near], rtol=1e-5)

    ours = shoebox_room(size, t60, talk, hear, rate=rate).double()
    theirs = torch.from_numpy(peer.rir[0][0])
    length = 2 * len(theirs)
    spectrum = torch.fft.rfft(theirs, length) * _high_pass(length // 2 + 1, rate)
    begin = lead + pra.constants.get("frac_delay_length") // 2
    theirs = torch.fft.irfft(spectrum, length)[begin : begin + len(ours)]
    theirs = theirs / theirs[0]
    assert (ours - theirs).norm() < 0.15 * theirs[1:].norm()
    drier = direct_to_reverberant(ours, rate) - direct_to_reverberant(theirs, rate)
    assert abs(drier) < 0.2
    longer = schroeder_t60(ours, rate) / schroeder_t60(theirs, rate) - 1
    assert abs(longer) < 0.02


def test_measured_rooms_may_be_passed_on_and_begin_with_the_direct_path():
    responses, table = measured_rooms(8000, download=False)
    assert len(responses) == len(table) == 28
    assert (responses[:, 0] == 1).all()
    assert set(table["license"]) == set(FREE_LICENCES)
    assert "anechoic" not in set(table["kind"])
    assert table["room"].nunique() == 11
    near = torch.tensor((table["drr_db"] > 5).tolist())
    level = direct_to_reverberant(responses, 8000, direct=0.0025)
    assert level[near].mean() > 5 + level[~near].mean()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"t60": [0.0]}, "t60: got 0"),
        ({"t60": [-1.0]}, "t60: got -1"),
        ({"t60": [0.3, 0.3]}, "t60, drr: got shapes"),
        ({"t60": [], "drr": []}, "t60, drr: got shapes"),
        ({"t60": [float("nan")]}, "t60: got nan"),
        ({"t60": "long"}, "t60: got"),
        ({"drr": [float("inf")]}, "drr: got inf"),
        ({"rate": 2.5}, "rate: got 2.5"),
        ({"rate": True}, "rate: got True"),
    ],
)
def test_tails_that_cannot_be_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        polack_rooms(
            **({"t60": [0.3], "drr": [0.0], "generator": source(), "rate": 8000}
               | changes)
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dimensions": (5.0, 4.0)}, "dimensions: got shape"),
        ({"dimensions": (5.0, -4.0, 3.0)}, "dimensions: got"),
        ({"dimensions": None}, "dimensions: got"),
        ({"t60": 0}, "t60: got 0"),
        ({"t60": float("nan")}, "t60: got nan"),
        ({"source": (6.0, 1.0, 1.0)}, "source: got .*inside the room"),
        ({"microphone": (1.0, 0.0, 1.0)}, "microphone: got .*inside the room"),
        ({"microphone": ROOM["source"]}, "microphone: got .*give another"),
        ({"rate": 0}, "rate: got 0"),
        ({"seconds": 0}, "seconds: got 0"),
    ],
)
def test_shoeboxes_that_cannot_be_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        shoebox_room(**(ROOM | changes))


def test_a_licence_that_is_not_in_the_store_is_refused():
    with pytest.raises(ValueError, match="license = 'GPL'"):
        measured_rooms(8000, licences=["GPL"], download=False)
