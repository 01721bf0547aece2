"""Calls by REST, and what refuses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .answers import Answer
    from .double import Double

JSON = "application/json"
SOURCE = "SuperOffice.Services.Implementation"


def rest(
    double: Double,
    operation: str,
    value: Any = None,
    *,
    tenant: str = "",
    agent: str = "Messaging",
    query: str = "",
    headers: Mapping[str, str | None] | None = None,
) -> Answer:
    """Call an operation; ``value`` is what becomes JSON, or bytes as they are to be sent."""
    prefix = f"/{tenant}" if tenant else ""
    body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
    url = f"{prefix}/api/v1/Agents/{agent}/{operation}{query}"
    return double.request("POST", url, body, {"Content-Type": JSON, "Accept": JSON, **(headers or {})})


def send(double: Double, *messages: Mapping[str, Any], plugin: str = "CM", **how: Any) -> Answer:
    """SendMessages."""
    return rest(double, "SendMessages", {"Plugin": plugin, "OutgoingMessages": list(messages)}, **how)


def assert_exception(answer: Answer, kind: str, *words: str, status: int = 400) -> None:
    """Check that an answer is the error object of an exception of an agent."""
    assert answer.status == status, answer
    error = answer.json
    assert list(error) == ["Error", "ErrorType", "ErrorMessage", "Message", "ErrorSource"]
    assert (error["Error"], error["ErrorType"], error["ErrorSource"]) == (True, kind, SOURCE)
    assert error["ErrorMessage"] == error["Message"]
    for word in words:
        assert word in error["Message"]


def assert_invalid(answer: Answer, status: int, *words: str) -> None:
    """Check that an answer is the object of a request that was no call, and that it says what to do."""
    assert answer.status == status, answer
    assert list(answer.json) == ["Message", "MessageDetail"]
    for word in words:
        assert word in answer.json["MessageDetail"] + answer.json["Message"], answer.json
