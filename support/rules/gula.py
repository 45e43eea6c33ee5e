"""GULA: the complete set of minimal rules, by least specialisation."""

import time

import numpy as np

from support.rules.atoms import AtomCode
from support.rules.limits import RuleExplosionError
from support.rules.rulesets import RuleSet
from support.rules.states import StateTable

__all__ = ["gula", "optimal_rules_bruteforce"]

# Entries of one block of subsumption tests: 32 MB of words.
_BLOCK = 2**22


def gula(
    table: StateTable,
    head: int,
    *,
    max_rules: int = 200_000,
    max_seconds: float | None = None,
) -> RuleSet:
    r"""Learn every minimal rule that matches no negative.

    From the rule without conditions, each negative $s$ replaces the rules that
    match it by their least specialisations
    $\{b\cup\{f^v\}: f\notin b,\ v\ne s_f\}$, less those that a remaining rule
    subsumes.  No test among the new rules is needed: the rules form an antichain
    at every step.  For the same reason only rules that hold the added atom can
    subsume a new one, and only those are compared.

    Args:
        table: the observed states.
        head: the label to explain.
        max_rules: stop when more rules than this are alive.
        max_seconds: stop when the search lasts longer.

    Returns:
        The optimal program of the head: it does not depend on the order of
        states or variables.  One rule without conditions where there is no
        negative.

    Raises:
        RuleExplosionError: a limit was reached; it holds the rules so far.
        ValueError: the label is not one of the table's, or a limit is not above 0.

    Cost: up to $\prod_f(d_f+1)$ rules; use `support.rules.pride` beyond about
    ten variables.

    Source: Ribeiro et al. 2021, algorithm GULA.

    >>> table = StateTable([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    >>> print(gula(table, 0).to_text())
    y(0) :- x0(0).
    y(0) :- x1(0).
    """
    if max_rules < 1 or (max_seconds is not None and not max_seconds > 0):
        raise ValueError(
            f"max_rules, max_seconds: got {max_rules} and {max_seconds}; give at least "
            "1 rule, and more than 0 seconds or None"
        )
    code = AtomCode(table.domains)
    negatives = code.pack(table.negatives(head))
    rules = np.zeros((1, code.words), np.uint64)
    started = time.monotonic()
    for count, state in enumerate(negatives):
        matching = ((rules & ~state) == 0).all(1)
        if not matching.any():
            continue
        refuted, rules = rules[matching], rules[~matching]
        # The atoms of the state itself would leave the rule matching it.
        outside = np.flatnonzero(((code.single & state) == 0).all(1))
        small = len(refuted) * len(outside) * len(rules) <= _BLOCK
        groups = [outside] if small else outside[:, None]
        added = [_specialise(refuted, rules, code, group) for group in groups]
        rules = np.concatenate([rules, *added])
        seconds = time.monotonic() - started
        if len(rules) > max_rules or (max_seconds and seconds > max_seconds):
            raise RuleExplosionError(
                f"head {head}: {len(rules)} rules after {count + 1} of "
                f"{len(negatives)} negatives and {seconds:.1f} s (limits: {max_rules} "
                f"rules, {max_seconds or 'no limit of'} seconds); use pride, or fewer "
                "variables or values",
                RuleSet(head, code.unpack(rules), table),
                count + 1,
            )
    return RuleSet(head, code.unpack(rules), table)


def _specialise(
    refuted: np.ndarray, rules: np.ndarray, code: AtomCode, atoms: np.ndarray
) -> np.ndarray:
    """Refuted rules with one of the atoms more, less those that a rule subsumes."""
    single = code.single[atoms]
    free = ((refuted[:, None] & code.around[atoms]) == 0).all(2)
    candidates = (refuted[:, None] | single)[free]
    rivals = rules[(rules[:, None] & single).any((1, 2))]
    if not len(candidates) or not len(rivals):
        return candidates
    step = max(1, _BLOCK // len(rivals))
    keep = np.ones(len(candidates), bool)
    for start in range(0, len(candidates), step):
        block = candidates[start : start + step]
        outside = rivals[None, :, 0] & ~block[:, None, 0]
        for word in range(1, rules.shape[1]):
            outside |= rivals[None, :, word] & ~block[:, None, word]
        keep[start : start + step] = (outside != 0).all(1)
    return candidates[keep]


def optimal_rules_bruteforce(table: StateTable, head: int) -> RuleSet:
    r"""Find the optimal program by looking at every possible body.

    A body is minimal when it matches no negative and each body with one
    condition fewer matches one.  The ground truth for small systems.

    Args:
        table: the observed states.
        head: the label to explain.

    Returns:
        The same rules as `gula`.

    Raises:
        ValueError: there are more than a million bodies,
            $\prod_f(d_f+1)>10^6$.
    """
    sizes = [size + 1 for size in table.domains]
    total = int(np.prod([float(size) for size in sizes]))
    if total > 10**6:
        raise ValueError(
            f"table: its domains {table.domains} make {total} bodies; brute force "
            "takes at most 1000000, use gula"
        )
    bodies = (
        np.stack([axis.ravel() for axis in np.indices(sizes)], axis=1) - 1
    )  # -1 is "no condition", so dropping one moves to place 0 of its axis
    consistent = np.ones(total, bool)
    for state in table.negatives(head):
        consistent &= ((bodies != -1) & (bodies != state)).any(1)
    grid = consistent.reshape(sizes)
    minimal = grid.copy()
    for axis in range(len(sizes)):
        without = np.take(grid, [0], axis)
        asked = np.arange(sizes[axis]) > 0
        asked = asked.reshape([-1 if i == axis else 1 for i in range(len(sizes))])
        minimal &= ~(asked & without)
    return RuleSet(head, bodies[minimal.ravel()], table)
