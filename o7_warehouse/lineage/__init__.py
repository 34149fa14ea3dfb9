"""Lineage: which column of the source each column of the warehouse, and each printed figure, is made of."""
