"""The parts of other projects that slides load, copied from installed packages."""

import importlib.util
from functools import cache
from pathlib import Path

__all__ = ["mathjax", "reveal"]

_REVEAL = (
    "LICENSE",
    "dist/reset.css",
    "dist/reveal.css",
    "dist/reveal.js",
    "plugin/notes/notes.js",
    "plugin/notes/speaker-view.html",
)
_MATHJAX = ("tex-svg.js", "output/svg/fonts/**/*.js")


@cache
def reveal() -> dict[str, bytes]:
    """Take reveal.js out of sphinx-revealjs.

    Returns:
        Contents by path; none where the package is not installed.
    """
    spec = importlib.util.find_spec("sphinx_revealjs")
    if spec is None or spec.origin is None:
        return {}
    return _files(Path(spec.origin).parent / "_static" / "revealjs", _REVEAL)


@cache
def mathjax() -> dict[str, bytes]:
    """Take MathJax, with the fonts drawn as paths, out of sphinx-mathjax-offline.

    Returns:
        Contents by path; none where the package is not installed.
    """
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        return {}
    return _files(Path(spec.origin).parent / "static" / "mathjax", _MATHJAX)


def _files(home: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    found = {
        path.relative_to(home).as_posix(): path.read_bytes()
        for pattern in wanted
        for path in sorted(home.glob(pattern))
        if path.is_file()
    }
    return found if wanted[0] in found else {}
