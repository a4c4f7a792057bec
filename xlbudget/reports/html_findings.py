"""The report for people: one HTML page that needs nothing but itself, for the screen and for A4 paper."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from importlib import resources
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from xlbudget.model import Report, RuleOutcome, RuleStatus, Severity
from xlbudget.reports import amounts
from xlbudget.reports.amounts import Part, arrange

_STATUSES = (RuleStatus.FAILED, RuleStatus.NOT_RUN, RuleStatus.NOT_APPLICABLE, RuleStatus.PASSED)
_TITLES_UP_TO = 3_000  # rule lines; beyond, each workbook lists ids alone to keep the page light


def render(report: Report, path: Path) -> bytes:
    """Return the page as UTF-8; ``path`` has no influence on it."""
    arrangement = arrange(report)
    lines = sum(len(part.workbook.outcomes) for part in arrangement.parts)
    page = _environment().from_string(_template())
    return page.render(
        title=amounts.TITLE,
        between_title=amounts.BETWEEN,
        report=report,
        arrangement=arrangement,
        conclusion=amounts.conclusion(arrangement),
        next_steps=amounts.next_steps(arrangement),
        severities=tuple(Severity),
        statuses=tuple(RuleStatus),
        rules=_directory(arrangement.parts),
        rule_titles=arrangement.rule_titles,
        with_titles=lines <= _TITLES_UP_TO,
    ).encode()


def _environment() -> Environment:
    """Escape every value for HTML, and make every text inert before."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: amounts.inert(value) if type(value) is str else value,
    )
    environment.tests["amount"] = lambda value: isinstance(value, Decimal)
    environment.filters.update(
        by_form=amounts.by_form,
        stored=amounts.stored_text,
        expected=amounts.expected_text,
        difference=amounts.difference_text,
        message=amounts.message_text,
        where=amounts.where_text,
        settled=amounts.settled_lines,
        by_status=_by_status,
        digest=_digest,
    )
    return environment


def _template() -> str:
    return resources.files(__package__).joinpath("html_findings.html.j2").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the source expression by which a content security policy admits exactly this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()


def _by_status(part: Part) -> list[tuple[RuleStatus, str, tuple[RuleOutcome, ...]]]:
    """Return a workbook's rules grouped by status and reason, those that need a look first."""
    ranked = sorted(part.workbook.outcomes, key=lambda each: (_STATUSES.index(each.status), each.reason))
    groups = groupby(ranked, key=lambda each: (each.status, each.reason))
    return [(status, reason, tuple(members)) for (status, reason), members in groups]


def _directory(parts: tuple[Part, ...]) -> list[tuple[RuleOutcome, dict[RuleStatus, int], int]]:
    """Return each rule once, with its count of every status and of instances over all workbooks."""
    first: dict[str, RuleOutcome] = {}
    counts: dict[str, dict[RuleStatus, int]] = {}
    instances: dict[str, int] = {}
    for part in parts:
        for outcome in part.workbook.outcomes:
            first.setdefault(outcome.rule, outcome)
            counts.setdefault(outcome.rule, dict.fromkeys(RuleStatus, 0))[outcome.status] += 1
            instances[outcome.rule] = instances.get(outcome.rule, 0) + outcome.instances
    return [(outcome, counts[rule], instances[rule]) for rule, outcome in first.items()]
