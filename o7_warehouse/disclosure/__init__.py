"""Disclosure control of an edition: which figures are told, and why nobody can compute the others (design §9)."""
