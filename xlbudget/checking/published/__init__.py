"""Rules over documents and workbooks of printed values."""
