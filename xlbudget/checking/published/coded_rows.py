"""Codes and their names in the tables of a published document, whatever forms they are.

A code stands in one cell (2010301) or in three beside each other (201, 03, 01), its name to the right. Within
a document one code has one name; where it does not, or where all of it says otherwise than the code list,
the odd one is told. Nothing here knows a code: lists come with the templates.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from xlbudget.checking.published.mistakes import FOUND
from xlbudget.model import (
    Finding,
    Operand,
    Place,
    PublishedDocument,
    RuleOutcome,
    RuleStatus,
    Severity,
    WorkbookTemplate,
)
from xlbudget.returns.published.coded import CodedName, bare_name, coded_names
from xlbudget.returns.published.grids import Grid, grid_of
from xlbudget.returns.published.texts import WHOLE_CODE, plain

CODED = {
    "code_name": ("科目编码与名称一致", Severity.EXPLAIN),
    "leading_zero": ("编码的前导零完整", Severity.EXPLAIN),
}
_PART = re.compile(r"\d{2}")
_LEAST = 3  # codes of a column from which on it shows how long its codes are
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class CodedRun:
    """What became of the codes: findings and outcomes."""

    findings: tuple[Finding, ...]
    outcomes: tuple[RuleOutcome, ...]


def coded_checks(document: PublishedDocument, templates: Sequence[WorkbookTemplate]) -> CodedRun:
    """Check codes against names in every table; ``templates`` give the code lists."""
    pairs: list[CodedName] = []
    found: list[Finding] = []
    for number, table in enumerate(document.tables):
        grid = grid_of(table, number)
        own = list(coded_names(grid))
        pairs += own
        if own:
            found += _leading_zeros(grid, str(document.path))
    found += _odd_names(pairs, _known(templates), str(document.path))
    failed = {finding.rule for finding in found}
    outcomes = tuple(
        RuleOutcome(name, title, severity, _status(bool(pairs), name in failed), len(pairs), _why(pairs))
        for name, (title, severity) in CODED.items()
    )
    return CodedRun(tuple(found), outcomes)


def _status(any_: bool, failed: bool) -> RuleStatus:
    if not any_:
        return RuleStatus.NOT_RUN
    return RuleStatus.FAILED if failed else RuleStatus.PASSED


def _why(pairs: Sequence[CodedName]) -> str:
    return "" if pairs else "没有带编码的表格"


def _known(templates: Sequence[WorkbookTemplate]) -> Mapping[str, tuple[str, ...]]:
    """Return the names that code lists give each code."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for template in templates:
        for catalogue in template.catalogues:
            code, *others = catalogue.columns
            if not others or catalogue.refers:
                continue
            for row in catalogue.rows:
                if WHOLE_CODE.fullmatch(row.get(code, "")):
                    found[row[code]][row.get(others[0], "")] = None
    return {code: tuple(filter(None, names)) for code, names in found.items()}


# --------------------------------------------------------------------- names


def _odd_names(
    pairs: Sequence[CodedName], known: Mapping[str, tuple[str, ...]], file: str
) -> Iterator[Finding]:
    by_code: defaultdict[str, list[CodedName]] = defaultdict(list)
    for pair in pairs:
        by_code[pair.code].append(pair)
    names_of_others = {bare_name(name) for names in known.values() for name in names}
    yield from _odd_codes(pairs, known, file)
    for code, own in by_code.items():
        listed = {bare_name(name) for name in known.get(code, ())}
        counted = Counter(pair.name for pair in own)
        others = names_of_others - listed
        right = _right_name(counted, listed, own, others)
        if right is None:
            continue
        right_names = {plain(right.printed), right.name, *listed}
        odd: defaultdict[str, list[CodedName]] = defaultdict(list)
        for pair in own:
            if pair.name not in right_names:
                odd[pair.name].append(pair)
        for alike in odd.values():
            yield _finding(alike, right, file)


def _odd_codes(
    pairs: Sequence[CodedName], known: Mapping[str, tuple[str, ...]], file: str
) -> Iterator[Finding]:
    """Yield the codes that no list has beside a name that has another one nearly the same."""
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for code, names in known.items():
        for name in names:
            codes[bare_name(name)].append(code)
    printed = {pair.code for pair in pairs}
    for pair in pairs:
        near = codes[pair.name]
        if pair.code in known or len(near) != 1 or _digits_off(near[0], pair.code) != 1:
            continue
        if len(pair.code) == 3 or pair.code[:-2] in printed or near[0][:-2] not in printed:
            continue  # it stands below its own class: the code list is not whole
        title, severity = CODED["code_name"]
        message = (
            f"{pair.code_place.where}：“{pair.printed}”的编码写 {pair.code}，科目表中为 {near[0]}。"
            "请核对编码和名称。"
        )
        yield Finding(
            "code_name",
            severity,
            message,
            file=file,
            place=replace(pair.code_place, line=pair.printed),
            stored=pair.code,
            expected=near[0],
            kind=title,
            found=pair.code,
            operands=(Operand(pair.printed, pair.place),),
        )


def _digits_off(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else len(one)


def _right_name(
    counted: Mapping[str, int], listed: set[str], own: Sequence[CodedName], others: set[str]
) -> CodedName | None:
    """Return who bears a code's right name; None where nothing tells, or where all agree well enough."""
    usual = max(counted, key=lambda name: (counted[name], name in listed))
    if len(counted) > 1:
        ties = [name for name in counted if counted[name] == counted[usual]]
        agreed = [name for name in ties if name in listed]
        if len(ties) > 1 and len(agreed) != 1:
            return None
        return next(pair for pair in own if pair.name == (agreed or ties)[0])
    if not listed or usual in listed:
        return None
    near = max(listed, key=lambda name: SequenceMatcher(None, name, usual).ratio())
    alike = SequenceMatcher(None, near, usual).ratio() >= _ALIKE and near not in usual and usual not in near
    if not alike and usual not in others:
        return None  # a code list of another year or place
    return replace(own[0], name=near, printed=near, place=Place())


def _finding(pairs: Sequence[CodedName], right: CodedName, file: str) -> Finding:
    """Return the finding of a wrong name, told once where several tables print it."""
    pair, *others = pairs
    title, severity = CODED["code_name"]
    elsewhere = f"别处（{right.place.where}）" if right.place != Place() else "科目表中"
    message = (
        f"{pair.place.where}：编码 {pair.code} 的名称写“{pair.printed}”，{elsewhere}为“{right.printed}”"
        f"{_also(others)}。请核对编码和名称。"
    )
    spots = [right] if right.place != Place() else []
    operands = tuple(Operand(one.printed, one.place) for one in (*spots, *others))
    return Finding(
        "code_name",
        severity,
        message,
        file=file,
        place=replace(pair.place, line=pair.printed),
        stored=pair.printed,
        expected=right.printed,
        kind=title,
        found=pair.printed[:FOUND],
        operands=operands,
    )


def _also(others: Sequence[CodedName]) -> str:
    places = "、".join(dict.fromkeys(other.place.where for other in others if other.place.where))
    return f"；另有 {len(others)} 处相同（{places}）" if others else ""


# --------------------------------------------------------------------- zeros


def _leading_zeros(grid: Grid, file: str) -> Iterator[Finding]:
    """Yield the single digits in a column of parts of codes that all have two."""
    columns: defaultdict[int, list[int]] = defaultdict(list)
    for row in grid.rows:
        if row > grid.lead:
            for column in grid.columns(row):
                columns[column].append(row)
    for column, rows in columns.items():
        texts = {row: "".join(grid.text(row, column).split()) for row in rows}
        parts = [row for row in rows if _PART.fullmatch(texts[row])]
        single = [row for row in rows if re.fullmatch(r"[1-9]", texts[row])]
        zeros = sum(texts[row].startswith("0") for row in parts)
        if len(parts) < _LEAST or not zeros or len(single) > len(parts) or not single:
            continue
        title, severity = CODED["leading_zero"]
        listed = "、".join(f"“{texts[row]}”（{grid.place(row, column).where}）" for row in single[:4])
        more = f"等 {len(single)} 处" if len(single) > 4 else ""
        first = grid.place(single[0], column)
        message = (
            f"{first.where}：编码 {listed}{more}少了前导零，同一栏其他编码都是两位。"
            f"请补为“0{texts[single[0]]}”。"
        )
        yield Finding(
            "leading_zero",
            severity,
            message,
            file=file,
            place=replace(first, line=texts[single[0]]),
            stored=texts[single[0]],
            expected=f"0{texts[single[0]]}",
            kind=title,
            found=texts[single[0]],
            operands=tuple(Operand(texts[row], grid.place(row, column)) for row in single[1:40]),
        )
