"""The answers of rules: ``rules.add(actions.http(503, retry_after=2), times=2)``.

They are dicts as the control API takes them; ``|`` combines two: ``actions.wire("malformed") | actions.delay("2s")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .values import length_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging_double.models.control.values import StatusName, WireFault

    from .values import Profile, Side, Time

Action = dict[str, Any]


def error(message: str | None = None, *, type: str | None = None, friendly_text: str | None = None) -> Action:  # noqa: A002
    """Answer with an error in-band; ``type`` is its ExceptionType."""
    return {"error": _given(message=message, type=type, friendlyText=friendly_text)}


def fault(text: str | None = None, *, subcode: str | None = None, side: Side | None = None) -> Action:
    """Answer with a SOAP fault; ``side`` is Receiver or Sender."""
    return {"fault": _given(text=text, subcode=subcode, side=side)}


def http(
    status: int,
    *,
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    content_type: str | None = None,
) -> Action:
    """Answer with a bare HTTP status."""
    more = _given(retryAfter=retry_after, headers=headers, body=body, contentType=content_type)
    return {"http": status, **more}


def wire(name: WireFault) -> Action:
    """Break the answer on the wire: ``reply-lost``, ``truncated`` …; ``double.faults()`` lists all."""
    return {"wire": name}


def status(status: int | StatusName | None = None, description: str | None = None) -> Action:
    """Give the messages this last status, a number or a name; ``sent`` where only a description is given."""
    return {"status": _given(status=status, description=description)}


def profile(name: Profile) -> Action:
    """Deliver the messages by this profile."""
    return {"profile": name}


def delay(time: Time) -> Action:
    """Answer this much later."""
    return {"delay": length_of(time)}


def drip(bytes: int, every: Time) -> Action:  # noqa: A002 (the API's name)
    """Send the answer in pieces of this many bytes, with this pause between them."""
    return {"drip": {"bytes": bytes, "every": length_of(every)}}


def processed(carried_out: bool = True) -> Action:  # noqa: FBT001, FBT002 (reads as a sentence)
    """Combined with another answer: carry the call out, or not, however it is answered."""
    return {"processed": carried_out}


def as_usual() -> Action:
    """Answer as without a rule: for a place in a sequence."""
    return {"pass": True}


def _given(**members: Any) -> dict[str, Any]:  # noqa: ANN401
    return {name: value for name, value in members.items() if value is not None}
