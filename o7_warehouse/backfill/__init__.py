"""Backfills: past nights built once more beside what is published, compared, then switched or dropped."""
