"""Command line: `python -m o7_simulator`."""

from __future__ import annotations

from o7_simulator.cli import main

if __name__ == "__main__":
    main()
