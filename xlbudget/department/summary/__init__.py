"""The department summary: accepted returns joined, with live formulas."""
