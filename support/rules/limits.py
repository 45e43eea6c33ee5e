"""A search that was stopped keeps what it has found."""

from support.rules.rulesets import RuleSet

__all__ = ["RuleExplosionError"]


class RuleExplosionError(RuntimeError):
    """A search was stopped by its limit; what it had found is kept.

    Args:
        message: what was given, what was reached, what to do.
        rules: the rules at that moment: consistent with the negatives that had
            been read, and with no other.
        negatives: how many negatives had been read.

    Its ``finished`` are the rule sets of the heads that a program had learned before.
    """

    def __init__(self, message: str, rules: RuleSet, negatives: int) -> None:
        super().__init__(message)
        self.rules = rules
        self.negatives = negatives
        self.finished: list[RuleSet] = []
