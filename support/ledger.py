"""The claims table of one run, and the record it leaves in the notebook."""

import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from support.claims import RECORD_MIME, Claim, Judgement, judge_all
from support.records import Records, Setting
from support.tables import Marked, show_table
from support.verdicts import badge

__all__ = ["Ledger"]


class Ledger:
    """The claims of a chapter and what this run measured of them.

    Args:
        claims: of the chapter.
        context: gives the run's chapter, profile, dataset, method, seed,
            device, precision and versions for the record.
        results: the chapter's ``results.json``.
    """

    def __init__(
        self,
        claims: Sequence[Claim],
        context: Callable[[], dict[str, Any]],
        results: str | Path = "results.json",
    ) -> None:
        self.claims = {claim.id: claim for claim in claims}
        self._context = context
        self._results = Path(results)
        self.values: dict[str, float] = {}
        self.scores: dict[str, dict[str, float]] = {}
        self.failures: dict[str, str] = {}

    def measure(self, claim: str, value: Any) -> float:
        """Enter the statistic of one claim, measured in this run.

        Raises:
            ValueError: the claim is unknown or not testable, or the value is
                not a finite number.
        """
        known = [name for name, entry in self.claims.items() if not entry.not_testable]
        if claim not in known:
            raise ValueError(f"claim: got {claim!r}; claims.yml has {known}")
        self.values[claim] = _number(value, claim)
        return self.values[claim]

    def score(self, method: str, **metrics: Any) -> None:
        """Enter metrics of one method in this run's comparison."""
        row = self.scores.setdefault(method, {})
        for name, value in metrics.items():
            row[name] = _number(value, f"{method}, {name}")

    def fail(self, method: str, reason: str) -> None:
        """Enter that a method did not finish, and why; the first reason stands.

        Args:
            method: its name in this run's comparison.
            reason: what went wrong, in words.
        """
        self.failures.setdefault(method, reason)

    def record(self) -> dict[str, Any]:
        """The machine-readable record of this run; failures only where some are."""
        failed = {"failures": dict(self.failures)} if self.failures else {}
        return {
            "schema": 1,
            **self._context(),
            "claims": dict(self.values),
            "scores": {name: dict(row) for name, row in self.scores.items()},
            **failed,
        }

    def show(self) -> None:
        """Display the ledger of this run and put its record in the notebook.

        One run is no verdict, so none is given here.

        Raises:
            ValueError: a testable claim was not measured.
        """
        missing = [
            name
            for name, claim in self.claims.items()
            if not claim.not_testable and name not in self.values
        ]
        if missing:
            raise ValueError(f"claims not measured in this run: {missing}")
        header = ["claim", "statement", "the paper", "wanted", "this run"]
        rows = [
            [
                _name(claim),
                claim.statement,
                claim.paper,
                claim.wanted,
                f"≈ {claim.shown(self.values[name])}"
                if name in self.values
                else f"not testable here: {claim.not_testable}",
            ]
            for name, claim in self.claims.items()
        ]
        record = {RECORD_MIME: self.record()}
        show_table("Claims, measured in this run", header, rows, record)

    def over_seeds(
        self,
        *,
        profile: str = "quick",
        dataset: str = "embedded",
        only: Sequence[str] | None = None,
    ) -> list[Judgement]:
        """Display claims with their intervals and verdicts over the seeds.

        Reads the chapter's ``results.json``, which only the runner writes.

        Args:
            profile: of the records.
            dataset: of the records.
            only: claims without the chapter's name, such as ``("1a", "2")``; all
                when left out.

        Raises:
            ValueError: the chapter has no such claim.
        """
        chosen = {name.rpartition(".")[2]: claim for name, claim in self.claims.items()}
        unknown = sorted(set(only or ()) - set(chosen))
        if unknown:
            raise ValueError(f"only: got {unknown}; the claims are {sorted(chosen)}")
        judgements = judge_all(
            [chosen[name] for name in (only or chosen)],
            Records.read(self._results),
            Setting(profile, dataset),
        )
        header = ["claim", "statement", "the paper", "ours", "wanted", "seeds"]
        rows = [
            [
                _name(item.claim),
                item.claim.statement,
                item.claim.paper,
                item.ours,
                item.claim.wanted,
                str(item.seeds),
                Marked(item.verdict, badge(item.verdict)),
            ]
            for item in judgements
        ]
        caption = f"Claims over seeds ({profile} profile, {dataset} data)"
        show_table(caption, [*header, "verdict"], rows)
        return judgements


def _name(claim: Claim) -> str:
    return Marked(claim.id, escape(claim.id).replace("_", "_<wbr>"))


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: got {value!r}; give one number") from error
    if not math.isfinite(number):
        raise ValueError(f"{name}: got {number}; a measured value must be finite")
    return number
