"""A synthetic О7.Образование: a whole republic of pupils with known faults, and the truth about it.

The package is a house of its own. It reads the contract and the catalogues of the project as data and shares
no code with the warehouse, so that the two can disagree.
"""
