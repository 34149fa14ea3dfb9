"""Erasure of persons: out of every layer, every history and every file, with proof and an act (domain §6)."""
