"""Every error this package raises.

SimulatorError
├── RequestError   the caller asked for a world that cannot be made
└── TargetError    the folder or database cannot take the world
"""

from __future__ import annotations


class SimulatorError(Exception):
    """Any failure of the simulator; the message says what was found, why it stops us and what to do."""


class RequestError(SimulatorError):
    """The caller asked for a world that cannot be made."""


class TargetError(SimulatorError):
    """The folder or database cannot take the world."""
