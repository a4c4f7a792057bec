"""Checks: one problem, one file, discovered by being there.

A check is a module of this package with ``TITLE`` (what is wrong, in Chinese), ``SEVERITY``
and ``find(evidence)``, a generator of findings; ``READS_FORMULAS`` where it compares what they
say. Its name is the problem's name and the ``rule`` of its findings. Adding one touches nothing else;
``tests/checking/problems`` holds its test.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from xlbudget.checking.evidence import Evidence
from xlbudget.checking.together import together
from xlbudget.model import Finding, RuleOutcome, RuleStatus, Severity


@dataclass(frozen=True, slots=True)
class Check:
    """A check as discovered; ``about`` is the first line of its documentation, in Chinese.

    ``reads_formulas``: in a format whose formulas are not read it runs only in part.
    """

    name: str
    title: str
    severity: Severity
    about: str
    find: Callable[[Evidence], Iterable[Finding]]
    reads_formulas: bool


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """Return every check of this package, by name."""
    found = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if not module.name.startswith("_"):
            part = importlib.import_module(f"{__name__}.{module.name}")
            about = (part.__doc__ or "").partition("\n")[0]
            reads_formulas = getattr(part, "READS_FORMULAS", False)
            found.append(Check(module.name, part.TITLE, part.SEVERITY, about, part.find, reads_formulas))
    return tuple(found)


def run_checks(evidence: Evidence) -> tuple[tuple[Finding, ...], tuple[RuleOutcome, ...]]:
    """Run every check and every rule; return the findings and what became of each."""
    findings: list[Finding] = []
    outcomes: list[RuleOutcome] = []
    for check in all_checks():
        found = together(tuple(check.find(evidence)))
        findings += found
        unseen = evidence.submission.unseen_formulas if check.reads_formulas else ""
        status = RuleStatus.NOT_RUN if unseen else RuleStatus.PASSED
        status = RuleStatus.FAILED if found else status
        ran = int(status is not RuleStatus.NOT_RUN)
        outcomes.append(RuleOutcome(check.name, check.title, check.severity, status, ran, unseen))
    return tuple(findings), tuple(outcomes)
