"""Figures and tables: words required, output deterministic and bounded."""

import re
import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from support.plots import (
    LARGEST_SVG,
    Drawing,
    inline,
    panels,
    render,
    scatter,
    show,
    table,
    use_style,
)

ALT = "A line that rises from zero to four while its index goes from zero to four."


@pytest.fixture
def shown(monkeypatch):
    calls: list[tuple[dict, dict]] = []

    def display(bundle, raw, metadata=None):
        assert raw
        calls.append((bundle, metadata))

    monkeypatch.setattr("IPython.display.display", display)
    return calls


def line(count: int = 5):
    use_style()
    figure, axes = plt.subplots()
    heights = np.random.default_rng(0).permutation(count)
    axes.plot(np.arange(count), heights, ".")
    return figure


def test_a_figure_is_shown_with_its_words_and_closed(shown):
    for _ in range(2):
        show(line(), name="fig-test-line", caption="A line.", alt=f" {ALT} ")
    (first, metadata), below, (second, _), _ = shown
    assert first == second, "the same data must give the same bytes"
    assert below[0]["text/markdown"] == "*A line.*"
    assert below[1] == {"course_caption": True}
    ElementTree.fromstring(first["image/svg+xml"])
    assert first["text/plain"] == f"[Figure: {ALT}]"
    assert metadata["course_figure"] == {
        "name": "fig-test-line",
        "caption": "A line.",
        "alt": ALT,
    }
    assert not plt.get_fignums()


def test_a_heavy_figure_becomes_png(shown):
    show(line(5_000), name="fig-test-heavy", caption="Heavy.", alt=ALT)
    bundle, metadata = shown[0]
    assert "image/svg+xml" not in bundle
    assert bundle["image/png"].startswith("iVBOR")
    assert len(bundle["image/png"]) < 4 * LARGEST_SVG
    assert metadata["image/png"] == {"alt": ALT}


def test_a_drawing_says_itself_and_the_page_decides_its_ink(shown):
    drawn = scatter({"A": (1, 2), "B": (2, 1)}, x="leak", y="gain")
    show(drawn, name="fig-test-points", caption="Points.", alt="A <wins>.")
    bundle, metadata = shown[0]
    words = "Points of gain against leak. A: 2 at 1. B: 1 at 2. A <wins>."
    assert metadata["course_figure"]["alt"] == words
    html = bundle["text/html"]
    assert words.replace("<wins>", "&lt;wins&gt;") in html
    assert "currentColor" in html
    assert "var(--plot-blue, #0068c0)" in html
    assert "#1d2731" not in html
    assert "<style" not in html
    assert "<!--" not in html
    assert "#0068c0" in bundle["image/svg+xml"]
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert all(x.startswith("fig-test-po") for x in ids)
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', html)) <= set(ids)
    ElementTree.fromstring(html.replace("xlink:href", "href"))


def test_panels_stand_in_one_figure_and_in_one_plain_image(shown):
    points = {"A": [(1, 2), (3, 4)]}
    three = panels(scatter, dict.fromkeys("abc", points), x="leak", y="gain")
    show([*three, line()], name="fig-test-panels", caption="Four.", alt=ALT)
    bundle, metadata = shown[0]
    assert bundle["text/html"].count("<svg ") == 4
    assert metadata["course_figure"]["alt"].startswith("a: points of gain")
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    inner = root.findall("{http://www.w3.org/2000/svg}svg")
    assert [(part.get("x"), part.get("y")) for part in inner] == [
        ("0", "0"),
        ("372", "0"),
        ("0", "235.2"),
        ("372", "235.2"),
    ]
    assert not plt.get_fignums()


def test_words_in_a_figure_never_fall_below_11_px():
    use_style()
    figure, axes = plt.subplots(figsize=(5, 3))
    axes.set_xlabel("small", fontsize=6)
    html = inline([figure], [render(figure)], "fig-a-b", "")
    plt.close(figure)
    assert 'data-text="8.00"' in html
    assert "width:480px" in html
    assert f"min-width:{480 * 11 / 8:.0f}px" in html
    # The letters of the SVG itself: a path of 100 units is scaled to its size.
    scales = [float(scale) for scale in re.findall(r"scale\(([\d.]+) -", html)]
    assert min(scales) * 100 * 96 / 72 == pytest.approx(8.0)


def test_a_drawing_of_another_kind_needs_words(shown):
    with pytest.raises(ValueError, match="40 characters"):
        show(Drawing(line(), "Short."), name="fig-a-b", caption="A line.")
    plt.close("all")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "line"}, "name: got"),
        ({"name": "fig-Test-line"}, "name: got"),
        ({"caption": " "}, "caption"),
        ({"alt": "a plot"}, "40 characters"),
        ({"caption": ALT}, "other words"),
    ],
)
def test_words_are_required(change, message):
    figure = line()
    words = {"name": "fig-test-line", "caption": "A line.", "alt": ALT} | change
    with pytest.raises(ValueError, match=message):
        show(figure, **words)
    plt.close(figure)


def test_a_table_is_readable_everywhere(shown):
    frame = pd.DataFrame(
        {"accuracy": [0.12345, np.nan], "seeds": [10, 3]}, index=["CBM", "<b>"]
    )
    frame.index.name = "model"
    table(frame, digits=2, caption="Results & more", measured=True)
    bundle, _ = shown[0]
    assert bundle["text/plain"].splitlines() == [
        "Results & more",
        "model  accuracy  seeds",
        "CBM    ≈ 0.12    10",
        "<b>    –         3",
    ]
    assert '<th scope="row">&lt;b&gt;</th>' in bundle["text/html"]
    assert "<caption>Results &amp; more</caption>" in bundle["text/html"]
    with pytest.raises(ValueError, match="no rows"):
        table(frame[:0])
