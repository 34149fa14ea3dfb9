"""A night over the replica that lands only what changed: by the cursor, and by comparing what is left.

``reading`` decides whether a night is read so, ``land`` finds and lands what changed, ``tonight`` shows the rows a
night stands on, ``suspects``, ``orphans`` and ``volume`` count for the contract checks, ``load`` makes intervals of it,
``promise`` finds what О7 changed without moving its cursor.
"""
