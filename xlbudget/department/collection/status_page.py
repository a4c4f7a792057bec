"""Where a collection stands, as one page that needs nothing else: to look at, to pass on, to print on A4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from xlbudget.department.collection.records import Receipt
from xlbudget.department.collection.status import (
    ABOLISHED,
    MISSING,
    STATES,
    STRANGERS,
    TITLE,
    CollectionStatus,
    UnitState,
    problems_of,
    told_words,
)
from xlbudget.department.collection.status_papers import level_rows
from xlbudget.model import Unit
from xlbudget.model.words import inert, moment_text

_COLOURS = dict(zip(STATES, ("good", "good", "fair", "bad", "bad", "none", "none"), strict=True))
_STYLE = """
@page { size: A4; margin: 14mm 12mm; }
* { box-sizing: border-box; }
body { font: 14px/1.5 "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif; color: #1f2933;
  max-width: 1080px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 0; }
h2 { font-size: 16px; margin: 28px 0 8px; border-left: 4px solid #1a56b0; padding-left: 8px; }
.quiet { color: #5b6773; }
.tiles { display: flex; gap: 10px; margin: 16px 0; flex-wrap: wrap; }
.tile { flex: 1 1 120px; border: 1px solid #d5dbe1; border-radius: 6px; padding: 8px 12px; }
.tile b { display: block; font-size: 24px; line-height: 1.3; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #d5dbe1; padding: 4px 8px; text-align: left; vertical-align: top; }
th { background: #eef2f6; font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.word, .units th { white-space: nowrap; }
td.state { white-space: nowrap; font-weight: 600; }
td.file { overflow-wrap: anywhere; font-size: 12px; }
.good { color: #1b6b3a; background: #e9f6ee; }
.fair { color: #8a5a00; background: #fff5dd; }
.bad { color: #a01c1c; background: #fdeaea; }
.none { color: #444c55; background: #eceff2; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
@media print { body { font-size: 11px; margin: 0; max-width: none; padding: 0 2px; }
  h2 { break-after: avoid; }
  .units th, .units td { padding: 2px 5px; } .units .file { display: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""


def status_page(status: CollectionStatus, made_at: str) -> bytes:
    """Return the status as a page of html: sums, levels, the chase list, every unit, files nobody knows."""
    title = _text(f"{TITLE}：{status.title}")
    moment = _text(moment_text(made_at))
    parts = [
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="xlbudget">',
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{title}{'（已关账）' if status.closed else ''}</h1>",
        f'<div class="quiet">单位 {len(status.units)} 个，收件 {status.receipts} 件；截至 {moment}</div>',
        _tiles(status),
        *_chase(status),
        *_abolished(status),
        *_waiting(status),
        _section("分级汇总", _table(("级次", *status.states), level_rows(status), numbers=True)),
        _section("各单位", _units(status)),
        *_strangers(status),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts).encode()


def _text(text: str) -> str:
    """Return a text without controls, as html shows it and never runs it."""
    return escape(inert(text))


def _section(title: str, content: str) -> str:
    return f"<h2>{_text(title)}</h2>\n{content}"


def _tiles(status: CollectionStatus) -> str:
    tiles = (
        f'<div class="tile {_COLOURS[state]}"><b>{status.count(state)}</b>{_text(state)}</div>'
        for state in status.states
    )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: bool = False) -> str:
    kind = ' class="number"' if numbers else ""
    head = "".join(f"<th{kind}>{_text(heading)}</th>" for heading in headings)
    body = (
        "<tr>" + "".join(f"<td{kind}>{_text(str(cell))}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(body)}</tbody>\n</table>"


def _chase(status: CollectionStatus) -> Iterator[str]:
    """Yield the list of units to be reminded, by the body above them."""
    missing = [part.unit for part in status.units if part.state == MISSING]
    if not missing:
        return
    above: dict[str, list[Unit]] = {}
    for unit in missing:
        above.setdefault(unit.superior, []).append(unit)
    rows = (
        (superior or "—", "、".join(f"{unit.code} {unit.name}" for unit in units), len(units))
        for superior, units in above.items()
    )
    yield _section(f"催报名单（{len(missing)} 个）", _table(("上级单位", "还没有报送的单位", "个数"), rows))


def _abolished(status: CollectionStatus) -> Iterator[str]:
    rows = [
        (part.unit.code, part.unit.name, status.abolished[part.unit.code])
        for part in status.units
        if part.state == ABOLISHED
    ]
    if rows:
        title = f"{ABOLISHED}、不再催报（{len(rows)} 个）"
        yield _section(title, _table(("单位编码", "单位名称", "原因"), rows))


def _waiting(status: CollectionStatus) -> Iterator[str]:
    rows = [
        (part.unit.code, part.unit.name, receipt.number, problems_of(receipt), receipt.name)
        for part in status.units
        for receipt in part.waiting
    ]
    if rows:
        yield _section(
            "后来又报、没有取代已接收的", _table(("单位编码", "单位名称", "收件号", "问题", "文件"), rows)
        )


def _strangers(status: CollectionStatus) -> Iterator[str]:
    rows = [
        (part.number, part.status.value, status.problems(part), part.source + _told(status, part))
        for part in status.strangers
    ]
    if rows:
        yield _section(STRANGERS, _table(("收件号", "状态", "问题", "来源"), rows))


def _told(status: CollectionStatus, receipt: Receipt) -> str:
    return told_words(status.told.get(receipt.number, ()))


def _units(status: CollectionStatus) -> str:
    headings = ("单位编码", "单位名称", "性质", "上级单位", "情况", "收件号", "问题")
    head = "".join(f"<th>{heading}</th>" for heading in headings) + '<th class="file">文件</th>'
    body = "\n".join(_unit(part, status) for part in status.units)
    return f'<table class="units">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'


def _unit(part: UnitState, status: CollectionStatus) -> str:
    unit, receipt = part.unit, part.receipt
    indent = f' style="padding-left:{8 + 16 * (part.level - 1)}px"' if part.level > 1 else ""
    cells = [
        f'<td class="word">{_text(unit.code)}</td><td{indent}>{_text(unit.name)}</td>',
        f'<td class="word">{_text(unit.kind)}</td><td>{_text(unit.superior)}</td>',
        f'<td class="state {_COLOURS.get(part.state, "none")}">{_text(part.state)}</td>',
    ]
    if receipt is None:
        cells.append('<td></td><td></td><td class="file"></td>')
    else:
        cells.append(f'<td class="number">{receipt.number}</td><td>{_text(status.problems(receipt))}</td>')
        cells.append(f'<td class="file">{_text(receipt.name)}</td>')
    return f"<tr>{''.join(cells)}</tr>"
