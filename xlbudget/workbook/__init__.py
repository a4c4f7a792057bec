"""I am our workbook before anyone fills it in: formula language, layout, calculation, sheets."""
