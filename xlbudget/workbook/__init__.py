"""The workbook before anyone fills it in: formula language, layout, calculation, sheets."""
