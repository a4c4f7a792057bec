"""Files: bytes and Office formats; nothing here knows budgets."""
