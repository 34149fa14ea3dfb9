"""A month in minutes: nights of a synthetic О7 and everything that goes wrong on the way, held against the truth."""
