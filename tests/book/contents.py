"""The pages of the book, by its contents list and its records."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def _listed(node: Any) -> list[str]:
    """The files that a contents list names, in its order."""
    if isinstance(node, list):
        return [name for item in node for name in _listed(item)]
    if isinstance(node, dict):
        own = [node[key] for key in ("root", "file") if key in node]
        return own + [name for value in node.values() for name in _listed(value)]
    return []


LISTED = _listed(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
NOTEBOOKS = [name for name in LISTED if name.startswith("chapters/")]
RECORDED = [path.parent.name for path in ROOT.glob("chapters/*/results.json")]
BENCHMARKS = [f"chapters/{slug}/benchmark.html" for slug in sorted(RECORDED)]
PAGES = [
    *(f"{name}.html" for name in LISTED),
    *BENCHMARKS,
    "index.html",
    "search.html",
]


def _kind(page: str) -> str:
    """What pages share their frame with: lessons, exercises, benchmarks, the rest."""
    folder, _, name = page.rpartition("/")
    return name if folder.startswith("chapters/") else folder or name


#: The first page of each kind stands for the frame of all.
FIRST = {_kind(page): page for page in reversed(PAGES)}
