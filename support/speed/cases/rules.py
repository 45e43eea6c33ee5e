"""Rules: the two learners beside their definitions read out in plain Python."""

import re
from typing import Any

import numpy as np

from support.rules.gula import gula
from support.rules.pride import pride
from support.rules.states import StateTable
from support.speed.harness import Comparison

__all__ = ["COMPARISONS"]

_DOMAINS = (6, 6, 2, 5, 4, 4, 3, 2)
_HEADS = 4
_Rule = tuple[int, ...]


def _applications(size: int, seed: int, width: int) -> tuple[Any, Any]:
    """States like the chapter's applications, labelled by a sum of their codes."""
    source = np.random.default_rng(seed)
    domains = _DOMAINS[:width]
    states = np.stack([source.integers(0, d, size) for d in domains], axis=1)
    score = states @ np.array([5, 4, 6, 2, 1, 1, 0, 0])[:width]
    return states, np.searchsorted([14, 24, 32], score, side="right")


def _for_pride(size: int, seed: int, device: str) -> tuple[Any, Any]:
    return _applications(size, seed, 8)


def _for_gula(size: int, seed: int, device: str) -> tuple[Any, Any]:
    return _applications(size, seed, 5)


def _ours(learner: Any) -> Any:
    def learn(states: Any, labels: Any) -> Any:
        domains = _DOMAINS[: states.shape[1]]
        table = StateTable(states, labels, domains, heads=_HEADS)
        found = (learner(table, head) for head in range(_HEADS))
        return _sorted(
            (head, *body) for head, rules in enumerate(found) for body in rules.bodies
        )

    return learn


def _sorted(rules: Any) -> Any:
    return np.array(sorted(tuple(int(part) for part in rule) for rule in rules))


def _split(states: Any, labels: Any, head: int) -> tuple[list[_Rule], list[_Rule]]:
    seen: dict[_Rule, set[int]] = {}
    for state, label in zip(states.tolist(), labels.tolist(), strict=True):
        seen.setdefault(tuple(state), set()).add(label)
    return [s for s in seen if head in seen[s]], [
        s for s in seen if head not in seen[s]
    ]


def _plain_pride(states: Any, labels: Any) -> Any:
    rules = []
    for head in range(_HEADS):
        remaining, negatives = _split(states, labels, head)
        while remaining:
            seed = remaining[0]
            body: list[int] = []
            for other in negatives:
                if all(other[f] == seed[f] for f in body):
                    body.append(next(f for f in range(8) if other[f] != seed[f]))
            for f in tuple(body):
                fewer = [g for g in body if g != f]
                if not any(all(s[g] == seed[g] for g in fewer) for s in negatives):
                    body = fewer
            rules.append(
                (head, *(seed[f] if f in body else -1 for f in range(len(seed))))
            )
            remaining = [s for s in remaining if any(s[f] != seed[f] for f in body)]
    return _sorted(rules)


def _plain_gula(states: Any, labels: Any) -> Any:
    found = []
    for head in range(_HEADS):
        rules: list[tuple[int, ...]] = [(-1,) * 5]
        for state in _split(states, labels, head)[1]:
            refuted = [r for r in rules if _within(r, state)]
            rules = [r for r in rules if not _within(r, state)]
            kept = list(rules)
            for rule in refuted:
                for f, size in enumerate(_DOMAINS[:5]):
                    for value in range(size if rule[f] == -1 else 0):
                        new = (*rule[:f], value, *rule[f + 1 :])
                        if value != state[f] and not any(
                            _within(other, new) for other in kept
                        ):
                            rules.append(new)
        found += [(head, *rule) for rule in rules]
    return _sorted(found)


def _within(rule: _Rule, other: _Rule) -> bool:
    return all(one in (-1, two) for one, two in zip(rule, other, strict=True))


def _pylfit_data(states: Any, labels: Any) -> tuple[Any]:
    """Text, as that library wants it."""
    from pylfit.preprocessing import discrete_state_transitions_dataset_from_array

    rows = [
        ([str(value) for value in state], [str(label)])
        for state, label in zip(states.tolist(), labels.tolist(), strict=True)
    ]
    features = [
        (str(f), [str(value) for value in range(size)])
        for f, size in enumerate(_DOMAINS[: states.shape[1]])
    ]
    targets = [("y", [str(head) for head in range(_HEADS)])]
    return (
        discrete_state_transitions_dataset_from_array(
            rows, feature_domains=features, target_domains=targets
        ),
    )


def _pylfit_gula(dataset: Any) -> Any:
    from pylfit.models import DMVLP

    model = DMVLP(features=dataset.features, targets=dataset.targets)
    model.compile(algorithm="gula")
    model.fit(dataset, options={"verbose": 0, "threads": 1})
    rules = []
    for rule in model.rules:
        head, *atoms = re.findall(r"(\w+)\((\d+)\)", rule.to_string())
        values = {int(f): int(value) for f, value in atoms}
        rules.append((int(head[1]), *(values.get(f, -1) for f in range(5))))
    return _sorted(rules)


COMPARISONS = [
    Comparison(
        name="PRIDE, eight variables, four labels",
        kernel="support.rules.pride.pride",
        peer="the definition, read out in plain Python here",
        make=_for_pride,
        ours=_ours(pride),
        theirs=_plain_pride,
        sizes=(50, 400, 4000),
        tolerance=0,
        unit="states",
    ),
    Comparison(
        name="GULA, five variables, four labels",
        kernel="support.rules.gula.gula",
        peer="the definition, read out in plain Python here",
        make=_for_gula,
        ours=_ours(gula),
        theirs=_plain_gula,
        sizes=(10, 30, 300),
        tolerance=0,
        unit="states",
    ),
    Comparison(
        name="GULA, five variables, four labels",
        kernel="support.rules.gula.gula",
        peer="pylfit.models.DMVLP",
        package="pylfit",
        make=_for_gula,
        ours=_ours(gula),
        theirs=_pylfit_gula,
        translate=_pylfit_data,
        sizes=(10, 30, 300),
        tolerance=0,
        unit="states",
        note="GPL-3.0: timed where a reader has it, never required",
    ),
]
