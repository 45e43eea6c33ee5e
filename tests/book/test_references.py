"""Every work has one entry: two chapters that cite it share a key."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_work_is_listed_twice():
    listed = [ROOT / "book/references.bib", *ROOT.glob("chapters/*/references.bib")]
    keys = Counter(
        key
        for path in listed
        for key in re.findall(r"(?m)^@\w+\{([^,\s]+),", path.read_text("utf-8"))
    )
    assert len(keys) > 20
    assert not {key for key, count in keys.items() if count > 1}
