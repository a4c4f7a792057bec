"""I know bytes and Office formats, and nothing of budgets."""
