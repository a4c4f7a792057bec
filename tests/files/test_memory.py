"""What is remembered between files: only what is met again, and never more than there is room for."""

from __future__ import annotations

import pytest

from xlbudget.files.xlsx import remembered as memory_module
from xlbudget.files.xlsx.remembered import Memory


def test_what_is_met_once_is_not_kept() -> None:
    memory: Memory[str] = Memory(10)
    memory.keep(b"a", "first", 4)
    assert memory.get(b"a") is None
    memory.keep(b"a", "second", 4)
    assert memory.get(b"a") == "second"


def test_there_may_be_room_for_some_at_once() -> None:
    memory: Memory[int] = Memory(10, at_once=4)
    for key in ("a", "b", "c"):
        memory.keep(key, 1, 2)
    assert [memory.get(key) for key in ("a", "b", "c")] == [1, 1, None]
    memory.keep("c", 2, 2)
    assert memory.get("c") == 2


def test_a_full_memory_begins_anew() -> None:
    memory: Memory[int] = Memory(10)
    for number in range(3):
        memory.keep(number, number, 4)
        memory.keep(number, number, 4)
    assert [memory.get(number) for number in range(3)] == [None, None, 2]


def test_what_is_larger_than_the_room_is_never_kept() -> None:
    memory: Memory[int] = Memory(10)
    memory.keep("large", 1, 11)
    memory.keep("large", 1, 11)
    assert memory.get("large") is None


def test_marks_of_what_was_met_once_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_module, "_MET", 3)
    memory: Memory[int] = Memory(10)
    for key in ("a", "b", "c", "d"):
        memory.keep(key, 1, 1)  # the fourth mark finds no room: the first three are forgotten
    memory.keep("a", 1, 1)
    memory.keep("d", 1, 1)
    assert memory.get("a") is None and memory.get("d") == 1
