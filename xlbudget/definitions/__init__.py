"""Definitions: what finance wrote, read from TOML, CSV and text; never a workbook."""
