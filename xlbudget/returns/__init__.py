"""Returns: what comes back is read here, and not judged."""
