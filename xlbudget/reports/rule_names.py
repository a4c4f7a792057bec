"""What people read for the id of a rule: its number as it is, a check by its title, not its English id."""

from __future__ import annotations

from functools import cache

from xlbudget.checking.explanations import TITLES as EXPLAINING
from xlbudget.checking.known_outside import TITLES as OUTSIDE
from xlbudget.checking.problems import all_checks
from xlbudget.returns.identification import TITLES as RECEIVING


@cache
def _titles() -> dict[str, str]:
    return {**{one.name: one.title for one in all_checks()}, **RECEIVING, **OUTSIDE, **EXPLAINING}


def rule_name(rule: str) -> str:
    """Return a rule's number, the title of a check, or what is no id that we know as it is."""
    return _titles().get(rule, rule)
