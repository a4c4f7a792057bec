"""The department: all units issued to, collected, joined, compared, traced."""
