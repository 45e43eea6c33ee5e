"""What the exercises hold a reader's answers to; nothing here raises."""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.similarity.exact import random_tables, stitching_terms
from chapters.similarity.scores import SCORES
from support.exercises import check, expect

__all__ = ["judge_bet", "judge_choice", "judge_hsic", "judge_matching", "judge_terms"]

Function = Callable[..., Any]
BETS = ("CKA", "RSA", "Procrustes R²", "CCA", "affine R²")


def judge_bet(bet: Any) -> bool:
    """Hold a set of names to the scores of an invertible re-mix.

    Args:
        bet: names that the reader thinks are 1.
    """
    if not isinstance(bet, set | frozenset | list | tuple) or not bet:
        return expect(
            False, f"it is {bet!r}; give a set of names of {BETS}", what="1, the bet"
        )
    draw = torch.Generator().manual_seed(7)
    x = torch.randn(200, 4, generator=draw).double()
    y = x @ torch.randn(4, 4, generator=draw).double()
    perfect = {name for name in BETS if SCORES[name](x, y) > 1 - 1e-8}
    named = {str(name) for name in bet}
    unknown, right = sorted(named - set(BETS)), len(perfect & named)
    return expect(
        named == perfect,
        f"you name {len(named)}, and {right} of them are perfect; {len(perfect)} of "
        f"{len(BETS)} scores are" + (f"; unknown names: {unknown}" if unknown else ""),
        what="1, the bet",
    )


def judge_terms(missing: Function, clumsy: Function) -> bool:
    """Hold the two terms of the loss of stitching to random worlds of tables.

    Args:
        missing: called with the joint law and the target's outputs.
        clumsy: called with both and the stitched outputs.
    """

    def worlds(rng: np.random.Generator) -> Sequence[Tensor]:
        draw = torch.Generator().manual_seed(int(rng.integers(2**31)))
        a, b, classes = rng.integers(2, 6, 3).tolist()
        return random_tables(draw, (a, b, classes))

    def lacking(joint: Tensor, outputs: Tensor) -> Tensor:
        nothing = torch.full((len(joint), outputs.shape[1]), 0.5)
        return stitching_terms(joint, outputs, nothing)[1]

    what = "2, what A lacks", "2, the rest"
    one = check(
        missing,
        against=lacking,
        inputs=lambda rng: worlds(rng)[:2],
        tolerance=1e-12,
        what=what[0],
    )
    two = check(
        clumsy,
        against=lambda *tables: stitching_terms(*tables)[2],
        inputs=worlds,
        tolerance=1e-12,
        what=what[1],
    )
    return one and two


def judge_hsic(function: Function) -> bool:
    """Hold an unbiased HSIC to its definition, and to independent data.

    Args:
        function: called with two symmetric (n, n) matrices.
    """

    def by_definition(k: Tensor, el: Tensor) -> Tensor:
        i, j, q, r = torch.tensor(list(permutations(range(len(k)), 4))).T
        return (k[i, j] * (el[i, j] + el[q, r] - 2 * el[i, q])).mean()

    def grams(rng: np.random.Generator, rows: int = 0, width: int = 3) -> list[Tensor]:
        shape = rows or int(rng.integers(4, 8)), width
        sides = [torch.from_numpy(rng.normal(size=shape)) for _ in range(2)]
        return [side @ side.T / width for side in sides]

    passed = check(
        function,
        against=by_definition,
        inputs=grams,
        tolerance=1e-9,
        what="3, the definition",
    )
    return passed and check(
        function,
        against=lambda *_: 0.0,
        inputs=lambda rng: grams(rng, 400, 50),
        tries=1,
        tolerance=0.05,
        what="3, independent data have none",
    )


def judge_choice(choice: Any, names: Sequence[str], stitch: Function) -> bool:
    """Hold a source, a target and an objective to a ratio of accuracies above one.

    Args:
        choice: (source, target, objective) of the reader's.
        names: of the networks.
        stitch: called with the three, gives the ratio of accuracies and the KL.
    """
    what = "4, a ratio above one"
    wanted = f"two different networks of {list(names)}, and 'kl' or 'ce'"
    if not isinstance(choice, tuple | list) or len(choice) != 3:
        return expect(False, f"it is {choice!r}; give {wanted}", what=what)
    source, target, objective = choice
    known = source in names and target in names and source != target
    if not known or objective not in ("kl", "ce"):
        return expect(False, f"it is {choice!r}; give {wanted}", what=what)
    other = "kl" if objective == "ce" else "ce"
    (ratio, kl), (_, kl_other) = (
        stitch(source, target, one) for one in (objective, other)
    )
    return expect(
        ratio >= 1.05 and kl > kl_other,
        f"the ratio is ≈ {ratio:.3f} (wanted at least 1.05), and the divergence "
        f"≈ {kl:.3f} (wanted above that of {other!r}, ≈ {kl_other:.3f})",
        what=what,
        tried=f"{source} → {target}, both objectives",
    )


def judge_matching(function: Function) -> bool:
    """Hold the R² of one unit for one unit to a permuted copy and to all orders.

    Args:
        function: called with two (n, d) matrices.
    """

    def copies(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        x = rng.normal(size=(40, 5))
        scale = rng.uniform(0.2, 3, 5) * rng.choice([-1, 1], 5)
        y = x[:, rng.permutation(5)] * scale + 1
        return torch.from_numpy(x), torch.from_numpy(y)

    def mixes(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        x, noise = rng.normal(size=(2, 40, 4))
        y = x @ rng.normal(size=(4, 4)) + noise
        return torch.from_numpy(x), torch.from_numpy(y)

    def every_order(x: Tensor, y: Tensor) -> float:
        x, y = x - x.mean(0), y - y.mean(0)
        gain = (x.T @ y).square() / x.square().sum(0)[:, None]
        places = range(x.shape[1])
        best = max(gain[list(o), places].sum() for o in permutations(places))
        return float(best / y.square().sum())

    passed = check(
        function,
        against=lambda *_: 1.0,
        inputs=copies,
        tolerance=1e-9,
        what="5, a permuted and scaled copy",
    )
    return passed and check(
        function,
        against=every_order,
        inputs=mixes,
        tolerance=1e-9,
        what="5, every permutation",
    )
