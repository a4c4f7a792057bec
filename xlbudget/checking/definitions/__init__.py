"""Definitions checked: lint, and the worked examples of the rules."""
