"""`python -m o7_warehouse`, which `./o7` runs."""

from __future__ import annotations

from o7_warehouse.cli import main

if __name__ == "__main__":
    main()
