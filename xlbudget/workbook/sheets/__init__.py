"""Generation: the sheets of a workbook that is issued."""
