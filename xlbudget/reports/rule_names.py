"""What people read for the id of a rule: its number as it is, a check by its title, not its English id."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from xlbudget.checking.explanations import TITLES as EXPLAINING
from xlbudget.checking.known_outside import ABOUT
from xlbudget.checking.known_outside import TITLES as OUTSIDE
from xlbudget.checking.problems import all_checks
from xlbudget.returns.identification import TITLES as RECEIVING


@cache
def _titles() -> dict[str, str]:
    return {**{one.name: one.title for one in all_checks()}, **RECEIVING, **OUTSIDE, **EXPLAINING}


def rule_name(rule: str) -> str:
    """Return a rule's number, the title of a check, or what is no id that we know as it is."""
    if rule in _titles() or not rule.islower():  # numbers of rules have capitals
        return _titles().get(rule, rule)
    return _published().get(rule, rule)


@cache
def _published() -> dict[str, str]:
    module = import_module("xlbudget.checking.published.titles")  # not needed for workbooks: takes a moment
    titles: dict[str, str] = module.TITLES
    return titles


@cache
def _about() -> dict[str, str]:
    return {**{one.name: one.about for one in all_checks()}, **ABOUT}


def rule_content(rule: str, title: str) -> str:
    """Return what stands beside :func:`rule_name`: the title of a rule, of a check what it looks for.

    A check is called by its title already; said twice it tells nobody anything. Nothing where no more is to
    be said of it.
    """
    return _about().get(rule, "") if title == rule_name(rule) else title
