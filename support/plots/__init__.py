"""The kinds of figure that this book draws, in one style, each with its words.

Every kind returns a `Drawing(figure, alt)`, whose alternative text is built from
the data; `show` displays one or several.  All kinds take ``title=``, ``size=``
(inches; `WIDE` or `PANEL`) and most ``colours={series: role}``; roles are
``method, baseline, third ... sixth, highlight, neutral, reference`` or places
0, 1, 2, ...; without them series are coloured in their order.

``show(drawing | figure | [panels], name=, caption=, alt="")``
    alt is added to what drawings say; panels stand side by side, or stack on a phone.
``panels(kind, {title: content}, share="" | "x" | "y" | "xy" | "value", **options)``
    one kind several times; a list of drawings, for `show`.
``lines({name: values}, at=places, x=, y=)`` or ``lines({name: (x, y)}, x=, y=)``
    bands={name: (low, high)}, others={name: [values]} (thin: seeds),
    references={words: y}, marks={words: (x, y)}, x_scale / y_scale = "linear" | "log"
    | "deviate" (detection errors: rates, in per cent), x_limits, y_limits.
``bars({row: value} or {row: {series: value}}, value=)``
    intervals and seeds in the same shape, stacked, horizontal, references, limits,
    digits.
``dots(...)``
    as bars: marks on one line a row, intervals as bars, seeds as ticks; rows run down.
``forest({row: (estimate, low, high)}, value=)``
    none=0, margin, paper={row: value}, limits, digits.
``heat(values, rows, columns, value=)``
    annotated table: x, y, digits, limits, centre, frame=[rows].
``field(values, x=, y=, value="")``
    spectrogram, plane: extent, limits, centre, borders, steps={name: (x, y)},
    points={name: (n, 2)}, square.
``tiles(integers, classes)``
    a class a colour: rows, columns, x, y, extent, write.
``histograms({name: samples}, x=)``
    bins, density, marks={words: x}, x_limits, y_limits, y_scale.
``scatter({name: (n, 2)}, x=, y=)``
    named, values={name: (n,)} with value=, segments, levels, uprights, limits, square.
``images([[image]], titles)``
    labels=[of rows], what, width.
``colour_of(role or place)``, ``look(place, role)``
    for the few pictures that no other chapter could draw; `INK`, `NEUTRAL`, `FAINT`
    and `PAPER` follow the page's theme too, `DARK` is dark in both.

A picture of a chapter's own sets no size of letters, and starts with
``figure, axis = plots.start(size, title)``; `key` and `label_ends` name its parts.
"""

from support.plots.clouds import histograms, scatter
from support.plots.drawing import (
    PANEL,
    WIDE,
    Drawing,
    key,
    label_ends,
    number,
    start,
    use_style,
)
from support.plots.maps import field, heat, tiles
from support.plots.palette import (
    COLOURS,
    DARK,
    FAINT,
    INK,
    LINES,
    MARKERS,
    NEUTRAL,
    PAPER,
    colour_of,
    look,
)
from support.plots.pictures import images
from support.plots.rows import bars, dots, forest
from support.plots.series import lines
from support.plots.showing import (
    LARGEST_SVG,
    NAME,
    check_words,
    inline,
    panels,
    render,
    show,
    still,
    unpack,
)
from support.tables import table

__all__ = [
    "COLOURS",
    "DARK",
    "FAINT",
    "INK",
    "LARGEST_SVG",
    "LINES",
    "MARKERS",
    "NAME",
    "NEUTRAL",
    "PANEL",
    "PAPER",
    "WIDE",
    "Drawing",
    "bars",
    "check_words",
    "colour_of",
    "dots",
    "field",
    "forest",
    "heat",
    "histograms",
    "images",
    "inline",
    "key",
    "label_ends",
    "lines",
    "look",
    "number",
    "panels",
    "render",
    "scatter",
    "show",
    "start",
    "still",
    "table",
    "tiles",
    "unpack",
    "use_style",
]
