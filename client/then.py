"""The answers of rules: ``rules.add(then=then.http(503, retry_after=2), times=2)``.

They are plain dicts as the control API takes them; ``|`` puts two together:
``then.wire("malformed") | then.delay("2s")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .names import length_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .names import Time

Then = dict[str, Any]


def error(message: str | None = None, *, type: str | None = None, friendly_text: str | None = None) -> Then:  # noqa: A002
    """Answer with an error in-band; ``type`` is its ExceptionType."""
    return {"error": _said(message=message, type=type, friendlyText=friendly_text)}


def fault(text: str | None = None, *, subcode: str | None = None, side: str | None = None) -> Then:
    """Answer with a SOAP fault; ``side`` is Receiver or Sender."""
    return {"fault": _said(text=text, subcode=subcode, side=side)}


def http(
    status: int,
    *,
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    content_type: str | None = None,
) -> Then:
    """Answer with a bare HTTP status."""
    more = _said(retryAfter=retry_after, headers=headers, body=body, contentType=content_type)
    return {"http": status, **more}


def wire(name: str) -> Then:
    """Break the answer on the wire: ``reply-lost``, ``truncated`` …; ``double.faults()`` lists all."""
    return {"wire": name}


def status(status: int | str | None = None, description: str | None = None) -> Then:
    """Give the messages this last status, a number or a name; ``sent`` where only a description is said."""
    return {"status": _said(status=status, description=description)}


def profile(name: str) -> Then:
    """Let the messages be delivered by this profile."""
    return {"profile": name}


def delay(time: Time) -> Then:
    """Answer so much later."""
    return {"delay": length_of(time)}


def drip(bytes: int, every: Time) -> Then:  # noqa: A002 (the API's name)
    """Send the answer in pieces of so many bytes, with this pause between them."""
    return {"drip": {"bytes": bytes, "every": length_of(every)}}


def processed(carried_out: bool = True) -> Then:  # noqa: FBT001, FBT002 (reads as a sentence)
    """Beside another answer: carry the call out, or not, however it is answered."""
    return {"processed": carried_out}


def as_usual() -> Then:
    """Answer as without a rule: for a place in a list."""
    return {"pass": True}


def _said(**members: Any) -> dict[str, Any]:  # noqa: ANN401
    return {name: value for name, value in members.items() if value is not None}
