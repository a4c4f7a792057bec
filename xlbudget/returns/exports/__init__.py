"""Exports of other systems: recognised by their tables, read row by row, accounted for to the last amount."""
