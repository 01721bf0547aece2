"""The spyne applications: one for each agent and Services version, made when it is first asked for."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from spyne.application import Application
from spyne.context import MethodContext
from spyne.server import ServerBase
from spyne.util.appreg import unregister_application

from messaging_double.models.contract.messaging import messaging_contract
from messaging_double.models.contract.principal import principal_contract
from messaging_double.models.errors import MessagingError
from messaging_double.models.refusals import AccessDenied
from messaging_double.server.simulation.faults import MadeUpError, is_carried_out
from messaging_double.server.soap import diagnosis, faults
from messaging_double.server.soap.asking import asked_of
from messaging_double.server.soap.protocol import Exchange, NetServerProtocol
from messaging_double.server.soap.wsdl import Documents

if TYPE_CHECKING:
    from spyne.model.fault import Fault

    from messaging_double.models.contract.netserver import Contract
    from messaging_double.models.reactions import Reaction
    from messaging_double.models.versions import ServicesVersion

_log = logging.getLogger("messaging_double.soap")


class NetServerApplication(Application):
    """One agent in one namespace.  Keeps nothing of any request or of any double, so that all may share it."""

    def __init__(self, contract: Contract) -> None:
        """Declare the contract's service to spyne."""
        self.contract = contract
        super().__init__(
            [contract.service],
            tns=contract.version.namespace,
            name=contract.service.get_service_name(),
            in_protocol=NetServerProtocol(),
            out_protocol=NetServerProtocol(),
            documents_container=Documents,
        )
        unregister_application(self)  # spyne would list it for the whole process, and warn of a second one
        (self.port_type,) = contract.service.get_port_types()
        self.headers = frozenset(header.get_type_name() for header in contract.service.__in_header__)
        methods = contract.service.public_methods.values()
        self.place = diagnosis.Place(self.port_type, contract.version)
        self.actions = {f"{self.tns}/{self.port_type}/{method.name}": method.name for method in methods}
        self.actions_of_any_case = {action.lower(): name for action, name in self.actions.items()}

    def call_wrapper(self, ctx: Any) -> Any:
        """Call the operation; put the response headers; answer the domain's errors in-band.

        In-band means: HTTP 200, Succeeded=false, ExceptionInfo filled, Response nil.
        """
        exchange: Exchange = ctx.udc
        names = (cls.get_type_name() for cls in ctx.descriptor.in_header)
        headers = dict(zip(names, ctx.in_header, strict=True))
        exchange.agent = exchange.new_agent(self.contract)
        time_zone = exchange.agent.time_zone(headers)
        try:
            if exchange.decide is not None:
                exchange.reaction = exchange.decide(asked_of(ctx, self.tns))
            result = self._result(ctx, headers)
        except MessagingError as error:
            _refuse(exchange, error)
            ctx.out_header = (self._exception_info(error), None, False, time_zone)
            return None
        except faults.WireFault:
            raise
        except Exception:  # noqa: BLE001 (whatever it was, the client learns no more than WCF would tell)
            _log.exception("%s failed; the client gets an InternalServiceFault", ctx.method_name)
            raise faults.internal_service_fault("the double failed; its log says how") from None
        ctx.out_header = (None, None, True, time_zone)
        return result

    def _result(self, ctx: Any, headers: dict[str, Any]) -> Any:
        """Carry the operation out, unless a reaction keeps it from that, and answer as the reaction says.

        Where the operation fails, that is the answer.
        """
        exchange: Exchange = ctx.udc
        reaction = exchange.reaction
        result = None
        if reaction is None or is_carried_out(reaction):
            exchange.agent.admit(headers)
            result = super().call_wrapper(ctx)
        if reaction is not None and reaction.is_instead:
            exchange.instead = True
            raise_instead(reaction)
        return result

    def _exception_info(self, error: MessagingError) -> Any:
        return self.contract.carriers.SoExceptionInfo(
            Message=error.message,
            FriendlyText=error.friendly_text,
            ExceptionType=error.exception_type,
            Source="SuperOffice.Services.Implementation",  # documented for the REST twin's ErrorSource
        )


def _refuse(exchange: Exchange, error: MessagingError) -> None:
    """Keep why a call is refused in-band, and what of its credentials was not read."""
    exchange.refused = f"refused in-band: {error.message}"
    exchange.manner.note(exchange.refused)
    if isinstance(error, AccessDenied):
        in_http = diagnosis.http_credentials(exchange.headers)
        for each in in_http:
            exchange.manner.note(each)
        exchange.refused = " ".join([exchange.refused, *(f"{each}." for each in (*exchange.unread, *in_http))])


def raise_instead(reaction: Reaction) -> None:
    """Raise what is answered instead of a result; a bare HTTP answer is the transport's business."""
    if reaction.error is not None:
        raise MadeUpError(reaction.error)
    if reaction.fault is not None:
        raise faults.made_up(reaction.fault)


class SoapServer(ServerBase):
    """Takes one request through spyne's stations, for whatever transport brought it."""

    transport = "http://schemas.xmlsoap.org/soap/http"

    def answer(self, exchange: Exchange) -> tuple[Fault | None, bytes]:
        """Return the fault, if the answer is one, and the answer's bytes.  Raises ``Refusal``."""
        ctx = MethodContext(self, MethodContext.SERVER)
        ctx.udc = exchange
        contexts = [ctx]
        try:
            contexts += self.generate_contexts(ctx)
            ctx = contexts[-1]
            if ctx.in_error is None:
                self.get_in_object(ctx)
            if ctx.in_error is None:
                self.get_out_object(ctx)
            self.get_out_string(ctx)
            return ctx.out_error, b"".join(ctx.out_string)
        finally:
            for each in contexts:
                _let_go(each)

    @property
    def agent_name(self) -> str:
        """The agent's name in the contract and in the URL: ``Messaging``."""
        return self.app.port_type

    @property
    def operations(self) -> list[str]:
        """The names of the operations, in the contract's order."""
        return list(self.app.actions.values())

    def wsdl(self, url: str) -> bytes:
        """Return the WSDL, its address being ``url``."""
        return self.app.interface.docs.wsdl11.document(url)


def _let_go(ctx: Any) -> None:
    """Free what a call took at once: spyne's contexts refer to themselves, and keep it until a full collection."""
    ctx.in_document = ctx.in_header_doc = ctx.in_body_doc = ctx.in_object = ctx.in_error = None
    ctx.out_document = ctx.out_object = ctx.out_string = ctx.out_error = ctx.udc = None


@cache
def messaging_server(version: ServicesVersion) -> SoapServer:
    """Return the Messaging agent of a version, building its namespace when it is first asked for (9 ms)."""
    return SoapServer(NetServerApplication(messaging_contract(version)))


@cache
def principal_server(version: ServicesVersion) -> SoapServer:
    """Return the SoPrincipal agent of a version, likewise."""
    return SoapServer(NetServerApplication(principal_contract(version)))
