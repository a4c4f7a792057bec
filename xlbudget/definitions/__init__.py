"""I read what finance wrote (TOML, CSV, text), never a workbook."""
