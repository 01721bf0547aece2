"""What the journal keeps of one request and its answer."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the types at run time

from msgspec import Struct
from msgspec.structs import force_setattr


class Wire(Struct, frozen=True, gc=False):
    """Bytes of one direction, as they were on the wire: the head and the body with its framing."""

    raw: bytes
    """As many of them as the journal keeps: all, unless they are over its limit for one exchange. Lists have none."""
    size: int
    """How many there were."""
    kept: int = -1
    """How many the journal has kept."""

    def __post_init__(self) -> None:
        """What is not said is as many as are there."""
        if self.kept < 0:
            force_setattr(self, "kept", len(self.raw))

    @property
    def is_cut(self) -> bool:
        """Whether the journal has not kept all of them."""
        return self.size > self.kept


class Exchange(Struct, frozen=True, gc=False):
    """One request and its answer (ours)."""

    id: int
    """From 1 for each tenant, in the order of the answers; 0 before it was kept."""
    at: datetime
    """When the request had arrived, or was refused before that, by the tenant's clock; UTC."""
    method: str | None
    """``None`` where the request was too broken to read it; so is the next one."""
    target: str | None
    """Path and query as they came."""
    status: int | None
    """Of HTTP; ``None`` if no answer was sent."""
    duration: float
    """Seconds from the whole request to the last byte of the answer; from its first byte if it never was whole."""
    peer: str | None = None
    """The client's ``address:port``."""
    services: str | None = None
    """``Services88``."""
    operation: str | None = None
    messages: int | None = None
    """How many messages it carried, where it is known."""
    notes: tuple[str, ...] = ()
    """What was tolerated, and what the real service would have answered."""
    refused: str | None = None
    """Why it was not served: what was found in a refused, faulty or unmatched request, or why the agent refused it."""
    rule: str | None = None
    """The rule that decided the answer."""
    fault: str | None = None
    """What was broken on purpose."""
    request: Wire = Wire(b"", 0)
    response: Wire = Wire(b"", 0)
    request_id: str | None = None
    """By which the log calls it; ``None`` in a database of an older version."""
    received: datetime | None = None
    """As ``at``, by the machine's clock; ``None`` where the tenant's clock is that one."""
