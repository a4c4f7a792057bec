"""Conclusions are kept with what they are about: drawn once, told apart by who draws them."""

from __future__ import annotations

from xlbudget.model import Memo, Memos


def test_a_conclusion_is_drawn_once_even_where_it_is_nothing() -> None:
    drawn: list[str] = []

    def nothing() -> None:
        drawn.append("drawn")

    memo, memos = Memo[None](), Memos()
    memo.of(memos, "row 1", nothing)
    memo.of(memos, "row 1", nothing)
    assert drawn == ["drawn"]


def test_two_kinds_of_conclusion_about_one_thing_do_not_meet() -> None:
    memos = Memos()
    counted, named = Memo[int](), Memo[str]()
    assert (counted.of(memos, "a", lambda: 1), named.of(memos, "a", lambda: "one")) == (1, "one")
    assert (counted.of(memos, "a", lambda: 2), named.of(memos, "a", lambda: "two")) == (1, "one")
    assert counted.of(memos, "b", lambda: 2) == 2


def test_a_conclusion_goes_with_the_thing_that_it_is_about() -> None:
    memo = Memo[int]()
    assert memo.of(Memos(), "a", lambda: 1) == 1
    assert memo.of(Memos(), "a", lambda: 2) == 2
