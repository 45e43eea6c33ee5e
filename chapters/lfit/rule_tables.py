"""Rules for readers: rows of a table, and why an applicant got a score."""

from collections.abc import Sequence

import numpy as np

from chapters.lfit.encodings import PROTECTED
from support.rules.programs import Program
from support.rules.rulesets import RuleSet

__all__ = ["explain", "rule_rows"]


def rule_rows(
    rule_sets: Sequence[RuleSet], states: np.ndarray, most: int | None = None
) -> list[tuple[str, int, int, int, str]]:
    """Rules with what a reader sorts by, those that match most states first.

    Args:
        rule_sets: of the heads.
        states: (n, F), to count the matches among.
        most: rules to keep.

    Returns:
        (text, score, conditions, matched states, protected attributes) each.
    """
    rows = []
    for rules in rule_sets:
        counts = rules.coverage(states)
        for text, body, count in zip(
            rules.to_text().split("\n") if len(rules) else [],
            rules,
            counts,
            strict=True,
        ):
            asked = [name for name, value in zip(rules.names, body, strict=True)
                     if value >= 0]  # fmt: skip
            told = ", ".join(name for name in PROTECTED if name in asked) or "none"
            rows.append((text, rules.head, len(asked), int(count), told))
    rows.sort(key=lambda row: (-row[3], row[1], row[0]))
    return rows[:most]


def explain(program: Program, state: Sequence[int], wanted: int | None = None) -> str:
    """Say why a state has its label, and the shortest way to a wished one.

    Args:
        program: the learned rules.
        state: (F,) codes, of any profile.
        wanted: the label wished for; the next higher one where left out.

    Returns:
        Lines of text: the profile, the rules that match it, those of other labels
        apart, the fewest changes after which the program gives the wished label, and
        the fewest of those that leave the protected attributes alone.

    Raises:
        ValueError: the state has another width, a code is outside its domain, or
            there is no such label.
    """
    rules = program.possible[0]
    row = np.asarray(state)
    if row.dtype.kind not in "iu" or row.shape != (len(rules.names),):
        raise ValueError(
            f"state: got {row.dtype} of shape {row.shape}; give "
            f"({len(rules.names)},) integers"
        )
    for name, value, size in zip(rules.names, row, rules.domains, strict=True):
        if not 0 <= value < size:
            raise ValueError(f"state: {name} is {value}; its domain is 0 to {size - 1}")
    found = program.predict(row[None])
    label = int(found.labels[0])
    goal = min(label + 1, len(program.possible) - 1) if wanted is None else wanted
    profile = ", ".join(
        f"{name} {value}" for name, value in zip(rules.names, row, strict=True)
    )
    lines = [f"profile: {profile}", f"{rules.target}: {label}"]
    why = program.why(row)
    for head in sorted(why, key=lambda head: (head != label, head)):
        text = program.possible[head].to_text().split("\n")
        word = "because " if head == label else "also possible:"
        lines += [f"  {word} {text[place]}" for place in why[head]]
    if found.uncovered[0]:
        lines.append("  no rule matches: the most frequent label")
    if goal == label:
        return "\n".join(lines)
    fixed = tuple(name for name in PROTECTED if name in rules.names)
    for words, kept in (("fewest changes", ()), ("by merit alone", fixed)):
        change = program.nearest(row, goal, fixed=kept)
        told = "no rule leads there" if change is None else ", ".join(
            f"{name} {now} → {then}" for name, (now, then) in change.changes.items()
        )  # fmt: skip
        lines.append(f"{rules.target} {goal}, {words}: {told}")
    return "\n".join(lines)
