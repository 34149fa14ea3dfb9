"""Upkeep: what outlives its term goes, copies are made, and a copy is restored to see that it can be."""
