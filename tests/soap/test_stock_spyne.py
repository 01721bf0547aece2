"""What stock spyne's Soap11 reads of a request, the double reads of it too."""

from __future__ import annotations

import sys
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.double import Double
from support.envelopes import (
    INCOMING,
    NIL,
    OUTGOING,
    Xml,
    action_of,
    envelope,
    escaped,
    ids,
    incoming,
    operation,
    outgoing,
    pairs,
)
from support.texts import xml_texts

from messaging_double.models.contract.messaging import messaging_contract
from messaging_double.models.versions import VERSIONS

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 12), reason="stock spyne 2.14 does not import there")

RAW = st.sampled_from(
    ["<![CDATA[<b>&amp;]]>", "<![CDATA[]]>", "<!-- -->", "<?x?>", "\r\n", "\n", "\t", " ", "&#13;&#10;", "]]&gt;"]
)
TEXTS = st.lists(xml_texts(4).map(escaped) | RAW, max_size=3).map("".join).map(Xml)
MAYBE = TEXTS | TEXTS | st.none() | st.just(NIL)
INTS = st.integers(-(2**31), 2**31 - 1).map(str) | st.sampled_from([" 7\n", "+7", "007", "-0"])
NUMBERS = INTS.map(Xml)
SPACE = st.sampled_from(["", "\n  ", "<!-- -->", "\r\n\t"])


def with_members(make, names):
    """Requests' carriers with some of their members."""
    members = {each: st.none() | NUMBERS if each == "ParentMessagingId" else MAYBE for each in names}
    return st.fixed_dictionaries(members).map(lambda given_: make(**given_))


MESSAGES = st.lists(with_members(outgoing, OUTGOING), min_size=1, max_size=3)
CONFIG = st.lists(st.tuples(TEXTS | st.just(NIL), TEXTS | st.just(NIL)), max_size=3)
CREATING = with_members(incoming, INCOMING).map(lambda message: Xml(f"<CreateMessage>{message}</CreateMessage>"))
REQUESTS = {
    "SendMessages": st.builds(
        lambda plugin, each: operation("SendMessages", Plugin=plugin, OutgoingMessages=each), MAYBE, MESSAGES
    ),
    "SendMessagesWithConfig": st.builds(
        lambda plugin, each, config: operation(
            "SendMessagesWithConfig", Plugin=plugin, OutgoingMessages=each, Config=pairs(*config)
        ),
        MAYBE,
        MESSAGES,
        CONFIG,
    ),
    "CreateMessage": CREATING,
    "SetDeliveryStatus": st.builds(
        lambda *each: operation(
            "SetDeliveryStatus",
            **dict(zip(("Plugin", "ExternalMessageId", "Status", "StatusDescription"), each, strict=True)),
        ),
        MAYBE,
        MAYBE,
        st.none() | NUMBERS,
        MAYBE,
    ),
    "GetDeliveryStatus": st.lists(NUMBERS, max_size=4).map(
        lambda each: operation("GetDeliveryStatus", MessagingIds=ids(*each))
    ),
}


@pytest.fixture(scope="module")
def spyne():
    """Return what reads a request by stock spyne, with a declaration of the contract of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports cgi
        from spyne import Application, MethodContext  # noqa: PLC0415 - not on newer Pythons
        from spyne.protocol.soap import Soap11  # noqa: PLC0415
        from spyne.server import ServerBase  # noqa: PLC0415

    version = VERSIONS[88]
    contract = messaging_contract.__wrapped__(
        version
    )  # an application writes itself into the classes of the shared one
    server = ServerBase(Application([contract.service], version.namespace, in_protocol=Soap11(), out_protocol=Soap11()))

    def read(body):
        context = MethodContext(server, MethodContext.SERVER)
        context.in_string = [body]
        (context,) = server.generate_contexts(context)
        if context.in_error is None:
            server.get_in_object(context)
        assert context.in_error is None, context.in_error
        return context.in_object

    return read


@pytest.fixture(scope="module", params=[False, True], ids=["lenient", "strict"])
def kept(request):
    with Double(strict=request.param) as double:
        yield double


def attributes(names, value):
    return {each: getattr(value, each) for each in names}


def in_json(names, value):
    return {each: value[each[0].lower() + each[1:]] for each in names}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_double_reads_what_stock_spyne_reads(kept, spyne, name) -> None:
    @settings(max_examples=40)
    @given(REQUESTS[name], SPACE)
    def both_read_the_same(request_, space) -> None:
        kept.reset()
        body = envelope(Xml(space + request_.replace("><", f">{space}<") if "CDATA" not in request_ else request_))
        stock = spyne(body)
        answer = kept.post(body, f'"{action_of(name)}"')
        assert answer.succeeded
        CHECKS[name](kept, stock, answer)

    both_read_the_same()


def check_sent(double, stock, _):
    sent = list(reversed(double.outbox()))
    assert [in_json(OUTGOING, each) for each in sent] == [attributes(OUTGOING, each) for each in stock.OutgoingMessages]
    assert {each["plugin"] for each in sent} == {stock.Plugin or "CM"}
    config = getattr(stock, "Config", None)
    assert [each["config"] for each in sent] == [
        None if config is None else [{"key": pair.Key, "value": pair.Value} for pair in config]
    ] * len(sent)


def check_created(double, stock, _):
    (message,) = double.inbox()
    assert in_json(INCOMING, message) == attributes(INCOMING, stock.IncomingMessage)


def check_report(double, stock, _):
    (report,) = double.reports()
    assert (report["plugin"], report["externalMessageId"]) == (stock.Plugin or "CM", stock.ExternalMessageId)
    assert (report["status"], report["statusDescription"]) == (stock.Status or 0, stock.StatusDescription)


def check_asked(_double, stock, answer):
    assert answer.messaging_ids == list(stock.MessagingIds or ())


CHECKS = {
    "SendMessages": check_sent,
    "SendMessagesWithConfig": check_sent,
    "CreateMessage": check_created,
    "SetDeliveryStatus": check_report,
    "GetDeliveryStatus": check_asked,
}
