"""PRIDE: enough minimal rules to cover every observation, in polynomial time."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from support.rules.limits import RuleExplosionError
from support.rules.rulesets import VOID, RuleSet
from support.rules.states import StateTable

__all__ = ["pride"]

_ALL = np.uint64(2**64 - 1)


def pride(
    table: StateTable,
    head: int,
    *,
    order: Sequence[int] | None = None,
    impossible: bool = False,
    device: torch.device | str | None = None,
    batch: int = 256,
    max_seconds: float | None = None,
) -> RuleSet:
    r"""Learn minimal rules that cover all positives and match no negative.

    The first positive $x$ that no rule covers is the seed.  Its rule asks, for
    the first negative that still matches, the first variable in which the
    negative differs from $x$, and so on; then conditions are dropped in the
    order they came where no negative would match without them.  With the matrix
    $D=(N\neq x)$ this is a greedy hitting set of its rows.

    Every rule is one of `support.rules.gula`'s; which of them is a matter of the
    order of variables and states.

    Args:
        table: the observed states.
        head: the label to explain.
        order: all variables, the one to be tried first in front; as in the table
            where left out.
        impossible: learn when the label *cannot* occur: positives and negatives
            change places.
        device: None works on packed bits with NumPy; a torch device works on a
            batch of seeds at once.  The rules are the same.
        batch: seeds at once on a device; memory is of order batch x negatives x
            variables bytes.
        max_seconds: stop when the search lasts longer.

    Returns:
        The rules; none where there is no positive, one without conditions where
        there is no negative.

    Raises:
        RuleExplosionError: the time was over; it holds the rules so far, which are
            minimal and match no negative, but do not cover every positive.
        ValueError: the order is not a permutation, the batch is below 1, the time
            is not above 0, or the label is not one of the table's.

    Source: Ribeiro & Inoue, Learning prime implicant conditions from
    interpretation transition, ILP 2014; Ribeiro et al. 2021, algorithm PRIDE.

    >>> table = StateTable([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    >>> print(pride(table, 1).to_text())
    y(1) :- x0(1), x1(1).
    """
    width = len(table.domains)
    columns = list(range(width)) if order is None else list(order)
    whole = all(isinstance(f, int | np.integer) for f in columns)
    if not whole or sorted(columns) != list(range(width)):
        raise ValueError(
            f"order: got {columns}; give each of 0 to {width - 1} exactly once"
        )
    if batch < 1:
        raise ValueError(f"batch: got {batch}; give at least 1 seed")
    if max_seconds is not None and not max_seconds > 0:
        raise ValueError(f"max_seconds: got {max_seconds}; give more than 0, or None")
    positives, negatives = table.positives(head), table.negatives(head)
    if impossible:
        positives, negatives = negatives, positives
    domains = [table.domains[f] for f in columns]
    positives, negatives = positives[:, columns], negatives[:, columns]
    if device is None:
        search = _cover(positives, negatives, domains)
    else:
        search = _cover_in_batches(positives, negatives, torch.device(device), batch)
    found, started, left = [], time.monotonic(), len(positives)
    for rules, left in search:
        found.extend(rules)
        seconds = time.monotonic() - started
        if max_seconds is not None and left and seconds > max_seconds:
            raise RuleExplosionError(
                f"head {head}: {len(found)} rules cover {len(positives) - left} of "
                f"{len(positives)} positives after {seconds:.1f} s (limit: "
                f"{max_seconds} s); give more time, or fewer variables",
                _rule_set(head, found, columns, table),
                len(negatives),
            )
    return _rule_set(head, found, columns, table)


def _rule_set(
    head: int, found: list[np.ndarray], columns: list[int], table: StateTable
) -> RuleSet:
    bodies = np.full((len(found), len(columns)), VOID, np.int64)
    if found:
        bodies[:, columns] = found
    return RuleSet(head, bodies, table)


def _cover(
    positives: np.ndarray, negatives: np.ndarray, domains: Sequence[int]
) -> Iterator[tuple[list[np.ndarray], int]]:
    """Rules (F,), one seed after the other, on packed bits; and positives left."""
    holds = [
        _packed(column, size) for column, size in zip(positives.T, domains, strict=True)
    ]
    differs = [
        ~_packed(column, size)
        for column, size in zip(negatives.T, domains, strict=True)
    ]
    remaining, everything = _ones(len(positives)), _ones(len(negatives))
    while (first := _first(remaining)) is not None:
        seed = positives[first]
        hits = [bits[value] for bits, value in zip(differs, seed, strict=True)]
        rule = np.full(len(seed), VOID, np.int64)
        for variable in _minimal(seed, negatives, hits, everything):
            rule[variable] = seed[variable]
        covered = _ALL
        for bits, value in zip(holds, rule, strict=True):
            if value != VOID:
                covered = covered & bits[value]
        remaining &= ~covered
        yield [rule], int(np.unpackbits(remaining.view(np.uint8)).sum())


def _minimal(
    seed: np.ndarray,
    negatives: np.ndarray,
    hits: list[np.ndarray],
    everything: np.ndarray,
) -> list[int]:
    """Variables whose values tell the seed from every negative, none in vain."""
    chosen: list[int] = []
    unhit = everything.copy()
    while (matched := _first(unhit)) is not None:
        variable = int((negatives[matched] != seed).argmax())
        chosen.append(variable)
        unhit &= ~hits[variable]
    for variable in tuple(chosen):
        others = [hits[other] for other in chosen if other != variable]
        if others and not (everything & ~np.bitwise_or.reduce(others)).any():
            chosen.remove(variable)
    return chosen


def _cover_in_batches(
    positives: np.ndarray, negatives: np.ndarray, device: torch.device, batch: int
) -> Iterator[tuple[list[np.ndarray], int]]:
    """The same rules: a seed's rule depends on nothing but the seed.

    A seed that an earlier rule of its own batch covers is skipped, as it would
    have been one by one.
    """
    seeds = torch.from_numpy(positives).to(device)
    others = torch.from_numpy(negatives).to(device)
    remaining = torch.ones(len(seeds), dtype=torch.bool, device=device)
    while remaining.any():
        places = torch.nonzero(remaining).squeeze(1)[:batch]
        found = _minimal_batch(seeds[places], others)
        # Entry (i, j): whether rule i covers the batch's seed j.
        covers = ((found[:, None] == VOID) | (found[:, None] == seeds[places])).all(2)
        accepted = list(_accepted(covers.cpu().numpy()))
        for rule in found[accepted]:
            remaining &= ~((rule == VOID) | (rule == seeds)).all(1)
        yield list(found[accepted].cpu().numpy()), int(remaining.sum())


def _accepted(covers: np.ndarray) -> Iterator[int]:
    taken = np.zeros(len(covers), bool)
    for index, row in enumerate(covers):
        if not taken[index]:
            taken |= row
            yield index


def _minimal_batch(seeds: torch.Tensor, negatives: torch.Tensor) -> torch.Tensor:
    """Minimal bodies (B, F) of seeds (B, F) against all negatives."""
    rows = torch.arange(len(seeds), device=seeds.device)
    bodies = torch.full_like(seeds, VOID)
    if not len(negatives):
        return bodies
    differs = negatives[None] != seeds[:, None]
    counts = torch.zeros(differs.shape[:2], dtype=torch.long, device=seeds.device)
    chosen: list[tuple[torch.Tensor, torch.Tensor]] = []
    while (open_rows := (counts == 0).any(1)).any():
        matched = (counts == 0).byte().argmax(1)
        variable = differs[rows, matched].byte().argmax(1)
        counts += differs[rows, :, variable] & open_rows[:, None]
        chosen.append((variable, open_rows))
    for variable, used in chosen:
        column = differs[rows, :, variable].long()
        needed = used & ((counts - column).amin(1) < 1)
        counts -= column * (used & ~needed)[:, None]
        kept = rows[needed]
        bodies[kept, variable[kept]] = seeds[kept, variable[kept]]
    return bodies


def _packed(column: np.ndarray, size: int) -> np.ndarray:
    """(size, words): for each value, the bits of the rows that hold it."""
    bits = column[None] == np.arange(size)[:, None]
    padded = np.zeros((size, -(-max(1, len(column)) // 64) * 64), bool)
    padded[:, : len(column)] = bits
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def _ones(count: int) -> np.ndarray:
    return _packed(np.zeros(count, np.int64), 1)[0].copy()


def _first(bits: np.ndarray) -> int | None:
    """Place of the first bit that is set."""
    word = int((bits != 0).argmax())
    value = int(bits[word])
    return None if value == 0 else word * 64 + (value & -value).bit_length() - 1
