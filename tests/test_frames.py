"""Figures with sliders: every state drawn beforehand, complete without scripts."""

import json
import re
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest

from support import frames
from support.frames import MOST_BYTES, show_frames
from support.plots import panels, scatter, use_style

WORDS = {"name": "fig-test-waves", "caption": "A wave at one speed."}


def draw(hz=1, amplitude=1.0):
    figure, axes = plt.subplots(figsize=(3, 2))
    time = np.linspace(0, 1, 50)
    axes.plot(time, amplitude * np.sin(2 * np.pi * hz * time))
    return figure


def alt(hz=1, amplitude=1.0):
    return f"A sine that swings {hz} times between −{amplitude} and {amplitude} & back."


class Page(HTMLParser):
    """The elements of a page, with their text."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        self.found[-1][2] += data

    def all(self, tag):
        return [(given, text) for name, given, text in self.found if name == tag]


@pytest.fixture
def shown(monkeypatch):
    use_style()
    calls = []

    def display(bundle, raw, metadata=None):
        assert raw
        calls.append((bundle, metadata))

    monkeypatch.setattr("IPython.display.display", display)
    return calls


def data_of(bundle):
    return json.loads(Page(bundle["text/html"]).all("script")[0][1])


def test_the_middle_frame_stands_where_scripts_are_off(shown):
    for _ in range(2):
        show_frames(draw, **WORDS, alt=alt, labels={"hz": "speed <Hz>"}, hz=[1, 2, 4])
    (bundle, metadata), below, (again, _), _ = shown
    assert bundle == again, "the same data must give the same bytes"
    page = Page(bundle["text/html"])
    (frame,) = [given for given, _ in page.all("div") if given.get("role") == "img"]
    assert frame["aria-label"] == alt(hz=2)
    assert len(page.all("svg")) == 1
    assert bundle["image/svg+xml"].startswith("<?xml")
    assert bundle["text/plain"] == f"[Figure: {alt(hz=2)}]"
    assert metadata["course_figure"] == {**WORDS, "alt": alt(hz=2)}
    assert metadata["course_frames"] == len(bundle["text/html"].encode())
    assert metadata["image/svg+xml"] == {"alt": alt(hz=2)}
    assert below[1] == {"course_caption": True}
    controls = [given for given, _ in page.all("div") if "hidden" in given]
    assert [given["class"] for given in controls] == ["frames-controls"]
    assert not plt.get_fignums()


def test_a_slider_has_a_label_and_says_its_value(shown):
    show_frames(draw, **WORDS, alt=alt, labels={"hz": "speed <Hz>"}, hz=[1, 2, -0.5])
    page = Page(shown[0][0]["text/html"])
    ((slider, _),) = page.all("input")
    ((label, text),) = page.all("label")
    ((output, value),) = page.all("output")
    assert slider["type"] == "range"
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "2", "1")
    assert label["for"] == output["for"] == slider["id"]
    assert text.strip() == "speed <Hz>"
    assert value == slider["aria-valuetext"] == "2"
    assert data_of(shown[0][0])["texts"] == [["1", "2", "−0.5"]]


def test_two_sliders_go_through_the_whole_grid(shown):
    show_frames(draw, **WORDS, alt=alt, hz=[1, 2], amplitude=[0.0, 1.0, 2.0])
    data = data_of(shown[0][0])
    wanted = [alt(hz=hz, amplitude=a) for hz in (1, 2) for a in (0.0, 1.0, 2.0)]
    assert data["alts"] == wanted
    divisions = Page(shown[0][0]["text/html"]).all("div")
    (middle,) = [given for given, _ in divisions if given.get("role") == "img"]
    assert middle["aria-label"] == alt(hz=2, amplitude=1.0)


def test_equal_frames_are_kept_once(shown):
    show_frames(draw, **WORDS, alt=alt, hz=[1, 2, 3], amplitude=[1.0, 1.0])
    data = data_of(shown[0][0])
    assert len(data["images"]) == 3
    assert data["order"] == [0, 0, 1, 1, 2, 2]


def test_nothing_in_a_frame_ends_its_script(shown):
    def hostile(hz):
        return "Closed by </script><!-- and <b>opened</b> again & again, it seems."

    show_frames(draw, **WORDS, alt=hostile, hz=[1, 2])
    html = shown[0][0]["text/html"]
    assert len(re.findall("</script>", html)) == 2
    assert "<!--" not in html
    assert data_of(shown[0][0])["alts"][0] == hostile(1)


def test_heavy_vectors_become_pixels(shown, monkeypatch):
    monkeypatch.setattr(frames, "HEAVY_VECTORS", 1000)
    show_frames(draw, **WORDS, alt=alt, hz=[1, 2])
    images = data_of(shown[0][0])["images"]
    assert all('<img src="data:image/webp;base64,' in image for image in images)
    ((image, _),) = Page(shown[0][0]["text/html"]).all("img")
    assert image["alt"] == alt(hz=2)


def test_drawings_and_panels_say_themselves(shown):
    def points(hz):
        return panels(scatter, {"a": {"A": (hz, 1)}, "b": {"B": (1, hz)}}, x="x", y="y")

    show_frames(points, **WORDS, hz=[1, 2])
    data = data_of(shown[0][0])
    assert data["alts"][1] == (
        "a: points of y against x. A: 1 at 2. b: points of y against x. B: 2 at 1."
    )
    assert all(image.count("<svg ") == 2 for image in data["images"])
    assert shown[0][0]["image/svg+xml"].count("<svg ") == 3


@pytest.mark.slow
def test_too_heavy_a_figure_is_refused_with_its_weight(shown):
    def noise(hz):
        figure, axes = plt.subplots()
        axes.imshow(np.random.default_rng(hz).random((300, 300, 3)))
        return figure

    with pytest.raises(ValueError, match=r"weighs \d+\.\d+ MB in 12 different") as told:
        show_frames(noise, **WORDS, alt=alt, hz=range(12))
    assert f"{MOST_BYTES / 1e6:g} MB" in str(told.value)
    assert not shown
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({}, ValueError, "has 0; give one or two"),
        ({"hz": [1, 2], "a": [1, 2], "b": [1, 2]}, ValueError, "has 3"),
        ({"hz": [1]}, ValueError, "hz: .* has 1 value"),
        ({"hz": range(61)}, ValueError, r"61 = 61 frames; give at most 60"),
        ({"hz": range(8), "amplitude": range(8)}, ValueError, "8 x 8 = 64 frames"),
        ({"hz": [1, 2], "labels": {"speed": "s"}}, ValueError, r"\['speed'\] name no"),
        ({"hz": [1, 2], "alt": lambda hz: "short"}, ValueError, "40 characters"),
        ({"hz": [1, 2], "name": "waves"}, ValueError, "name: got"),
        ({"hz": [1, 2], "draw": lambda hz: None}, TypeError, "got NoneType"),
    ],
)
def test_bad_input_is_named(shown, change, error, message):
    given = {"draw": draw, "alt": alt, **WORDS, **change}
    with pytest.raises(error, match=message):
        show_frames(given.pop("draw"), **given)
    assert not shown
