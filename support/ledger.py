"""The claims table of one run, and the record it leaves in the notebook."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from support.claims import RECORD_MIME, Claim
from support.judgements import Judgement, judge_all
from support.records import Records, Setting
from support.tables import Marked, show_table
from support.verdicts import KINDS, badge

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
        self.empty: set[str] = set()

    @property
    def wanted(self) -> list[str]:
        """The ids of the claims that read this run's data set."""
        dataset = self._context()["dataset"]
        return [name for name, claim in self.claims.items() if dataset in claim.reads]

    def measure(self, claim: str, value: Any) -> float:
        """Enter the statistic of one claim, measured in this run.

        Raises:
            ValueError: the claim is unknown or not measured on this data set, or the
                value is not a finite number.
        """
        if claim not in self.wanted:
            raise ValueError(
                f"claim: got {claim!r}; on this data set claims.yml has {self.wanted}"
            )
        self.values[claim] = _number(value, claim)
        return self.values[claim]

    def measure_all(self, values: Mapping[str, Any]) -> None:
        """Enter the statistics of this run's claims, of those that read its data set.

        Args:
            values: by the claims' numbers, such as ``{"1a": 0.5}``; None for a
                statistic over an empty selection, which is not measured.

        Raises:
            ValueError: the chapter has no such claim, or a value is not finite.
        """
        numbers = {name.rpartition(".")[2]: name for name in self.claims}
        if unknown := sorted(set(values) - set(numbers)):
            raise ValueError(f"claims: got {unknown}; claims.yml has {sorted(numbers)}")
        for number, value in values.items():
            name = numbers[number]
            if value is None:
                self.empty.add(name)
            elif name in self.wanted:
                self.measure(name, value)

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
            "terms": {name: self.claims[name].terms for name in self.values},
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
            for name in self.wanted
            if name not in self.values and name not in self.empty
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
                self._said(claim),
            ]
            for name, claim in self.claims.items()
        ]
        record = {RECORD_MIME: self.record()}
        show_table("Claims, measured in this run", header, rows, record)

    def _said(self, claim: Claim) -> str:
        if claim.id in self.values:
            return f"≈ {claim.shown(self.values[claim.id])}"
        if claim.not_testable:
            return f"not testable here: {claim.not_testable}"
        if claim.same_as:
            return f"measured as {claim.same_as}"
        if claim.id in self.empty:
            return "nothing to measure it on in this run"
        return f"measured on {', '.join(claim.reads)}"

    def over_seeds(
        self,
        *,
        profile: str = "quick",
        dataset: str | None = None,
        only: Sequence[str] | None = None,
    ) -> list[Judgement]:
        """Display claims with their intervals and verdicts over the recorded seeds.

        The papers' claims come first, then theorems, then questions of our own, each
        kind in a table with a column a data set.  Reads the chapter's
        ``results.json``, which only the runner writes.

        Args:
            profile: of the records.
            dataset: of the records; every one that is recorded where None.
            only: claims without the chapter's name, such as ``("1a", "2")``; all
                when left out.  They are judged among all of the chapter.

        Returns:
            Those that were shown, a data set after the other.

        Raises:
            ValueError: the chapter has no such claim.
        """
        chosen = {name.rpartition(".")[2]: claim for name, claim in self.claims.items()}
        unknown = sorted(set(only or ()) - set(chosen))
        if unknown:
            raise ValueError(f"only: got {unknown}; the claims are {sorted(chosen)}")
        records = Records.read(self._results)
        known = [one for one in records.settings if one.profile == profile]
        if dataset is not None:
            known = [Setting(profile, dataset)]
        settings = known or [Setting(profile)]
        shown = {chosen[name].id for name in (only or chosen)}
        judged = {
            setting: {
                item.claim.id: item
                for item in judge_all(list(self.claims.values()), records, setting)
                if item.claim.id in shown
            }
            for setting in settings
        }
        for kind, (_, names) in KINDS.items():
            rows = [
                [
                    _name(claim),
                    claim.statement,
                    claim.paper or "–",
                    claim.wanted,
                    *(_over_seeds(judged[one].get(claim.id)) for one in settings),
                ]
                for claim in self.claims.values()
                if claim.kind == kind
                and any(claim.id in row for row in judged.values())
            ]
            if rows:
                header = ["claim", "statement", "the paper", "wanted"]
                header += [f"{one.dataset} data" for one in settings]
                caption = (
                    f"{names[0].upper()}{names[1:]}, over seeds ({profile} profile)"
                )
                show_table(caption, header, rows)
        return [item for row in judged.values() for item in row.values()]


def _over_seeds(item: Judgement | None) -> str:
    """A verdict with what it rests on, for one cell of the table."""
    if item is None:
        return "–"
    words = [item.ours, f"{item.seeds} seeds"] if item.seeds else []
    words += item.remarks
    text = "; ".join([item.verdict, *words])
    rest = "".join(f"<br>{escape(word)}" for word in words)
    return Marked(text, badge(item.verdict) + rest)


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
