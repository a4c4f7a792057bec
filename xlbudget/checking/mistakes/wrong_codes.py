"""Rules about codes that go together: which rows have a code beside one that it does not go with.

Such a rule compares amounts, and amounts are what shows that it fails; but what somebody got wrong is a
code. So the rows are named whose codes do not go together, and the code that would do, never an amount.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlbudget.checking.evidence import Evidence
from xlbudget.model import Cell, CodePairing

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class OddPair:
    """A row whose two codes do not go together: the code to look at, and the one that it stands beside.

    ``fitting`` are the codes that may stand there instead; ``beside_fits`` those that may stand beside it,
    where either of the two may be wrong.
    """

    cell: Cell
    code: str
    beside: Cell
    beside_code: str
    fitting: tuple[str, ...]
    beside_fits: tuple[str, ...] = ()

    @property
    def only(self) -> str | None:
        """The one code that would do, or None."""
        return self.fitting[0] if len(self.fitting) == 1 and not self.beside_fits else None


def odd_pairs(
    evidence: Evidence, pairing: CodePairing, difference: Decimal, *, equal: bool
) -> tuple[OddPair, ...]:
    """Return the rows that make a rule about codes fail; those that explain the sign of the difference first.

    ``difference`` is left − right: above zero there is more under ``codes`` than beside ``among``. ``equal``
    tells whether the rule wants both sides equal; if not, other codes may stand beside ``among`` as well.
    """
    strays = list(_strays(evidence, pairing))
    guests = list(_guests(evidence, pairing)) if equal else []
    return tuple([*strays, *guests] if difference > 0 else [*guests, *strays])


def _strays(evidence: Evidence, pairing: CodePairing) -> Iterator[OddPair]:
    """Yield rows with one of the codes, and beside it none of those that go with it."""
    allowed = _allowed(evidence, pairing.table, pairing.beside)
    kind = "" if evidence.submission.department else evidence.submission.unit.kind
    among = pairing.among_of(kind) if kind else pairing.among
    fitting = tuple(code for code in among if code in allowed)
    for row, code, beside in _rows(evidence, pairing):
        if code in pairing.codes and beside not in pairing.among:
            at, other = (Cell(pairing.table, row, key) for key in (pairing.beside, pairing.column))
            yield OddPair(at, beside, other, code, fitting)


def _guests(evidence: Evidence, pairing: CodePairing) -> Iterator[OddPair]:
    """Yield rows beside one of ``among`` with a code that does not belong there: either may be wrong."""
    allowed = _allowed(evidence, pairing.table, pairing.column)
    fitting = tuple(code for code in pairing.codes if code in allowed)
    for row, code, beside in _rows(evidence, pairing):
        if beside in pairing.among and code not in pairing.codes:
            at, other = (Cell(pairing.table, row, key) for key in (pairing.column, pairing.beside))
            yield OddPair(at, code, other, beside, fitting, pairing.among)


def _rows(evidence: Evidence, pairing: CodePairing) -> Iterator[tuple[int, str, str]]:
    """Yield row, code and the code beside it of rows whose amount counts."""
    rows = sorted(evidence.submission.entries.get(pairing.table, ()), key=lambda row: row.row)
    for row in rows:
        if row.values.get(pairing.amount):
            code, beside = (str(row.values.get(key) or "") for key in (pairing.column, pairing.beside))
            yield row.row, code, beside


def _allowed(evidence: Evidence, table: str, key: str) -> Sequence[str]:
    template, submission = evidence.template, evidence.submission
    column = next(column for column in template.entry(table).columns if column.key == key)
    return template.allowed_values(column, submission.codes, submission.unit.kind)


def odd_pairs_named(evidence: Evidence, pairs: Sequence[OddPair]) -> str:
    """Return the rows in words and which code would do; the first is where the words before have led."""
    words = [
        (f"{evidence.place(pair.cell).where} " if at else "") + _named(evidence, pair)
        for at, pair in enumerate(pairs[:_MOST_NAMED])
    ]
    left = len(pairs) - len(words)
    return "；".join(words) + (f"；另有 {left} 行也不对应" if left else "")


def _named(evidence: Evidence, pair: OddPair) -> str:
    own, other = evidence.place(pair.cell).column, evidence.place(pair.beside).column
    now = f"{own}“{pair.code}”与{other}“{pair.beside_code}”不对应"
    if pair.beside_fits:
        return f"{now}，两个编码有一个可能填错（{own}一般为 {_either(pair.fitting)}）"
    if pair.only is not None:
        return f"{now}，{own}改为“{pair.only}”"
    return f"{now}，{own}可能应为 {_either(pair.fitting)}" if pair.fitting else now


def _either(codes: Sequence[str]) -> str:
    return " 或 ".join(codes)
