"""Finding mistakes in what rules say of codes that go together: columns, codes on their lists, kinds."""

from __future__ import annotations

from collections.abc import Sequence

from xlbudget.definitions.toml_items import Problems
from xlbudget.model import CodePairing, Column, ColumnKind, EntrySheet, Rule, WorkbookTemplate
from xlbudget.model.words import nearest


def lint_pairings(template: WorkbookTemplate, problems: Problems) -> None:
    """Add what is wrong with the pairings of rules: they speak of entry columns, of codes on their lists."""
    ledgers = {entry.id: entry for entry in template.entries if entry.is_ledger}
    for rule in template.rules:
        if rule.pairing is not None:
            _pairing(template, problems, rule, rule.pairing, ledgers)


def _pairing(
    template: WorkbookTemplate,
    problems: Problems,
    rule: Rule,
    pairing: CodePairing,
    ledgers: dict[str, EntrySheet],
) -> None:
    def wrong(message: str) -> None:
        problems.add(pairing.source, f"规则 {rule.id} 的 pairing：{message}")

    if pairing.table not in ledgers:
        wrong(f"“{pairing.table}”不是没有固定行的录入表{nearest(pairing.table, ledgers)}")
        return
    columns = {column.key: column for column in ledgers[pairing.table].columns if column.entry}
    for key, codes in ((pairing.column, pairing.codes), (pairing.beside, pairing.among)):
        for message in _codes(template, pairing.table, columns, key, codes):
            wrong(message)
    amount = columns.get(pairing.amount)
    if amount is None or amount.kind is not ColumnKind.AMOUNT:
        amounts = [key for key, column in columns.items() if column.kind is ColumnKind.AMOUNT]
        wrong(f"amount“{pairing.amount}”不是“{pairing.table}”的金额列{nearest(pairing.amount, amounts)}")
    for code, kinds in pairing.kinds.items():
        if code not in pairing.among:
            wrong(f"kinds 里的“{code}”不在 among 里{nearest(code, pairing.among)}")
        for kind in kinds:
            if kind not in template.kinds:
                wrong(f"没有“{kind}”这种单位性质{nearest(kind, template.kinds)}")


def _codes(
    template: WorkbookTemplate, table: str, columns: dict[str, Column], key: str, codes: Sequence[str]
) -> list[str]:
    """Return what is wrong with one of the two columns and the codes named for it."""
    column = columns.get(key)
    if column is None or column.kind is not ColumnKind.CODE:
        known = [name for name, column in columns.items() if column.kind is ColumnKind.CODE]
        return [f"“{key}”不是“{table}”的编码列{nearest(key, known)}"]
    if column.catalogue and column.catalogue not in {catalogue.id for catalogue in template.catalogues}:
        return []  # said where the column is
    if not codes:
        return [f"没有写“{key}”有哪些编码"]
    listed = template.allowed_values(column)
    return [
        f"“{code}”不在“{key}”的代码表中{nearest(code, listed)}"
        for code in codes
        if listed and code not in listed
    ]
