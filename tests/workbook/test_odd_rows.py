"""Rows out of the ordinary come to what the ``formulas`` engine makes of them, whatever the operands."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.random_entries import SMALL

from xlbudget import WorkbookTemplate
from xlbudget.model import ErrorValue
from xlbudget.workbook.calculation.engine import by_engine
from xlbudget.workbook.calculation.kept_plans import plan_of
from xlbudget.workbook.calculation.odd_rows import odd_row
from xlbudget.workbook.calculation.row_functions import each_row, row_function
from xlbudget.workbook.calculation.shapes import ROW_FUNCTIONS, Shapes
from xlbudget.workbook.language import Call, Node, Number, Operation, RowCell, Text, show

OPERATORS = ["+", "-", "*", "/", "&", "=", "<>", "<", "<=", ">", ">="]
LETTERS = ("A1", "B1", "C1")
ERRORS = [ErrorValue(text) for text in ("#N/A", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#NUM!", "#NULL!")]
TEXTS = ["", " ", "A", "a", "ab", "项目", "约12", "12", " 12 ", "-3.5", "1e3", "1e400", "inf", "nan", "TRUE"]
TEXTS += ["1,234.5", "50%", "2023-1-1", "243001/0001", "１２", "1_000"]
NUMBERS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e15, 1e16, 1e22, 1.5e300, -1e-300, 1e-7, 12.0]
KINDS: list[Any] = [None, True, False, *ERRORS, *TEXTS, *NUMBERS]


def nodes(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(
            Operation,
            st.sampled_from(OPERATORS),
            leaves,
            leaves,
        ),
        st.builds(lambda one: Call("ABS", (one,)), leaves),
        st.builds(lambda one, other: Call("IFERROR", (one, other)), leaves, leaves),
        st.builds(lambda *parts: Call("IF", parts), leaves, leaves, leaves),
    )


LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.sampled_from([RowCell(letter, "") for letter in LETTERS]),
    st.sampled_from([Number(number) for number in map(Decimal, ("0", "1", "2.5"))]),
    st.sampled_from([Text(""), Text("项目"), Text("12")]),
)
FORMULAS = nodes(st.recursive(LEAVES, nodes, max_leaves=5))
OPERANDS = st.one_of(
    st.sampled_from(KINDS),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet="aB1.项 -e", max_size=4),
)


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two values are the same: numbers without regard to int and float, bit for bit but for -0."""
    expected = float(theirs) if type(theirs) is int else theirs
    return type(ours) is type(expected) and bool(ours == expected)


def test_every_kind_of_operand_beside_every_other_for_each_operator_and_function() -> None:
    a, b = (RowCell(letter, "") for letter in LETTERS[:2])
    formulas: list[Node] = [Operation(sign, a, b) for sign in OPERATORS]
    formulas += [Call("IF", (a, b, Text("else"))), Call("IF", (a, Text("then"), b)), Call("IFERROR", (a, b))]
    formulas += [Call("ABS", (Operation("&", a, b),)), Operation("&", Call("ABS", (a,)), b)]
    rows = list(itertools.product(KINDS, repeat=2))
    columns = list(zip(*rows, strict=True))
    for node in formulas:
        text = show(node, lambda part: part.table if isinstance(part, RowCell) else "")
        theirs = by_engine(text, columns, len(rows))
        for row, value in zip(rows, theirs, strict=True):
            ours = odd_row(node, dict(zip(LETTERS, row, strict=False)))
            assert alike(ours, value), (text, row, ours, value)
    assert len(rows) * len(formulas) > 25_000


@settings(max_examples=150, deadline=None)
@given(FORMULAS, st.lists(st.tuples(OPERANDS, OPERANDS, OPERANDS), min_size=8, max_size=8))
@example(Call("IFERROR", (RowCell("A1", ""), Text("x"))), [(None, None, None)])
@example(Operation("&", Operation("*", RowCell("A1", ""), RowCell("B1", "")), Text("")), [(-0.0, 1.0, None)])
def test_formulas_of_any_build_come_to_what_the_engine_makes_of_them(
    node: Node, rows: list[tuple[Any, Any, Any]]
) -> None:
    shape = Shapes().of(node)
    if not shape.leaves:
        return
    places = [LETTERS.index(leaf.table) for leaf in shape.leaves if isinstance(leaf, RowCell)]
    columns = [[row[at] for row in rows] for at in places]
    for at, value in enumerate(by_engine(shape.text, columns, len(rows))):
        ours = odd_row(node, dict(zip(LETTERS, rows[at], strict=True)))
        assert alike(ours, value), (shape.text, rows[at], ours, value)


def test_the_formulas_of_the_template_over_random_operands(template: WorkbookTemplate) -> None:
    plan, chance = plan_of(template, SMALL), random.Random(19)
    found = [
        group.node
        for group in plan.steps
        if isinstance(group.node, Operation)
        or (isinstance(group.node, Call) and group.node.function in ROW_FUNCTIONS)
    ]
    shapes = {shape.text: shape for shape in map(plan.formulas.shapes.of, found)}
    for text, shape in shapes.items():
        if not shape.leaves:
            continue
        rows = [[chance.choice(KINDS) for _ in shape.leaves] for _ in range(60)]
        for row, value in zip(rows, by_engine(text, list(zip(*rows, strict=True)), len(rows)), strict=True):
            ours = odd_row(shape.node, dict(zip(shape.letters, row, strict=True)))
            assert alike(ours, value), (text, row, ours, value)
    assert len(shapes) > 20


@settings(max_examples=200, deadline=None)
@given(FORMULAS, st.tuples(OPERANDS, OPERANDS, OPERANDS))
def test_the_quick_way_gives_the_same_where_it_gives_anything(node: Node, row: tuple[Any, Any, Any]) -> None:
    ours, left = each_row(row_function(node, LETTERS), [[value] for value in row], 1)
    if not left:
        assert alike(odd_row(node, dict(zip(LETTERS, row, strict=True))), ours[0])


def test_what_is_no_formula_of_a_row_is_refused() -> None:
    with pytest.raises(TypeError):
        odd_row(Call("MATCH", (RowCell("A1", ""),)), {"A1": 1.0})
