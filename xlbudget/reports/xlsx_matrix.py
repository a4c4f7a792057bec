"""The sheet of the xlsx report that shows unit × rule at a glance: a sign and a colour for each status."""

from __future__ import annotations

from xlbudget.files.xlsx_writer import Book, Sheet
from xlbudget.model import RuleStatus
from xlbudget.model.text_layout import text_width
from xlbudget.model.words import inert
from xlbudget.reports.arrangement import Arrangement
from xlbudget.reports.list_layout import HEADING, list_formats
from xlbudget.reports.rule_names import rule_name
from xlbudget.reports.rule_runs import SYMBOLS, directory

MATRIX = "规则矩阵"
TELLING = (RuleStatus.FAILED, RuleStatus.NOT_RUN)
"""What a list of many workbooks tells of their rules; the rest is figures."""
_LEFT = 3  # columns before the rules: code, name, verdict
_TOP = 2  # rows above the headings: title and legend
_HIGHEST = 300.0  # points
_MOST_RULES = 16_000  # Excel takes 16,384 columns
_COLOURS: dict[RuleStatus, dict[str, object]] = {
    RuleStatus.PASSED: {"font_color": "#2E7D4F"},
    RuleStatus.FAILED: {"font_color": "#B42318", "bg_color": "#FBE9E7", "bold": True},
    RuleStatus.NOT_APPLICABLE: {"font_color": "#8B949E"},
    RuleStatus.NOT_RUN: {"font_color": "#9A5B00", "bg_color": "#FDF3E1"},
}


def write_matrix(book: Book, sheet: Sheet, arrangement: Arrangement) -> None:
    """Write a row for each returned file and a column for each rule that failed or was not run for any."""
    formats = list_formats(book)
    looks = {
        status: formats.get(align="center", quote_prefix=True, **colour)
        for status, colour in _COLOURS.items()
    }
    plain, heading = formats.get(quote_prefix=True), formats.get(**HEADING)
    turned = formats.get(**HEADING | {"rotation": 90, "valign": "bottom", "text_wrap": False})
    every = list(directory(arrangement.parts))
    rules = [outcome for outcome, counts, _ in every if any(counts[status] for status in TELLING)]
    rules = rules[:_MOST_RULES]
    columns = {outcome.rule: at for at, outcome in enumerate(rules, _LEFT)}
    sheet.write_string(
        0, 0, "规则矩阵：各单位没有通过或没有运行的规则", formats.get(border=0, bold=True, font_size=14)
    )
    legend = "　".join(f"{SYMBOLS[status]} {status.label}" for status in SYMBOLS)
    sheet.write_string(
        1,
        0,
        f"{legend}　　规则内容见“规则一览”；其余 {len(every) - len(rules)} 条处处成立或不适用，没有列出",
        formats.get(border=0, font_color="#5B6672"),
    )
    for at, (text, width) in enumerate((("单位代码", 12), ("单位名称", 30), ("结论", 10))):
        sheet.set_column(at, at, width)
        sheet.write_string(_TOP, at, text, heading)
    sheet.set_column(_LEFT, _LEFT + max(len(rules), 1) - 1, 3.6)
    names = {rule: rule_name(rule) for rule in columns}
    sheet.set_row(_TOP, min(20 + 6 * max(map(text_width, names.values()), default=1), _HIGHEST))
    for rule, at in columns.items():
        sheet.write_string(_TOP, at, inert(names[rule]), turned)
    for row, part in enumerate(arrangement.parts, _TOP + 1):
        for at, text in enumerate((part.code, part.name, part.verdict)):
            sheet.write_string(row, at, inert(text), plain)
        for outcome in part.workbook.outcomes:
            if outcome.rule in columns:
                sheet.write_string(row, columns[outcome.rule], SYMBOLS[outcome.status], looks[outcome.status])
    last = _TOP + max(len(arrangement.parts), 1)
    sheet.autofilter(_TOP, 0, last, _LEFT + max(len(rules), 1) - 1)
    sheet.freeze_panes(_TOP + 1, _LEFT)
    sheet.repeat_rows(_TOP)
    sheet.repeat_columns(0, _LEFT - 1)
