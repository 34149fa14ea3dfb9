"""Ratios to a stated limit, measured in one run (never timed tests)."""
