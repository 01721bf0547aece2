"""One agent in one Services version: its operations, compiled when each is first called, and its WSDL."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from messaging_double.models.contract.members import header_of
from messaging_double.models.contract.messaging import customer_service_contract, messaging_contract
from messaging_double.models.contract.principal import principal_contract, system_user_contract
from messaging_double.server.soap import diagnosis
from messaging_double.server.soap.diagnosis import Place
from messaging_double.server.soap.readers import ParameterReader, header_reader
from messaging_double.server.soap.templates import Templates
from messaging_double.server.soap.writers import ResponseWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from messaging_double.models.contract.netserver import Contract
    from messaging_double.models.versions import ServicesVersion
    from messaging_double.server.calls.call import Call
    from messaging_double.server.soap.envelope import Envelope

CONTRACTS = {
    "Messaging": messaging_contract,
    "SoPrincipal": principal_contract,
    "CustomerService": customer_service_contract,
    "PartnerSystemUserService": system_user_contract,
}
"""The contract of each agent, by its name in the URL."""


class Operation:
    """One operation of an agent."""

    def __init__(self, contract: Contract, name: str) -> None:
        """Compile its reader and its writer."""
        namespace = contract.version.namespace
        method = contract.service.public_methods[name]
        self.name = name
        self.tag = f"{{{namespace}}}{method.in_message.get_type_name()}"
        self.read = ParameterReader(method.in_message, namespace).read
        writer = ResponseWriter(contract.service.__out_header__, method.out_message, namespace)
        self.write = writer.write
        self.no_results = writer.no_results
        """What a refused call has as its results: nil."""
        self.templates = {strict: Templates() for strict in (False, True)}


class Service:
    """An agent of a Services version. Keeps nothing of any request or of any double, so that all share it."""

    def __init__(self, contract: Contract) -> None:
        """Know what spyne has of the contract."""
        self.version = contract.version
        self.namespace = contract.version.namespace
        (self.agent,) = contract.service.get_port_types()
        self._contract = contract
        self._operations: dict[str, Operation] = {}
        headers = [header_of(each) for each in contract.service.__in_header__]
        self.headers = {header.name: header.tag for header in headers}
        self._read_header = {header.tag: (header.name, header_reader(header)) for header in headers}
        self.place = Place(self.agent, contract.version)
        self.actions = {f"{self.namespace}/{self.agent}/{name}": name for name in self.operations}
        self.quoted_actions = {f'"{action}"': action for action in self.actions}

    @property
    def operations(self) -> list[str]:
        """The names of the operations, in the contract's order."""
        return list(self._contract.service.public_methods)

    @cached_property
    def actions_of_any_case(self) -> dict[str, str]:
        """The operations by their actions in small letters."""
        return {action.lower(): name for action, name in self.actions.items()}

    @cached_property
    def tags(self) -> dict[str, str]:
        """The operations by their wrappers in the Body."""
        return {self.operation(name).tag: name for name in self.operations}

    def operation(self, name: str) -> Operation:
        """Return an operation, compiled at its first use."""
        operation = self._operations.get(name)
        if operation is None:
            operation = self._operations[name] = Operation(self._contract, name)
        return operation

    def read_headers(self, envelope: Envelope, call: Call) -> dict[str, Any]:
        """Return the values of the contract's headers by their names, without those that are nil.

        A nil one in soap:Header does not hide one beside it. Raises a ``WireFault``.
        """
        values = self._values_of(envelope.headers, call)
        return {**self._values_of(envelope.beside, call), **values} if envelope.beside else values

    def note_unread(self, envelope: Envelope, values: Mapping[str, Any], call: Call) -> None:
        """Say in the call which headers were not read that look like the contract's."""
        elements = [*envelope.headers, *envelope.beside]
        if len(values) < len(elements):
            call.unread = diagnosis.unread_headers(elements, self.namespace, self.headers)
            for sentence in call.unread:
                call.note(sentence)

    def _values_of(self, elements: Sequence[Any], call: Call) -> dict[str, Any]:
        """Return the values of header blocks by their names; of several the last counts, as for WCF."""
        values: dict[str, Any] = {}
        for element in elements:
            known = self._read_header.get(element.tag)
            if known is not None:
                name, read = known
                if name in values:
                    call.note(f"{name} is given more than once: the last one counts")
                values[name] = read(element, call)
        return {name: value for name, value in values.items() if value is not None}

    def wsdl(self, url: str) -> bytes:
        """Return the WSDL, its address being ``url``."""
        return self._documents.wsdl11.document(url)

    @cached_property
    def _documents(self) -> Any:
        from messaging_double.server.soap.wsdl import documents_of  # noqa: PLC0415 - most doubles are asked for no WSDL

        return documents_of(self._contract)


@cache
def service_of(agent: str, version: ServicesVersion) -> Service:
    """Return an agent of a version, declared when it is first asked for."""
    return Service(CONTRACTS[agent](version))
