"""Bounds that the wire and the settings share."""

from __future__ import annotations

MOST_MESSAGES = 65_536
"""Messages of a list, as many as a SOAP call may have: to write them takes seconds in which no call is answered."""
