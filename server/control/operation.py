"""The operations of the control API, declared beside their handlers: what reads a request also documents it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request

V1 = "/_mock/v1"
TENANT = f"{V1}/tenants/{{tenant}}"
"""The beginning of each URL of a tenant."""

NUMBERS = frozenset({"id", "messagingId", "number"})
"""The variable parts of URLs that are whole numbers."""

TEXTS = frozenset({"sessionKey"})
"""Those at the end of a URL that are any text: no WSGI server distinguishes its ``%2F`` from a slash."""

_F = TypeVar("_F", bound="Callable[..., Any]")


@dataclass(frozen=True, eq=False)  # operations share a parameter by identity
class Parameter:
    """A parameter of a query."""

    name: str
    type: Any
    description: str


@dataclass(frozen=True)
class Media:
    """A response that is not JSON."""

    type: str
    description: str


@dataclass
class ControlRequest:
    """A request, read as its operation declares it."""

    request: Request
    tenant: str = ""
    path: Mapping[str, Any] = field(default_factory=dict)
    """The variable parts of the URL except the tenant."""
    query: Mapping[str, Any] = field(default_factory=dict)
    """The parameters that the query has."""
    json: Any = None
    """The JSON of the body."""
    body: Any = None
    """The body as the operation's type; ``None`` if it takes none."""
    admitted: frozenset[str] | None = None
    """The tenants that its token opens; ``None``: all."""


@dataclass(frozen=True, eq=False)
class Operation:
    """A method of a URL."""

    method: str
    path: str
    """With its variable parts in braces."""
    id: str
    """The ``operationId`` in ``openapi.json``."""
    summary: str
    handler: Callable[[ControlRequest], Any]
    """Returns a ``ResponseBody``, ``None`` for no content, a ``Response``, or a ``LongPoll`` of these."""
    responses: Mapping[int, Any]
    """The type, the ``Media`` or ``None`` (no content) of each response that is particular to this operation.
    """
    query: tuple[Parameter, ...] = ()
    body: Any = None
    """The type of the body; ``None``: it takes none."""
    body_required: bool = True
    is_open: bool = False
    """Whether a tenant's token admits to it though its URL names no tenant: it shows nothing of other tenants."""
    needs_journal: bool = False
    """Whether what the journal has still to write is written first: it shows, counts or deletes exchanges."""

    @property
    def status(self) -> int:
        """The status of success."""
        return min(self.responses)

    @property
    def names_item(self) -> bool:
        """Whether its URL names something that may be missing."""
        return self.method != "PUT" and "{" in self.path.replace("{tenant}", "")


def operation(  # noqa: PLR0913 (the parts of an operation)
    route: str,
    id: str,  # noqa: A002 (OpenAPI's word)
    summary: str,
    returns: Any = None,
    *,
    status: int | None = None,
    body: Any = None,
    body_required: bool = True,
    query: tuple[Parameter, ...] = (),
    others: Mapping[int, Any] = MappingProxyType({}),
    is_open: bool = False,
    needs_journal: bool = False,
) -> Callable[[_F], _F]:
    """Declare a method of a resource as the handler of ``route``, for example ``GET /livez``.

    ``returns`` is the type of its response, sent with 200 (204 if there is none) unless ``status`` says otherwise;
    ``others`` are further responses.
    """
    method, path = route.split(" ")
    first = status or (HTTPStatus.NO_CONTENT if returns is None else HTTPStatus.OK)
    responses: dict[int, Any] = {int(first): returns, **others}

    def declare(handler: _F) -> _F:
        handler.operation = partial(  # type: ignore[attr-defined]
            Operation,
            method,
            path,
            id,
            summary,
            responses=responses,
            query=query,
            body=body,
            body_required=body_required,
            is_open=is_open,
            needs_journal=needs_journal,
        )
        return handler

    return declare


def operations_of(*resources: object) -> list[Operation]:
    """Return the operations of these resources: those of a list, and those that methods declare, in their order."""
    operations: list[Operation] = []
    for resource in resources:
        operations += getattr(resource, "operations", list)()
        declared = ((name, getattr(member, "operation", None)) for name, member in vars(type(resource)).items())
        operations += [make(handler=getattr(resource, name)) for name, make in declared if make is not None]
    return operations
