"""``T/snapshots``: what a tenant has, put by under a name, to come back to."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from messaging_double.models.xml_text import NOT_XML
from messaging_double.server.control.answers import json_answer, no_content
from messaging_double.server.control.operations import TENANT, Ask, Operation
from messaging_double.server.control.problems import Problem
from messaging_double.server.shapes.objects import ListOf, Member, Object
from messaging_double.server.shapes.values import Moment, Number, Text, as_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from messaging_double.server.access import Access
    from messaging_double.storage import Storage

_NAME = "default"

_SNAPSHOT = Object(
    "Snapshot",
    (
        Member("name", Text(_NAME), of=attrgetter("name")),
        Member("taken", Moment(), of=attrgetter("taken")),
        Member("messages", Number(0), "How many, of the outbox and of the inbox.", of=attrgetter("messages")),
    ),
    shown=True,
)
_SNAPSHOTS = Object("Snapshots", (Member("snapshots", ListOf(_SNAPSHOT), "The earliest first."),), shown=True)
_NEW = Object(
    "NewSnapshot",
    (Member("name", Text(_NAME, empty=False), f"'{_NAME}' unless said otherwise."),),
    {"name": "logged-in"},
)


class SnapshotResources:
    """Snapshots of everything that a tenant has but its journal."""

    def __init__(self, storage: Storage, access: Access) -> None:
        """Keep them in ``storage``, by the time that ``access`` goes by."""
        self._storage = storage
        self._access = access

    def operations(self) -> list[Operation]:
        """Return what can be asked."""
        all_of_them = f"{TENANT}/snapshots"
        one = f"{all_of_them}/{{name}}"
        take = "Put by what the tenant has, but for its journal; a snapshot of that name is replaced."
        restore = "Go back to it: what the tenant has now, but for its journal, is gone."
        return [
            Operation("GET", all_of_them, "listSnapshots", "List them.", self._list, {200: _SNAPSHOTS}),
            Operation(
                "POST", all_of_them, "takeSnapshot", take, self._take, {201: _SNAPSHOT}, body=_NEW, body_required=False
            ),
            Operation("POST", f"{one}/restore", "restoreSnapshot", restore, self._restore, {204: None}),
            Operation("DELETE", one, "deleteSnapshot", "Delete it.", self._delete, {204: None}),
        ]

    def _list(self, ask: Ask) -> Response:
        with self._storage.reading() as work:
            snapshots = work.snapshots.list(ask.tenant)
        return json_answer({"snapshots": [_SNAPSHOT.show(each) for each in snapshots]})

    def _take(self, ask: Ask) -> Response:
        name = (ask.body or {}).get("name", _NAME)
        if "/" in name:  # no WSGI server tells %2F in a URL from a slash
            raise Problem(400, f"name is {as_json(name)}", f"a name without slashes was expected: {as_json(_NAME)}")
        with self._storage.writing() as work:
            work.snapshots.take(ask.tenant, name, self._access.now(ask.tenant))
            (taken,) = (each for each in work.snapshots.list(ask.tenant) if each.name == name)
        return json_answer(_SNAPSHOT.show(taken), status=201)

    def _restore(self, ask: Ask) -> Response:
        name = _name_in(ask)
        with self._storage.writing() as work:
            if not work.snapshots.restore(ask.tenant, name):
                raise _absent(ask)
        return no_content()

    def _delete(self, ask: Ask) -> Response:
        name = _name_in(ask)
        with self._storage.writing() as work:
            if not work.snapshots.delete(ask.tenant, name):
                raise _absent(ask)
        return no_content()


def _name_in(ask: Ask) -> str:
    """Return the name in the URL.  Raises ``Problem`` (404) for one that no snapshot can have."""
    name: str = ask.path["name"]
    if NOT_XML.search(name):
        raise _absent(ask)
    return name


def _absent(ask: Ask) -> Problem:
    error = f"tenant '{ask.tenant}' has no snapshot '{ask.path['name']}'"
    return Problem(404, error, f"those that it has are at /_mock/v1/tenants/{ask.tenant}/snapshots")
