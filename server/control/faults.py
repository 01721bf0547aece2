"""The control API's faults: what can go wrong on purpose, and how a rule says it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from messaging_double.models.faults import FAULTS
from messaging_double.server.control.answers import json_answer
from messaging_double.server.control.operations import Ask, Operation
from messaging_double.server.shapes.objects import ListOf, MapOf, Member, Object
from messaging_double.server.shapes.values import Switch, Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_FAULT = Object(
    "Fault",
    (
        Member("name", Text("reply-lost"), of=attrgetter("name")),
        Member("then", MapOf(), "How a rule says it.", of=attrgetter("then")),
        Member("processed", Switch(), "Whether the operation is carried out nevertheless.", of=attrgetter("processed")),
        Member("does", Text(), of=attrgetter("does")),
        Member("seen", Text(), "What a client reports.", of=attrgetter("seen")),
        Member("needsServe", Switch(), "Whether only the embedded server can do it.", of=attrgetter("needs_wire")),
    ),
    shown=True,
)
_FAULTS = Object("Faults", (Member("faults", ListOf(_FAULT)),), shown=True)


class FaultResources:
    """``/_mock/v1/faults``."""

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        return [
            Operation(
                "GET",
                "/_mock/v1/faults",
                "listFaults",
                "List what can go wrong on purpose, and how a rule says it.",
                self._list,
                {200: _FAULTS},
            )
        ]

    def _list(self, _: Ask) -> Response:
        return json_answer({"faults": [_FAULT.show(each) for each in FAULTS]})
