"""Simulation of what follows a message: clocks, scheduled events, delivery profiles, magic recipients."""

from .simulation import Simulation

__all__ = ["Simulation"]
