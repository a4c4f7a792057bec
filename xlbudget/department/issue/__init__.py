"""Issue: workbooks and papers for each unit, filled or blank."""
