"""A developer's cross-check with the library of the theory's authors.

It is under the GPL and no dependency; install it in an environment of your own to
run this file.  GULA's program is unique, so both must give the same rules; PRIDE's
is a choice, so both must give rules of that program which cover all positives.
"""

import re

import numpy as np
import pytest

from support.rules.gula import gula
from support.rules.pride import pride
from support.rules.states import StateTable

pylfit = pytest.importorskip("pylfit")


def tables():
    source = np.random.default_rng(0)
    for rows, domains in ((60, (3, 2, 4, 2)), (150, (4, 4, 2, 3, 2))):
        states = np.stack([source.integers(0, d, rows) for d in domains], axis=1)
        yield StateTable(states, states[:, :2].sum(1) // 2, domains)


def learned(table, algorithm):
    """Head to the set of bodies that the library gives."""
    rows = [
        ([str(value) for value in state], [str(label)])
        for state, label in zip(
            table.states.tolist(), table.labels.tolist(), strict=True
        )
    ]
    features = [
        (str(f), [str(value) for value in range(size)])
        for f, size in enumerate(table.domains)
    ]
    targets = [("y", [str(head) for head in range(table.heads)])]
    data = pylfit.preprocessing.discrete_state_transitions_dataset_from_array(
        rows, feature_domains=features, target_domains=targets
    )
    model = pylfit.models.DMVLP(features=data.features, targets=data.targets)
    model.compile(algorithm=algorithm)
    model.fit(data, options={"verbose": 0, "threads": 1})
    found = {head: set() for head in range(table.heads)}
    for rule in model.rules:
        head, *atoms = re.findall(r"(\w+)\((\d+)\)", rule.to_string())
        values = {int(f): int(value) for f, value in atoms}
        body = tuple(values.get(f, -1) for f in range(len(table.domains)))
        found[int(head[1])].add(body)
    return found


@pytest.mark.parametrize("table", list(tables()), ids=("small", "larger"))
def test_gula_is_theirs(table):
    theirs = learned(table, "gula")
    for head in range(table.heads):
        assert {tuple(body) for body in gula(table, head).bodies.tolist()} == (
            theirs[head]
        )


@pytest.mark.parametrize("table", list(tables()), ids=("small", "larger"))
def test_both_choose_rules_of_one_program(table):
    theirs = learned(table, "pride")
    for head in range(table.heads):
        complete = {tuple(body) for body in gula(table, head).bodies.tolist()}
        ours = {tuple(body) for body in pride(table, head).bodies.tolist()}
        assert ours <= complete
        assert theirs[head] <= complete
