"""Figures and tables: words required, output deterministic and bounded."""

import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from support.plots import LARGEST_SVG, show, table, use_style

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
