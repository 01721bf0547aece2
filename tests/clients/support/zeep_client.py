"""zeep: Python's most used SOAP client."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests
import zeep
import zeep.helpers
from zeep import xsd
from zeep.transports import Transport
from zeep.wsdl.bindings.soap import Soap12Binding

from .client import APPLICATION_TOKEN, TICKET, Answer, Carrier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

_SECONDS = 30
_ITEMS = ("MessageDeliveryStatus", "ProviderInfo", "string")
_ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"


class ZeepClient:
    """A zeep client made from the double's WSDL, its headers given by ``_soapheaders``."""

    def __init__(self, wsdl: str, namespace: str, session: requests.Session, plugins: list[Any]) -> None:
        transport = Transport(session=session, timeout=_SECONDS, operation_timeout=_SECONDS)
        self.zeep = zeep.Client(wsdl, transport=transport, plugins=plugins)
        self.headers: dict[str, Any] = {
            "ApplicationToken": APPLICATION_TOKEN,
            "Credentials": {"Ticket": TICKET},
        }
        self._type = self.zeep.type_factory(namespace)
        self._arrays = self.zeep.type_factory(_ARRAYS)

    @property
    def address(self) -> str:
        """Where the WSDL sends the client."""
        address: str = self.zeep.service._binding_options["address"]  # noqa: SLF001 (zeep has no other way)
        return address

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; zeep raises on a fault."""
        given = {name: self._given(name, value) for name, value in parameters.items()}
        answer = self.zeep.service[operation](**given, _soapheaders=self.headers)
        headers = _plain(zeep.helpers.serialize_object(answer.header, dict))
        body = _plain(zeep.helpers.serialize_object(answer.body, dict))
        exception = headers.get("ExceptionInfo")
        return Answer(
            body.get("Response") if body else None,
            headers.get("Succeeded"),
            None if exception is None else exception.get("Message", ""),
            headers.get("TimeZone"),
        )

    def speak_soap_1_2(self) -> None:
        """Let zeep's own SOAP 1.2 binding take the place of the one in the WSDL, which has SOAP 1.1 only."""
        binding = self.zeep.service._binding  # noqa: SLF001
        binding.__class__ = Soap12Binding
        for operation in binding._operations.values():  # noqa: SLF001
            for part in (operation, operation.input, operation.output):
                part.nsmap = Soap12Binding.nsmap

    def _given(self, name: str, value: Any) -> Any:
        """Put lists into the types that the WSDL has for them."""
        if name == "OutgoingMessages":
            return self._type.ArrayOfOutgoingMessage([xsd.Nil if each is None else each for each in value])
        if name == "MessagingIds":
            return self._arrays.ArrayOfint(value)
        if name == "Config":
            return self._type.StringDictionary(value)
        return value


@contextmanager
def zeep_client(place: Place, *plugins: Any) -> Iterator[ZeepClient]:
    """Make a client from the WSDL of a place."""
    with requests.Session() as session:
        session.trust_env = False
        yield ZeepClient(f"{place.url}?wsdl", place.namespace, session, list(plugins))


def _plain(value: Any) -> Any:
    """Take zeep's wrapping off: ``{"MessageDeliveryStatus": [...]}`` becomes the list, what is nil falls away.

    zeep has nil carriers as carriers of nothing but ``None``, and nil lists as empty ones.
    """
    if isinstance(value, list):
        return [_plain(each) for each in value] or None
    if not isinstance(value, dict):
        return value
    plain = {name: _plain(each) for name, each in value.items()}
    members = {name: each for name, each in plain.items() if each is not None}
    for item in _ITEMS:
        if isinstance(members.get(item), list):
            return members[item]
    return members or None
