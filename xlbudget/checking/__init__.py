"""Checking: from a definition or a return to findings; no report format."""
