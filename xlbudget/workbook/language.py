"""The formula language of the definitions: parse, rewrite, and show.

Formulas are written as Excel writes them, with names in place of addresses::

    [@合计]                     this row's cell of the current table
    基本支出[@本年合计]          the same row of another table
    功能科目[编码]               a whole column
    F1.本年收入合计[收入]         a fixed line's cell;  F1.甲:乙[收入]  a run of lines
    本年收入合计                 a line of the same form, in the column being filled

Only functions on which Excel, WPS, LibreOffice and the recalculation engine agree are
part of the language. ``PRIOR([@x])`` is the value one row up (0 in the first row),
``LAST(T[x])`` the last row's, ``CAPACITY(T)`` the number of rows of open rows.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar


class FormulaSyntaxError(ValueError):
    """A formula that does not follow the grammar; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, as written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """A text in double quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference by name.

    ``row`` marks ``[@column]``. ``name`` is a table, a line or a constant; which of them is
    decided by the names of the template. ``last`` ends a run of lines.
    """

    form: str = ""
    name: str = ""
    last: str = ""
    column: str = ""
    row: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A binary operator; a leading minus is ``0 - x``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class RowCell:
    """Bound reference: the cell of ``table`` in the current row."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class ColumnRange:
    """Bound reference: all rows of a column of ``table``."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class LineCells:
    """Bound reference: the cells of fixed lines ``first`` to ``last`` in one column of ``table``."""

    table: str
    first: str
    last: str
    column: str


Bound = RowCell | ColumnRange | LineCells
Node = Number | Text | Reference | Call | Operation | RowCell | ColumnRange | LineCells

FUNCTIONS = {
    "SUM": (1, 30),
    "SUMIFS": (3, 9),
    "COUNTIF": (2, 2),
    "IF": (3, 3),
    "AND": (1, 30),
    "OR": (1, 30),
    "ABS": (1, 1),
    "IFERROR": (2, 2),
    "INDEX": (2, 2),
    "MATCH": (3, 3),
    "PRIOR": (1, 1),
    "LAST": (1, 1),
    "CAPACITY": (1, 1),
}
"""Functions of the language with their least and greatest number of arguments."""

COMPARISONS = ("<=", ">=", "<>", "=", "<", ">")

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?)(?!\w)
    | "(?P<text>(?:[^"]|"")*)"
    | (?P<name>[^\W\d]\w*)
    | (?P<sign><=|>=|<>|[-+*/&=<>(),.:@\[\]])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


def _tokens(text: str) -> list[_Token]:
    """Split ``text``; FormulaSyntaxError at the first character that fits no token."""
    result: list[_Token] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise FormulaSyntaxError(f"无法识别第 {position + 1} 个字符“{stripped[position]}”")
        kind = str(match.lastgroup)
        result.append(_Token(kind, match.group(kind), match.start(kind)))
        position = match.end()
    result.append(_Token("end", "", len(stripped)))
    return result


class _Parser:
    """Recursive descent over the tokens, loosest operator first."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def peek(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def accept(self, *signs: str) -> str:
        token = self.peek()
        if token.kind == "sign" and token.text in signs:
            self.at += 1
            return token.text
        return ""

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            found = self.peek().text or "公式结尾"
            raise FormulaSyntaxError(f"第 {self.peek().start + 1} 个字符处应为“{sign}”，却是“{found}”")

    def name(self) -> str:
        token = self.take()
        if token.kind != "name":
            found = token.text or "公式结尾"
            raise FormulaSyntaxError(f"第 {token.start + 1} 个字符处应为名称，却是“{found}”")
        return token.text

    def whole(self) -> Node:
        node = self.binary(0)
        if self.peek().kind != "end":
            token = self.peek()
            raise FormulaSyntaxError(f"第 {token.start + 1} 个字符处多出“{token.text}”")
        return node

    LEVELS = (COMPARISONS, ("&",), ("+", "-"), ("*", "/"))

    def binary(self, level: int) -> Node:
        if level == len(self.LEVELS):
            return self.unary()
        node = self.binary(level + 1)
        while sign := self.accept(*self.LEVELS[level]):
            node = Operation(sign, node, self.binary(level + 1))
        return node

    def unary(self) -> Node:
        if self.accept("-"):
            return Operation("-", Number(Decimal(0)), self.unary())
        return self.atom()

    def atom(self) -> Node:
        token = self.peek()
        if token.kind == "number":
            self.take()
            return Number(Decimal(token.text))
        if token.kind == "text":
            self.take()
            return Text(token.text.replace('""', '"'))
        if self.accept("("):
            node = self.binary(0)
            self.expect(")")
            return node
        if self.accept("["):
            return self.row_column("")
        name = self.name()
        if self.accept("("):
            return self.call(name)
        return self.reference(name)

    def row_column(self, table: str) -> Reference:
        """Read the rest of ``table[…``: a row cell or a whole column (or a line's column)."""
        row = bool(self.accept("@"))
        column = self.name()
        self.expect("]")
        if not row and not table:
            raise FormulaSyntaxError(f"“[{column}]”前缺少表名；本行单元格写作“[@{column}]”")
        return Reference(name=table, column=column, row=row)

    def reference(self, name: str) -> Reference:
        form, last = "", ""
        if self.accept("."):
            form, name = name, self.name()
        if self.accept(":"):
            last = self.name()
        if not self.accept("["):
            return Reference(form=form, name=name, last=last)
        if not form and not last:
            return self.row_column(name)
        column = self.name()
        self.expect("]")
        return Reference(form=form, name=name, last=last, column=column)

    def call(self, name: str) -> Call:
        if name not in FUNCTIONS:
            raise FormulaSyntaxError(f"不能使用函数 {name}；可用的函数：{'、'.join(sorted(FUNCTIONS))}")
        arguments: list[Node] = []
        if not self.accept(")"):
            arguments.append(self.binary(0))
            while self.accept(","):
                arguments.append(self.binary(0))
            self.expect(")")
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise FormulaSyntaxError(f"函数 {name} 应有 {least} 到 {most} 个参数，现有 {len(arguments)} 个")
        return Call(name, tuple(arguments))


@lru_cache(maxsize=8192)
def parse(text: str) -> Node:
    """Return the tree of a formula; FormulaSyntaxError says in Chinese where it breaks the grammar."""
    return _Parser(text).whole()


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node."""
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Operation):
        return (node.left, node.right)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def transform(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Rebuild the tree; where ``change`` returns a node, that one stands in place of the old.

    A tree in which nothing changes is returned itself.
    """
    changed = change(node)
    if changed is not None:
        return changed
    if isinstance(node, Call):
        arguments = tuple([transform(argument, change) for argument in node.arguments])
        same = all(map(operator.is_, arguments, node.arguments))
        return node if same else replace(node, arguments=arguments)
    if isinstance(node, Operation):
        left, right = transform(node.left, change), transform(node.right, change)
        same = left is node.left and right is node.right
        return node if same else replace(node, left=left, right=right)
    return node


_BINDING = {sign: level for level, signs in enumerate(_Parser.LEVELS) for sign in signs}


def show(node: Node, reference: Callable[[Reference | Bound], str]) -> str:
    """Write the tree as formula text; ``reference`` writes references (as names or as addresses)."""
    return "".join(shown(node, lambda part: (reference(part),)))


P = TypeVar("P")


def shown(node: Node, reference: Callable[[Reference | Bound], Iterable[str | P]]) -> Iterator[str | P]:
    """Yield the formula text of a tree piece by piece; ``reference`` gives the pieces of a reference."""
    if isinstance(node, Number):
        yield format(node.value, "f")
    elif isinstance(node, Text):
        yield '"' + node.value.replace('"', '""') + '"'
    elif isinstance(node, Reference | RowCell | ColumnRange | LineCells):
        yield from reference(node)
    elif isinstance(node, Call):
        yield f"{node.function}("
        for at, argument in enumerate(node.arguments):
            yield "," if at else ""
            yield from shown(argument, reference)
        yield ")"
    else:
        left, right = node.left, node.right
        looser = isinstance(left, Operation) and _BINDING[left.operator] < _BINDING[node.operator]
        yield "(" if looser else ""
        yield from shown(left, reference)
        yield ")" if looser else ""
        yield node.operator
        looser = isinstance(right, Operation) and _BINDING[right.operator] <= _BINDING[node.operator]
        yield "(" if looser else ""
        yield from shown(right, reference)
        yield ")" if looser else ""


def written(reference: Reference | Bound) -> str:
    """Write a reference as finance staff write it."""
    if isinstance(reference, RowCell):
        return f"{reference.table}[@{reference.column}]"
    if isinstance(reference, ColumnRange):
        return f"{reference.table}[{reference.column}]"
    if isinstance(reference, LineCells):
        run = reference.first if reference.first == reference.last else f"{reference.first}:{reference.last}"
        return f"{reference.table}.{run}[{reference.column}]"
    at = "@" if reference.row else ""
    text = f"{reference.form}." if reference.form else ""
    text += reference.name
    text += f":{reference.last}" if reference.last else ""
    return text + (f"[{at}{reference.column}]" if reference.column else "")
