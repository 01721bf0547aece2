"""The operations of the REST API's agents: readers and writers of their JSON, compiled from the spyne declaration.

Property names of a request are read in any letter case: the vendor's npm package writes camelCase, its documentation
PascalCase. Responses have PascalCase, since that package reads nothing else; TableRight and FieldProperties stand last
and are never left out, as in its captured responses. An unknown property is skipped and noted. A value of another type
is refused in the documented shape, where ASP.NET may convert it (ours).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from messaging_double.models.contract.members import (
    Kind,
    Member,
    attribute_of,
    fields_of,
    item_of,
    members_of,
    record_of,
)
from messaging_double.models.contract.messaging import customer_service_contract, messaging_contract
from messaging_double.models.contract.netserver import Text
from messaging_double.models.contract.principal import principal_contract
from messaging_double.models.texts import NOT_XML
from messaging_double.models.versions import REST
from messaging_double.server.calls.call import MOST_NOTES
from messaging_double.server.did_you_mean import did_you_mean
from messaging_double.server.rest.requests import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messaging_double.server.calls.call import Call

    Reader = Callable[[Any, str, Call], Any]
    Writer = Callable[[Any], Any]

_CONTRACTS = {"Messaging": messaging_contract, "CustomerService": customer_service_contract}
_INT32 = range(-(2**31), 2**31)
_SHOWN = 100
_BASE = ("TableRight", "FieldProperties")
"""The members of the base of most carriers, which stand last in JSON."""
_NOTHING: dict[str, Any] = {"TableRight": None, "FieldProperties": {}}
"""What they are in every response (captured)."""
_JSON_TYPES = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


class RestOperation(NamedTuple):
    """One operation."""

    name: str
    method: str
    """The method of HTTP that calls it."""
    parameters: ParametersReader
    write: Callable[[Any], Any] | None
    """What makes JSON of its result; ``None`` where there is none."""
    description: Mapping[str, Any]
    """What a GET of an agent's operation shows (ours: only that there is a description is documented)."""


class RestService:
    """An agent."""

    def __init__(self, agent: str, operations: list[RestOperation], *, root: str) -> None:
        """Have these operations at URLs that begin with ``root``, below ``/api/v1``."""
        self.agent = agent
        self.root = root
        self.operations = {each.name.lower(): each for each in operations}

    def operation(self, name: str) -> RestOperation | None:
        """Return an operation, its name in any letter case."""
        return self.operations.get(name.lower())

    def hint(self, name: str) -> str:
        """Say which operations there are, and which may have been meant."""
        names = [each.name for each in self.operations.values()]
        return f"{did_you_mean(name, names)}{self.agent} has {', '.join(names)}."


@cache
def service_of(agent: str) -> RestService:
    """Return an agent, declared when it is first asked for."""
    if agent == "User":
        return RestService(agent, [_current_principal()], root="User")
    contract = _CONTRACTS[agent](REST)
    operations = [_operation(name, method) for name, method in contract.service.public_methods.items()]
    return RestService(agent, operations, root=f"Agents/{agent}")


def _operation(name: str, method: Any) -> RestOperation:
    parameters = ParametersReader(members_of(method.in_message, REST.namespace))
    results = members_of(method.out_message, REST.namespace)
    description = {
        "Operation": name,
        "Method": "POST",
        "Parameters": {each.name: describe(each) for each in parameters.members},
        "Response": describe(results[0]) if results else None,
    }
    return RestOperation(name, "POST", parameters, value_writer(results[0]) if results else None, description)


def _current_principal() -> RestOperation:
    """Declare what the documentation has of GET User/currentPrincipal: the carrier of SoPrincipal, and UserName."""
    carrier = principal_contract(REST).carriers.SoPrincipalCarrier
    write = value_writer(Member.of("Response", REST.namespace, carrier))
    user_name = value_writer(Member.of("UserName", REST.namespace, Text))

    def write_principal(value: Any) -> Any:
        return None if value is None else {**write(value), "UserName": user_name(value["UserName"])}

    return RestOperation("currentPrincipal", "GET", ParametersReader([]), write_principal, {})


class ParametersReader:
    """Reads the body of a request into the parameters of an operation."""

    def __init__(self, members: Sequence[Member]) -> None:
        """Compile the readers of the parameters."""
        self.members = members
        self._read = _object_reader(members)

    def read(self, value: Any, call: Call) -> list[Any]:
        """Return the parameters in the contract's order; absent ones are ``None``. Raises ``RestError``."""
        if not isinstance(value, dict):
            raise _unfit("The body", value, f"an object with {' and '.join(each.name for each in self.members)}")
        values: list[Any] = self._read(value, "", call)
        return values


def _object_reader(members: Sequence[Member]) -> Reader:
    """Return what reads an object into a list, in the contract's order."""
    names = [each.name for each in members]
    places = {name.lower(): place for place, name in enumerate(names)}
    readers = [_reader(each) for each in members]

    def read(value: Any, where: str, call: Call) -> list[Any]:
        values: list[Any] = [None] * len(names)
        seen: set[int] = set()
        unknown: list[str] = []
        for name, each in value.items():
            place = places.get(name.lower())
            if place is None:
                unknown.append(name)
                continue
            if place in seen:
                call.note(f"{where}{names[place]} is given in several letter cases: the last one counts")
            seen.add(place)
            values[place] = readers[place](each, where + names[place], call)
        for name in unknown[: MOST_NOTES + 1]:  # more are not noted
            hint = did_you_mean(name, names)
            call.note(f"{where}{name[:_SHOWN]} is no property here: skipped; {hint}".removesuffix("; "))
        return values

    return read


def _reader(member: Member) -> Reader:
    read = _READERS[member.kind](member)
    return lambda value, where, call: None if value is None else read(value, where, call)


def _simple_reader(fits: Callable[[Any], bool], expected: str) -> Reader:
    def read(value: Any, where: str, _call: Call) -> Any:
        if not fits(value):
            raise _unfit(where, value, expected)
        return value

    return read


def _read_text(value: Any, where: str, _call: Call) -> str:
    if not isinstance(value, str):
        raise _unfit(where, value, "a text")
    if found := NOT_XML.search(value):
        code = f"U+{ord(found[0]):04X}"
        raise invalid(f"{where} has the character {code}, which no message can have: SOAP has no way to write it.")
    return value


def _list_reader(member: Member) -> Reader:
    item = item_of(member.type)
    read_item = _reader(item)
    if getattr(member.type.Attributes, "is_dictionary", False):
        read_value = _reader(members_of(item.type)[1])

        def read_pairs(value: Any, where: str, call: Call) -> list[Any]:
            if not isinstance(value, dict):
                raise _unfit(where, value, "an object")
            return [
                (_read_text(key, f"{where}'s key", call), read_value(each, f"{where}.{key[:_SHOWN]}", call))
                for key, each in value.items()
            ]

        return read_pairs

    def read(value: Any, where: str, call: Call) -> list[Any]:
        if not isinstance(value, list):
            raise _unfit(where, value, "an array")
        return [read_item(each, f"{where}[{place}]", call) for place, each in enumerate(value)]

    return read


def _carrier_reader(member: Member) -> Reader:
    members = members_of(member.type)
    read = _object_reader(members)
    record = record_of(member.type)
    attributes = [attribute_of(each.name) for each in members]
    places = [attributes.index(name) for name in fields_of(record)] if record else range(len(members))

    def read_carrier(value: Any, where: str, call: Call) -> Any:
        if not isinstance(value, dict):
            raise _unfit(where, value, "an object")
        values = read(value, f"{where}.", call)
        given = [values[place] for place in places]
        return record(*given) if record else given

    return read_carrier


_READERS: Mapping[Kind, Callable[[Member], Reader]] = {
    Kind.TEXT: lambda _: _read_text,
    Kind.INT: lambda _: _simple_reader(lambda each: type(each) is int and each in _INT32, "a whole number of 32 bits"),
    Kind.BOOL: lambda _: _simple_reader(lambda each: isinstance(each, bool), "true or false"),
    Kind.LIST: _list_reader,
    Kind.CARRIER: _carrier_reader,
}
"""What reads each kind; no request of the contract has a moment."""


def _unfit(where: str, value: Any, expected: str) -> Exception:
    shown = f" {value}" if isinstance(value, (bool, int, float)) else ""
    return invalid(f"{where} is {_JSON_TYPES[type(value)]}{shown[:_SHOWN]}; expected {expected}.")


def describe(member: Member) -> Any:
    """Return what a parameter looks like: the names of its types in their places, as in the vendor's documentation."""
    if member.kind is Kind.LIST:
        item = item_of(member.type)
        if getattr(member.type.Attributes, "is_dictionary", False):
            return {"name": "string"}
        return [describe(item)]
    if member.kind is Kind.CARRIER:
        return {each.name: describe(each) for each in members_of(member.type) if each.name not in _BASE}
    return {Kind.TEXT: "string", Kind.INT: "int32", Kind.BOOL: "bool", Kind.MOMENT: "date-time"}[member.kind]


def value_writer(member: Member) -> Writer:
    """Return what makes a value that JSON can have; ``None`` stays ``None``, but where .NET has a zero."""
    if member.kind is Kind.LIST:
        write_item = value_writer(item_of(member.type))
        if getattr(member.type.Attributes, "is_dictionary", False):
            return lambda values: {} if values is None else dict(values)
        return lambda values: None if values is None else [write_item(each) for each in values]
    if member.kind is Kind.CARRIER:
        return _carrier_writer(member)
    zero = None if member.nillable else _ZEROS[member.kind]
    return lambda value: zero if value is None else value


_ZEROS = {Kind.TEXT: "", Kind.INT: 0, Kind.BOOL: False, Kind.MOMENT: datetime(1, 1, 1)}  # noqa: DTZ001 - .NET's has none


def _carrier_writer(member: Member) -> Writer:
    """Return what writes a record, or a mapping where no record stands for the carrier."""
    members = members_of(member.type)
    own = [each for each in members if each.name not in _BASE]
    base = _NOTHING if len(own) < len(members) else {}
    has_record = record_of(member.type) is not None
    writers = [
        (each.name, attrgetter(attribute_of(each.name)) if has_record else _item(each.name), value_writer(each))
        for each in own
    ]

    def write(value: Any) -> Any:
        return None if value is None else {name: each(get(value)) for name, get, each in writers} | base

    return write


def _item(name: str) -> Callable[[Any], Any]:
    return lambda mapping: mapping.get(name)


def selected(value: Any, select: str, call: Call) -> Any:
    """Return a response of which ``$select`` names some properties: "Other fields are then nulled out" (documented)."""
    chosen = {each.strip().lower() for each in select.split(",")}
    items = value if isinstance(value, list) else [value]
    names = {name.lower() for each in items for name in each or ()}
    if items and (unknown := sorted(chosen - names)):
        call.note(f"$select names no property of the response: {', '.join(unknown)[:_SHOWN]}")

    def select_of(item: Any) -> Any:
        return item and {name: each if name.lower() in chosen else None for name, each in item.items()}

    return [select_of(each) for each in items] if isinstance(value, list) else select_of(value)
