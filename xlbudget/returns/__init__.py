"""I read what comes back, and judge nothing."""
