"""I go from a definition or a return to findings, and know no report format."""
