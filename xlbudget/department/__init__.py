"""I know all units: issue, collect, join, compare, trace."""
