"""The report for programs: one JSON document in UTF-8 with a published shape.

The document is an object with these members, always all of them, in this order:

``format``, ``format_version``
    ``"xlbudget.report"`` and ``2``; the version rises when a member changes its meaning or goes.
``xlbudget_version``, ``template`` (``id``, ``title``, ``digest``), ``made_at``
    what made the report, by which definitions, when.
``summary``
    counts: ``workbooks`` = ``accepted`` (可接收) + ``explained`` (已说明) + ``to_explain`` (待说明) +
    ``refused`` (不予接收) + ``unchecked`` (未核对); ``missing`` units; open findings by severity:
    ``blocking``, ``explain``, ``note``; findings ``settled``; waivers ``lapsed``.
``findings``
    those that are open: objects with ``rule``, ``severity`` (``blocking``, ``explain``, ``note``), ``unit``
    (code), ``form``, ``line``, ``column``, ``sheet``, ``address``, ``stored``, ``expected``, ``difference``,
    ``message``, ``file``, ``money``. Amounts are strings of exact decimals without exponent
    (``"12.3456"``), texts are strings, logical values true or false, nothing is ``null``. In documents
    that others published: ``document`` (the file again), ``page`` (physical, from 1; 0: no pages), ``box``
    (left, top, right, bottom in points from the top left of the page as shown; null: none), ``kind`` of
    fault, ``found`` (the wrong words alone) and ``operands``: ``text``, ``page``, ``box``, ``form``,
    ``line``, ``column``, ``sheet``, ``address`` of everything that takes part. ``candidates`` are the cells
    that may be the wrong one, the likeliest first: ``rank`` (from 1; shared by equals), ``form``,
    ``line``, ``column``, ``sheet``, ``address``, ``stored``, ``expected`` (null: open), ``money``, ``slip``
    (the name of the slip that would have led there, or empty); where nothing is known of them, none.
    ``difference`` is stored − expected. ``money`` names the unit of the amounts (元, 万元) or is empty.
``settled``
    findings that have been explained by the unit or waived by the officer: the same members, and
    ``explanation`` (``rule``, ``where``, ``text`` as the unit wrote them, ``sheet``, ``address`` where it
    stands; null if there is none), ``waiver`` (null if there is none).
``lapsed``
    waivers that do not hold: ``file``, ``unit``, ``waiver``, ``reason``, and ``stored``, ``expected``: the
    values found now. A waiver has ``rule``, ``cell``, ``value``, ``expected`` (null: any), ``who``,
    ``why``, ``until`` (a day, ISO 8601), ``line`` of its file.
``rules``
    every rule of every workbook that was read (on the others none was run): ``file``, ``unit``, ``rule``,
    ``title``, ``severity``, ``status`` (``pass``, ``fail``, ``not_applicable``, ``not_run``), ``instances``
    evaluated, ``reason``.
``rounding``
    differences between printed amounts that rounding explains, no mistakes: objects as in ``findings``.
``workbooks``
    ``file`` (as ``findings`` and ``rules`` name it: the path below the folder that all share),
    ``sha256``, ``unit`` (``code``, ``name``, ``kind``; null if not identified), ``verdict``,
    ``remarks``, ``counts`` (``blocking``, ``explain``, ``note``), ``unchecked`` (why nothing was checked, or
    empty), ``coverage`` (how many numbers of a published document are ``checked``, ``read`` but in no rule,
    ``unread``; ``in_forms`` those of recognised forms, ``in_forms_checked`` of them), ``unread_pages``.
``numbers``
    every number of published documents (where there are a hundred at most): ``file``, ``text``, ``page``,
    ``box``, ``sheet``, ``address``, ``coverage``.
``missing``, ``skipped``
    units that returned nothing (``code``, ``name``, ``kind``); remarks on files passed over.
``recalculation``
    what another engine made of some cells: ``engine``, ``version``, how many cells were ``judged``, of which
    ``wrong`` hold a value that we call wrong and ``drawn`` were drawn from clean workbooks, in how many
    ``differences`` were found; ``reason`` why nothing was judged (empty texts where there is nothing to say).

Every item of a list stands on a line of its own. The document is written piece by piece: a report of ten
thousand files is never in memory as a whole.

Findings between workbooks that concern no single file come first; then units stand in the order of their
codes, unidentified files last, findings in the order of sheets, then severity and place. The same report
always gives the same bytes. :data:`SCHEMA` states the same as a JSON Schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlbudget.model import (
    Candidate,
    CellValue,
    CoverageCounts,
    Finding,
    Judgement,
    LapsedWaiver,
    Place,
    Report,
    RuleOutcome,
    SettledFinding,
    Severity,
    Unit,
    Waiver,
)
from xlbudget.model.words import exact_text
from xlbudget.reports.arrangement import (
    ACCEPTED,
    EXPLAINED,
    REFUSED,
    TO_EXPLAIN,
    UNCHECKED,
    Arrangement,
    FilePart,
    arrange,
)
from xlbudget.reports.json_schema import COVERED, FORMAT, FORMAT_VERSION


def render(report: Report, path: Path) -> Iterator[bytes]:
    """Return the JSON report as UTF-8, in pieces; ``path`` has no influence on it."""
    return pieces(report)


def report_json(report: Report) -> str:
    """Return the report as JSON text, ending in a newline; the module's docstring says its shape."""
    return b"".join(pieces(report)).decode()


def pieces(report: Report) -> Iterator[bytes]:
    """Yield the JSON report as UTF-8, little by little."""
    opening = "{"
    for name, value in _members(report):
        head = f"{opening}\n {_text(name)}: "
        if isinstance(value, Iterator):
            yield from _list_pieces(head, value)
        else:
            yield _utf8(head + _text(value))
        opening = ","
    yield b"\n}\n"


def _list_pieces(head: str, items: Iterator[str]) -> Iterator[bytes]:
    """Yield a list, an item a line."""
    before = f"{head}[\n  "
    empty = True
    for item in items:
        yield _utf8(before + item)
        before, empty = _BETWEEN, False
    yield _utf8(f"{head}[]" if empty else "\n ]")


_BETWEEN = ",\n  "
_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _utf8(text: str) -> bytes:
    # A file name that is no valid UTF-8 holds lone surrogates; JSON can say them only as \udcxx.
    return text.encode("utf-8", "backslashreplace")


def _members(report: Report) -> Iterator[tuple[str, Any]]:
    """Yield the members of the document in their order; lists as iterators of their items' texts."""
    arrangement = arrange(report)
    parts = arrangement.parts
    yield "format", FORMAT
    yield "format_version", FORMAT_VERSION
    yield "xlbudget_version", report.version
    yield "template", {"id": report.template_id, "title": report.template_title, "digest": report.digest}
    yield "made_at", report.made_at
    yield "summary", _summary(arrangement)
    yield "findings", (_text(_finding(part, finding)) for part, finding in arrangement.findings)
    yield "settled", (_text(_settled(part, each)) for part in parts for each in part.workbook.settled)
    yield "lapsed", (_text(_lapsed(part, each)) for part in parts for each in part.workbook.lapsed)
    yield "rules", _rules(parts)
    yield "rounding", (_text(_finding(part, one)) for part in parts for one in part.workbook.rounding)
    yield "workbooks", (_text(_workbook(part)) for part in parts)
    yield "numbers", (text for part in parts for text in _numbers(part))
    yield "missing", (_text(_unit(unit)) for unit in arrangement.missing)
    yield "skipped", map(_text, report.skipped)
    yield "recalculation", _recalculation(report.judgement)


def _recalculation(said: Judgement) -> dict[str, str | int]:
    return {
        "engine": said.engine,
        "version": said.version,
        "judged": said.cells,
        "wrong": said.wrong,
        "drawn": said.drawn,
        "differences": said.differences,
        "reason": said.reason,
    }


def _summary(arrangement: Arrangement) -> dict[str, int]:
    return {
        "workbooks": len(arrangement.parts),
        "accepted": arrangement.verdicts(ACCEPTED),
        "explained": arrangement.verdicts(EXPLAINED),
        "to_explain": arrangement.verdicts(TO_EXPLAIN),
        "refused": arrangement.verdicts(REFUSED),
        "unchecked": arrangement.verdicts(UNCHECKED),
        "missing": len(arrangement.missing),
        **{severity.value: arrangement.report.count(severity) for severity in Severity},
        "settled": sum(len(part.workbook.settled) for part in arrangement.parts),
        "lapsed": sum(len(part.workbook.lapsed) for part in arrangement.parts),
    }


def _finding(part: FilePart | None, finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "unit": finding.unit or (part.code if part else ""),
        "form": place.form,
        "line": place.line,
        "column": place.column,
        "sheet": place.sheet,
        "address": place.address,
        "stored": _value(finding.stored),
        "expected": _value(finding.expected),
        "difference": _value(finding.difference),
        "message": finding.message,
        "file": part.file if part else finding.file,
        "money": finding.money,
        "document": part.file if part else finding.file,
        "page": place.page,
        "box": _box(place),
        "kind": finding.kind or finding.rule,
        "found": finding.found,
        "operands": [
            {"text": operand.text, "form": operand.place.form, "line": operand.place.line}
            | {"column": operand.place.column, **_where(operand.place)}
            for operand in finding.operands
        ],
        "candidates": [_candidate(candidate) for candidate in finding.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    place = candidate.place
    return {
        "rank": candidate.rank,
        "form": place.form,
        "line": place.line,
        "column": place.column,
        "sheet": place.sheet,
        "address": place.address,
        "stored": _value(candidate.stored),
        "expected": _value(candidate.expected),
        "money": candidate.money,
        "slip": candidate.slip,
    }


def _where(place: Place) -> dict[str, Any]:
    return {"sheet": place.sheet, "address": place.address, "page": place.page, "box": _box(place)}


def _box(place: Place) -> list[float] | None:
    return [round(side, 1) for side in place.box] if place.box is not None else None


def _settled(part: FilePart, settled: SettledFinding) -> dict[str, Any]:
    said = settled.explanation
    explanation = said and {
        "rule": said.rule,
        "where": said.where,
        "text": said.text,
        "sheet": said.place.sheet,
        "address": said.place.address,
    }
    waiver = settled.waiver and _waiver(settled.waiver)
    return {**_finding(part, settled.finding), "explanation": explanation, "waiver": waiver}


def _lapsed(part: FilePart, lapsed: LapsedWaiver) -> dict[str, Any]:
    return {
        "file": part.file,
        "unit": part.code,
        "waiver": _waiver(lapsed.waiver),
        "reason": lapsed.reason,
        "stored": _value(lapsed.finding.stored) if lapsed.finding else None,
        "expected": _value(lapsed.finding.expected) if lapsed.finding else None,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "rule": waiver.rule,
        "cell": waiver.cell,
        "value": _value(waiver.value),
        "expected": _value(waiver.expected),
        "who": waiver.who,
        "why": waiver.why,
        "until": waiver.until.isoformat(),
        "line": waiver.line,
    }


def _value(value: CellValue) -> str | bool | None:
    return exact_text(value) if isinstance(value, Decimal) else value


def _rules(parts: Iterable[FilePart]) -> Iterator[str]:
    """Yield the rules of each part; what parts with the same outcomes have in common is written once."""
    known: dict[int, list[str]] = {}  # by identity: the report holds all outcomes as long as this runs
    for part in parts:
        outcomes = part.workbook.outcomes
        texts = known.get(id(outcomes))
        if texts is None:
            if len(known) >= _KEPT:
                known.clear()
            texts = known[id(outcomes)] = [_text(_outcome(outcome))[1:] for outcome in outcomes]
        head = _text({"file": part.file, "unit": part.code})[:-1]
        if texts:
            yield _BETWEEN.join(f"{head}, {text}" for text in texts)


_KEPT = 64  # sets of outcomes: some hundred rules each


def _outcome(outcome: RuleOutcome) -> dict[str, Any]:
    return {
        "rule": outcome.rule,
        "title": outcome.title,
        "severity": outcome.severity.value,
        "status": outcome.status.value,
        "instances": outcome.instances,
        "reason": outcome.reason,
    }


def _workbook(part: FilePart) -> dict[str, Any]:
    return {
        "file": part.file,
        "sha256": part.workbook.sha256,
        "unit": _unit(part.unit) if part.unit else None,
        "verdict": part.verdict,
        "remarks": list(part.workbook.remarks),
        "counts": {severity.value: part.count(severity) for severity in Severity},
        "unchecked": part.workbook.unchecked,
        "coverage": _coverage(part.workbook.covered),
        "unread_pages": [each.place.page for each in part.workbook.unread],
    }


def _coverage(counts: CoverageCounts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in COVERED}


def _numbers(part: FilePart) -> Iterator[str]:
    for number in part.workbook.numbers:
        where = _where(number.place)
        yield _text({"file": part.file, "text": number.text, **where, "coverage": number.coverage.value})


def _unit(unit: Unit) -> dict[str, str]:
    return {"code": unit.code, "name": unit.name, "kind": unit.kind}


# ------------------------------------------------------------------- schema
