"""The journal: requests and their responses, the messages that these sent, and the rules that they met."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, field

from .messages import Page
from .values import ResponseBody, Time, about


class HttpMessage(ResponseBody):
    """A request or a response, as lists show it."""

    size: Annotated[int, about("How many bytes there were, head and body.")] = field(name="bytes")
    cut: Annotated[bool, about("Whether the journal keeps only a part of them.")]


class Header(ResponseBody):
    """An HTTP header."""

    name: str
    value: str


class HttpMessageDetail(HttpMessage):
    """A request or a response by itself."""

    line: Annotated[str, about("The request line or the status line; empty if there was none.")]
    headers: Annotated[
        list[Header], about("The headers in the order received; tickets, tokens, keys and cookies are masked.")
    ]
    raw: Annotated[str, about("The path of the raw bytes.")]
    body: Annotated[str, about("The path of the raw bytes of the body, without its framing.")]


class _Exchange(ResponseBody):
    id: Annotated[int, about("From 1, in the order of the responses.")]
    at: Annotated[Time, about("When the request had arrived, or was refused, by the tenant's clock.")]
    received: Annotated[Time, about("The same by the machine's clock, as the log has it.")]
    request_id: Annotated[str | None, about("As the log has it, and refusals in X-Messaging-Double-Request-Id.")]
    peer: Annotated[str | None, about("The client's address and port; no port if a proxy forwards the address.")]
    method: Annotated[str | None, about("null if the request was too broken to tell.")]
    target: Annotated[str | None, about("Path and query as received.")]
    status: Annotated[int | None, about("The HTTP status; null if no response was sent.")]
    duration_ms: float
    services: str | None
    operation: str | None
    messages: Annotated[int | None, about("How many messages the call carried, if known.")]
    notes: Annotated[list[str], about("What was tolerated, what the real service would have answered, what was wrong.")]
    refused: Annotated[str | None, about("Why the call was not served, or was answered Succeeded=false.")]
    rule: Annotated[str | None, about("The rule that decided the response.")]
    fault: Annotated[str | None, about("The injected fault.")]


class Exchange(_Exchange):
    """A request and its response, as lists show them."""

    request: HttpMessage
    response: HttpMessage

    def __repr__(self) -> str:
        """Return it in a line."""
        return f"<Exchange {self.id} {self.method} {self.target} {self.operation} status={self.status}>"


class ExchangeDetail(_Exchange):
    """A request and its response."""

    request: HttpMessageDetail
    response: HttpMessageDetail


class ExchangePage(Page):
    """A page of the journal, newest first."""

    exchanges: list[Exchange]
    evicted: Annotated[int, about("How many older exchanges were dropped to keep within the journal's limits.")]
    lost: Annotated[int, about("How many exchanges this process could not write: the database was locked, or failed.")]


class ComparedCriterion(ResponseBody):
    """One criterion of a rule, compared with a call."""

    criterion: Annotated[str, Meta(description="The member of the rule's when.", examples=["to"])]
    expected: Annotated[Any, about("What the rule asks for.")]
    actual: Annotated[Any, about("What the call has; of its messages the one that matches most.")]
    matched: bool


class ComparedRule(ResponseBody):
    """A rule, compared with a call."""

    name: str
    state: Annotated[Literal["active", "exhausted", "expired"], about("The state now.")]
    matched: Annotated[bool, about("Whether the call matches all criteria.")]
    criteria: list[ComparedCriterion]


class ComparedRules(ResponseBody):
    """The rules of a tenant, compared with a call."""

    rules: Annotated[list[ComparedRule], about("In their order; empty if the request was not a call.")]


class ExchangeOfMessage(ResponseBody):
    """The call that a message was sent by."""

    exchange: Annotated[Exchange | None, about("null if the journal does not have it any more.")]
