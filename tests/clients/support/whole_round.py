"""All that an application does with the service, through any client library: nothing may be lost or changed."""

from collections.abc import Callable
from typing import Any

from .place import Answer, Carrier, Place

SoapClient = Callable[[str, Carrier], Answer]

PLUGIN = "PSWinCom SMS"
DIFFICULT = "  Hei på deg, Ærlig Østbø-Åse!\n\tNeste linje 📱👍🏽 ]]> <b>&amp; \"så\" 'da'\r\n\n siste\n "
ONLY_BLANKS = " \n\t "
FULL: Carrier = {
    "From": "Ærlig AS",
    "To": "+47 907 00 001",
    "Content": DIFFICULT,
    "Format": "sms/160",
    "ParentMessagingId": 0,
    "SuggestedSessionKey": "økt-1",
}
SPARSE: Carrier = {"From": "", "To": "+4790700002", "Content": ONLY_BLANKS}
CONFIG = [
    {"Key": "pswin_username", "Value": "blå"},
    {"Key": "pswin_password", "Value": " hemmelig ]]> "},
    {"Key": "empty", "Value": ""},
    {"Key": "nil"},
]
INCOMING: Carrier = {"To": "2077", "From": "+4790700003", "Content": DIFFICULT, "Format": "", "SessionKey": "økt-1"}
UNKNOWN_ID = 2_000_000_000


def row(messaging_id: int, status: int, description: str) -> Carrier:
    """Return a MessageDeliveryStatus."""
    return {"Status": status, "StatusDescription": description, "MessagingId": messaging_id}


def handed_over(messaging_id: int) -> Carrier:
    """Return the row of a message that was just sent."""
    return row(messaging_id, 1, "Handed over to the gateway")


def delivered(messaging_id: int) -> Carrier:
    """Return the row of a message once it was asked for."""
    return row(messaging_id, 2, "Delivered")


def in_json(carrier: Carrier) -> Carrier:
    """Return the members of a carrier by their names in the control API."""
    return {name[0].lower() + name[1:]: value for name, value in carrier.items()}


def run_whole_round(call: SoapClient, place: Place, time_zone: Carrier | None = None) -> None:
    """Do all that there is to do, and look at both ends whether it was done.

    The TimeZone header that the client sends comes back with every answer, so it did arrive.
    """

    def ask(operation: str, **parameters: Any) -> Any:
        answer = call(operation, parameters)
        assert (answer.succeeded, answer.exception, answer.time_zone) == (True, None, time_zone)
        return answer.response

    def set_status(external_message_id: str, status: int) -> None:
        whose = {"Plugin": PLUGIN, "ExternalMessageId": external_message_id}
        assert ask("SetDeliveryStatus", **whose, Status=status, StatusDescription=DIFFICULT) is None

    place.control("reset", "POST")

    assert ask("SendMessages", Plugin=PLUGIN, OutgoingMessages=[FULL, SPARSE]) == [handed_over(1), handed_over(2)]
    for sent, kept in zip((FULL, SPARSE), place.outbox, strict=True):
        expected = in_json(dict.fromkeys(FULL) | sent)
        assert {name: kept[name] for name in expected} == expected
        assert (kept["plugin"], kept["config"]) == (PLUGIN, None)
        assert (kept["operation"], kept["services"]) == ("SendMessages", f"Services{place.version}")

    reply = {"From": "", "To": "", "Content": DIFFICULT, "ParentMessagingId": 1}
    rows = ask("SendMessagesWithConfig", Plugin="Twilio SMS", OutgoingMessages=[reply], Config=CONFIG)
    assert rows == [handed_over(3)]
    kept = place.outbox[-1]
    assert (kept["operation"], kept["content"]) == ("SendMessagesWithConfig", DIFFICULT)
    assert (kept["parentMessagingId"], kept["sessionKey"]) == (1, "økt-1"), "the parent's conversation goes on"
    assert kept["config"] == [{"key": each["Key"], "value": each.get("Value")} for each in CONFIG]

    unknown = row(UNKNOWN_ID, -1, f"Unknown MessagingId {UNKNOWN_ID}")
    assert ask("GetDeliveryStatus", MessagingIds=[3, UNKNOWN_ID, 1]) == [delivered(3), unknown, delivered(1)]

    set_status(place.outbox[0]["externalMessageId"], 7)
    assert ask("GetDeliveryStatus", MessagingIds=[1, 2]) == [row(1, 7, DIFFICULT), delivered(2)]
    assert [each["status"] for each in place.outbox[0]["statuses"]] == [1, 2, 7]

    set_status("nobody's ", -2)
    (report,) = place.listed("status-reports", "statusReports")
    assert (report["plugin"], report["externalMessageId"]) == (PLUGIN, "nobody's ")
    assert (report["status"], report["statusDescription"]) == (-2, DIFFICULT)

    assert ask("CreateMessage", IncomingMessage=INCOMING) is None
    (message,) = place.listed("inbox")
    expected = {**in_json(INCOMING), "plugin": None, "origin": "CreateMessage", "services": f"Services{place.version}"}
    assert {name: message[name] for name in expected} == expected

    plugins = ask("GetPlugins")
    assert {"Name": PLUGIN, "SupportedMessagingFormats": ["sms/text"], "SupportsConfig": True} in plugins
    assert len(plugins) > 1


def refuse_a_nil_message(call: SoapClient, place: Place) -> None:
    """Send what the double refuses in-band: no fault, and nothing is sent."""
    before = place.outbox
    answer = call("SendMessages", {"Plugin": PLUGIN, "OutgoingMessages": [SPARSE, None]})
    assert (answer.succeeded, answer.response) == (False, None)
    assert "nil" in (answer.exception or "")
    assert place.outbox == before


def refuse_to_create_nothing(call: SoapClient, place: Place) -> None:
    """Create what the double refuses in-band: no fault, and nothing comes in."""
    before = list(place.listed("inbox"))
    answer = call("CreateMessage", {})
    assert answer.succeeded is False
    assert "IncomingMessage is missing" in (answer.exception or "")
    assert list(place.listed("inbox")) == before
