"""``python -m support.speed``: time every comparison, print lines, write a record."""

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from support.speed.harness import compare, discover
from support.speed.recording import provenance, record

SECONDS = {"quick": 0.25, "usual": 1.0}
ROUNDS = {"quick": 3, "usual": 7}
_THREADS = 1  # of both sides, as in the kernel of a quick lesson


def main(words: list[str] | None = None) -> int:
    """Run what was asked for; 0 where every measured pair agreed.

    Args:
        words: of the command line; those of the process by default.
    """
    parser = argparse.ArgumentParser(prog="course speed", description=__doc__)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(words)
    fault = _unusable(options.device)
    comparisons = discover()
    chosen = [
        item
        for item in comparisons
        if not options.only
        or any(word.lower() in _words(item) for word in options.only)
    ]
    if not chosen:
        names = sorted({item.name for item in comparisons})
        fault = f"--only: got {options.only}; nothing has that in its name: {names}"
    if fault:
        print(fault, file=sys.stderr)
        return 2
    pace = "quick" if options.quick else "usual"
    torch.set_num_threads(_THREADS)
    about, rows = provenance(options.device), []
    warnings.simplefilter("ignore")  # of the peers; ours are errors in the tests
    for number, item in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {item.name} | {item.peer}", flush=True)
        # BLAS has threads of its own, which would wait for torch's
        with threadpool_limits(_THREADS):
            for row in compare(
                item, device=options.device, seconds=SECONDS[pace], rounds=ROUNDS[pace]
            ):
                rows.append(row)
                print(_line(row), flush=True)
    if options.output:
        text = json.dumps(
            record(about, rows, SECONDS[pace]), indent=1, ensure_ascii=False
        )
        options.output.write_text(text + "\n", encoding="utf-8")
    bad = [row for row in rows if row["state"] in ("results disagree", "failed")]
    print(_summary(rows))
    return 1 if bad else 0


def _words(item: Any) -> str:
    return f"{item.name} {item.kernel} {item.peer}".lower()


def _unusable(device: str) -> str:
    try:
        kind = torch.device(device).type
    except RuntimeError:
        return f"--device: got {device!r}; give cpu or cuda"
    if kind == "cuda" and not torch.cuda.is_available():
        return f"--device: got {device!r}, but this machine has no CUDA device"
    return "" if kind in ("cpu", "cuda") else f"--device: got {device!r}; cpu or cuda"


def _line(row: dict[str, Any]) -> str:
    head = f"    {row['size']:8} {row['count']:>9,} {row['unit']:9}"
    if row["state"] != "measured":
        return f"{head} {row['state'].upper()}: {row['reason']}"
    return (
        f"{head} ours {1e3 * row['ours_s']:10.4g} ms   theirs "
        f"{1e3 * row['theirs_s']:10.4g} ms   × {row['ratio']:.2f} "
        f"[{row['low']:.2f}, {row['high']:.2f}]"
    )


def _summary(rows: list[dict[str, Any]]) -> str:
    measured = [row for row in rows if row["state"] == "measured"]
    slower = [row for row in measured if row["high"] < 1]
    others: dict[str, int] = {}
    for row in rows:
        if row["state"] != "measured":
            others[row["state"]] = others.get(row["state"], 0) + 1
    rest = "".join(f"; {count} {state}" for state, count in others.items())
    return f"{len(measured)} measured, {len(slower)} slower than the peer{rest}."


if __name__ == "__main__":
    sys.exit(main())
