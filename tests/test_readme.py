"""What the README promises to those who use the package in their own work."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

from support.data.acquisition import acquiring, registry
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus, render

TEXT = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def run(block: str, **given: Any) -> str:
    """Run lines of the README as they stand there; give what they print."""
    assert len(block.strip().splitlines()) <= 12
    shown = io.StringIO()
    with redirect_stdout(shown):
        exec(block, given)
    return shown.getvalue()


def test_recordings_become_a_table_of_error_rates() -> None:
    sizes = VoiceConfig(background=4, evaluation=2, sessions=2, phrases=2)
    voices = make_corpus(sizes, seed=7)
    waves = render(voices, torch.arange(len(voices.speaker)))
    printed = run(
        BLOCKS[0],
        waves=[wave.numpy() for wave in waves],
        rate=8000,
        speaker=voices.speaker,
        day=voices.session,
        phrase=voices.phrase,
        known=voices.background,
    )
    table = eval(printed)
    assert {"IC", "all", "AUC"} <= set(table)
    assert all(0 <= value <= 1 for value in table.values())


def test_embeddings_become_a_report() -> None:
    draw = torch.Generator().manual_seed(0)
    factors = torch.randint(4, (400, 2), generator=draw)
    codes = factors + 0.1 * torch.randn(400, 2, generator=draw)
    turned = codes @ torch.tensor([[0.6, 0.8], [-0.8, 0.6]])
    printed = run(BLOCKS[1], factors=factors, codes=codes, others=turned)
    scores, similarity = map(eval, printed.splitlines())
    assert scores["MIG"] > 0.7
    assert all(0 <= value <= 1 for value in scores.values())
    assert similarity["CKA"] > 0.99  # a rotation changes nothing
    assert similarity["neighbours"] == 1


def test_it_says_how_many_corpora_can_be_had() -> None:
    rows = [row for row in registry.catalogue().values() if not row.composite]
    can = [
        row.name
        for row in rows
        if all(acquiring.addresses(row, file) for file in row.files)
    ]
    names = " and ".join(f"`{name}`" for name in sorted(can))
    words = f"Of the {len(rows)} public corpora, {len(can)} can be downloaded today"
    assert words in TEXT
    assert names in TEXT
    assert acquiring.RELEASE_ADDRESS == ""  # once published, the README says so
