"""Editions: the reports of a period, frozen, approved by two people, issued once and never changed (design §8)."""
