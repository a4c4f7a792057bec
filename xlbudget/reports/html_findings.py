"""The report for people: one HTML page that needs nothing but itself, for the screen and for A4 paper."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from xlbudget.model import Finding, Report, RuleOutcome, RuleStatus, Severity, words
from xlbudget.reports import arrangement as amounts
from xlbudget.reports import conclusions
from xlbudget.reports.arrangement import Arrangement, FilePart, arrange
from xlbudget.reports.page_pictures import page_pictures
from xlbudget.reports.rule_names import rule_name
from xlbudget.reports.rule_runs import directory
from xlbudget.reports.told import told

_STATUSES = (RuleStatus.FAILED, RuleStatus.NOT_RUN, RuleStatus.NOT_APPLICABLE, RuleStatus.PASSED)
_PIECES = 1_000  # of the template, encoded together
_TITLES_UP_TO = 3_000  # rule lines; beyond, each workbook lists ids alone to keep the page light


def render(report: Report, path: Path) -> Iterator[bytes]:
    """Yield the page as UTF-8, piece by piece; ``path`` has no influence on it."""
    arrangement = arrange(report)
    lines = sum(len(part.workbook.outcomes) for part in arrangement.parts)
    published = any(part.workbook.values_only for part in arrangement.parts)
    page = _environment().from_string(_template())
    pieces = page.stream(
        title=report.phrases.report_title,
        between_title=amounts.BETWEEN,
        report=report,
        arrangement=arrangement,
        conclusion=conclusions.conclusion(arrangement),
        next_steps=conclusions.next_steps(arrangement),
        recalculation=conclusions.recalculation(report),
        severities=tuple(Severity),
        statuses=tuple(RuleStatus),
        rules=directory(arrangement.parts),
        rule_titles=arrangement.rule_titles,
        rule_name=rule_name,
        with_titles=lines <= _TITLES_UP_TO,
        choices=_choices(arrangement),
        findings_form=_form,
        identity=id,
        headings=_headings(arrangement),
        pictures=page_pictures(arrangement) if published else None,
    )
    pieces.enable_buffering(_PIECES)
    return (piece.encode() for piece in pieces)


@dataclass(frozen=True, slots=True)
class _Choices:
    """What the filter offers: units (code, name), forms and rules that have findings."""

    units: tuple[tuple[str, str], ...]
    forms: tuple[str, ...]
    rules: tuple[str, ...]


def _choices(arrangement: Arrangement) -> _Choices:
    names = {unit.code: unit.name for unit in arrangement.missing}
    names |= {part.code: part.name for part in arrangement.parts if part.unit}
    units = {finding.unit or (part.code if part else ""): None for part, finding in arrangement.findings}
    forms = {_form((finding,)): None for _, finding in arrangement.findings}
    rules = {finding.rule: None for _, finding in arrangement.findings}
    return _Choices(
        tuple((code, names.get(code, "")) for code in sorted(units) if code),
        tuple(form for form in sorted(forms, key=words.natural) if form),
        tuple(sorted(rules)),
    )


def _form(findings: Sequence[Finding]) -> str:
    """Return what the filter calls the form of findings that stand together."""
    place = findings[0].place
    return place.sheet or place.form


def _headings(arrangement: Arrangement) -> Mapping[tuple[tuple[str, str], ...], int]:
    """Return the headings that extracts have, each once, by number."""
    headings: dict[tuple[tuple[str, str], ...], int] = {}
    for _, finding in arrangement.findings:
        if finding.extract is not None:
            headings.setdefault(finding.extract.columns, len(headings))
    return headings


def _environment() -> Environment:
    """Escape every value for HTML, and make every text inert before."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: words.inert(value) if type(value) is str else value,
    )
    environment.tests["amount"] = lambda value: isinstance(value, Decimal)
    environment.filters.update(
        by_form=amounts.by_form,
        stored=amounts.stored_text,
        expected=amounts.expected_text,
        difference=amounts.difference_text,
        message=amounts.message_text,
        moment=words.moment_text,
        told=told,
        where=amounts.where_text,
        coverage=conclusions.coverage_text,
        settled=conclusions.settled_lines,
        by_status=_by_status,
        digest=_digest,
    )
    return environment


def _template() -> str:
    return resources.files(__package__).joinpath("html_findings.html.j2").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the source expression by which a content security policy admits exactly this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()


def _by_status(part: FilePart) -> list[tuple[RuleStatus, str, tuple[RuleOutcome, ...]]]:
    """Return a workbook's rules grouped by status and reason, those that need a look first."""
    ranked = sorted(part.workbook.outcomes, key=lambda each: (_STATUSES.index(each.status), each.reason))
    groups = groupby(ranked, key=lambda each: (each.status, each.reason))
    return [(status, reason, tuple(members)) for (status, reason), members in groups]
