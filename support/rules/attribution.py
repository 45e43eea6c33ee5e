"""How much rules speak of an attribute, and how much of that is the learner's doing."""

from collections.abc import Callable, Sequence

import numpy as np

from support.rules.pride import pride
from support.rules.rulesets import VOID, RuleSet
from support.rules.states import StateTable, distinct_rows

__all__ = ["attribute_frequency", "core_attributes", "permutation_control"]


def attribute_frequency(
    rule_sets: Sequence[RuleSet], table: StateTable | None = None
) -> np.ndarray:
    r"""Share of the rules whose body asks for each attribute.

    $$\mathrm{freq}(f)=\frac{|\{R: f\in\mathrm{vars}(b(R))\}|}{|\mathcal R|}$$

    With a table each rule weighs the share $|P_v\ \mathrm{matched}|/|P_v|$ of its
    head's positives that it matches.

    Args:
        rule_sets: rules of one or several heads over the same variables.
        table: weighs the rules by what they cover.

    Returns:
        (F,) in [0, 1].

    Raises:
        ValueError: there is no rule, or none matches a positive of the table.

    A frequency describes the learner's choice among equally good rules as much
    as the data: compare it with `core_attributes` and `permutation_control`.

    >>> table = StateTable([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 1, 1])
    >>> attribute_frequency([pride(table, head) for head in (0, 1)]).tolist()
    [1.0, 0.0]
    """
    if not sum(len(rules) for rules in rule_sets):
        raise ValueError("rule_sets: got no rule; give at least one")
    asked = np.concatenate([rules.bodies != VOID for rules in rule_sets])
    if table is None:
        weights = np.ones(len(asked))
    else:
        weights = np.concatenate(
            [
                rules.coverage(table.positives(rules.head))
                / max(1, len(table.positives(rules.head)))
                for rules in rule_sets
            ]
        )
    if not weights.sum() > 0:
        raise ValueError(
            "table: no rule matches a positive of its head; give the table that the "
            "rules were learned on, or leave it out"
        )
    return (weights[:, None] * asked).sum(0) / weights.sum()


def core_attributes(table: StateTable) -> np.ndarray:
    """Attributes that no set of rules can do without.

    Attribute f is indispensable for a head where a positive and a negative of
    it differ in f alone.  The answer does not depend on any order.

    Args:
        table: the observed states.

    Returns:
        (heads, F) bool.

    >>> table = StateTable([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 1, 1])
    >>> core_attributes(table).tolist()
    [[True, False], [True, False]]
    """
    states, seen = table.distinct, table.seen
    result = np.zeros((table.heads, states.shape[1]), bool)
    for variable in range(states.shape[1]):
        # States that are equal but for the variable form one group.
        rest = np.delete(states, variable, axis=1)
        domains = [d for f, d in enumerate(table.domains) if f != variable]
        first, group = distinct_rows(rest, domains)
        size = np.bincount(group, minlength=len(first))[:, None]
        positive = np.zeros((len(first), table.heads), np.int64)
        np.add.at(positive, group, seen)
        result[:, variable] = ((positive > 0) & (positive < size)).any(0)
    return result


def permutation_control(
    table: StateTable,
    attribute: str,
    *,
    seed: int,
    rounds: int = 50,
    learner: Callable[..., RuleSet] = pride,
    **options: object,
) -> np.ndarray:
    """Frequencies of an attribute whose values were shuffled over the rows.

    What remains is what the learner makes of a column that cannot matter, *and*
    that no other column foretells: a null distribution for `attribute_frequency`
    where the attribute is independent of the other variables.  Where it is not,
    shuffling changes more than the question asks, and the comparison decides
    nothing: it can clear a biased scorer.

    Args:
        table: the observed states.
        attribute: name of the column to shuffle.
        seed: of the shuffles.
        rounds: how many, at least 1.
        learner: learns the rules of one head.
        options: of the learner.

    Returns:
        (rounds,) frequencies over the rules of all heads.

    Raises:
        ValueError: the name is unknown or there are no rounds.
    """
    if attribute not in table.names:
        raise ValueError(
            f"attribute: got {attribute!r}; give one of {', '.join(table.names)}"
        )
    if rounds < 1:
        raise ValueError(f"rounds: got {rounds}; give at least 1")
    place = table.names.index(attribute)
    source = np.random.default_rng(seed)
    null = np.empty(rounds)
    for index in range(rounds):
        states = table.states.copy()
        states[:, place] = source.permutation(states[:, place])
        shuffled = StateTable(
            states, table.labels, table.domains, table.names, table.heads
        )
        rules = [learner(shuffled, head, **options) for head in range(table.heads)]
        null[index] = attribute_frequency(rules)[place]
    return null
