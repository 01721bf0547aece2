"""What the double makes up in place of the real service: time, ids, and what follows a message."""

from .simulation import Simulation

__all__ = ["Simulation"]
