"""All that an application does with the service, through any client library: nothing may be lost or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Answer, Carrier, SoapClient
    from .place import Place

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
INCOMING: Carrier = {
    "To": "2077",
    "From": "+4790700003",
    "Content": DIFFICULT,
    "Format": "",
    "SessionKey": "økt-1",
}
UNKNOWN_ID = 2_000_000_000


@dataclass
class WholeRound:
    """One round of one client at one place."""

    call: SoapClient
    place: Place
    time_zone: Carrier | None = None
    """The TimeZone header that the client sends; it comes back with every answer, so it did arrive."""

    def run(self) -> None:
        """Do all that there is to do, and look at both ends whether it was done."""
        self.place.double.reset(self.place.tenant)
        self.send_two()
        self.send_one_with_config()
        self.read_statuses()
        self.set_a_status_and_read_it()
        self.report_for_an_unknown_message()
        self.create_an_incoming_message()
        self.get_plugins()

    def send_two(self) -> None:
        rows = self.ask("SendMessages", {"Plugin": PLUGIN, "OutgoingMessages": [FULL, SPARSE]})
        assert rows == [handed_over(1), handed_over(2)]
        full, sparse = self.outbox()
        assert content_of(full) == {
            "plugin": PLUGIN,
            "from": "Ærlig AS",
            "to": "+47 907 00 001",
            "content": DIFFICULT,
            "format": "sms/160",
            "parentMessagingId": 0,
            "suggestedSessionKey": "økt-1",
            "config": None,
        }
        assert content_of(sparse) == {
            "plugin": PLUGIN,
            "from": "",
            "to": "+4790700002",
            "content": ONLY_BLANKS,
            "format": None,
            "parentMessagingId": None,
            "suggestedSessionKey": None,
            "config": None,
        }
        assert {each["operation"] for each in (full, sparse)} == {"SendMessages"}
        assert {each["services"] for each in (full, sparse)} == {self.place.services}

    def send_one_with_config(self) -> None:
        answer_to = {"From": "", "To": "", "Content": DIFFICULT, "ParentMessagingId": 1}
        rows = self.ask(
            "SendMessagesWithConfig", {"Plugin": "Twilio SMS", "OutgoingMessages": [answer_to], "Config": CONFIG}
        )
        assert rows == [handed_over(3)]
        sent = self.outbox()[-1]
        assert sent["operation"] == "SendMessagesWithConfig"
        assert content_of(sent)["content"] == DIFFICULT
        assert sent["parentMessagingId"] == 1
        assert sent["sessionKey"] == "økt-1", "the parent's conversation goes on"
        assert sent["config"] == [{"key": each["Key"], "value": each.get("Value")} for each in CONFIG]

    def read_statuses(self) -> None:
        rows = self.ask("GetDeliveryStatus", {"MessagingIds": [3, UNKNOWN_ID, 1]})
        assert rows == [delivered(3), unknown(UNKNOWN_ID), delivered(1)]

    def set_a_status_and_read_it(self) -> None:
        first = self.outbox()[0]
        self.set_status(first["externalMessageId"], 7)
        rows = self.ask("GetDeliveryStatus", {"MessagingIds": [1, 2]})
        assert rows == [
            {"Status": 7, "StatusDescription": DIFFICULT, "MessagingId": 1},
            delivered(2),
        ]
        assert [each["status"] for each in self.outbox()[0]["statuses"]] == [1, 2, 7]

    def report_for_an_unknown_message(self) -> None:
        self.set_status("nobody's ", -2)
        (report,) = self.place.double.status_reports(self.place.tenant)
        assert (report["plugin"], report["externalMessageId"]) == (PLUGIN, "nobody's ")
        assert (report["status"], report["statusDescription"]) == (-2, DIFFICULT)

    def set_status(self, external_message_id: str, status: int) -> None:
        nothing = self.ask(
            "SetDeliveryStatus",
            {
                "Plugin": PLUGIN,
                "ExternalMessageId": external_message_id,
                "Status": status,
                "StatusDescription": DIFFICULT,
            },
        )
        assert nothing is None

    def create_an_incoming_message(self) -> None:
        assert self.ask("CreateMessage", {"IncomingMessage": INCOMING}) is None
        (message,) = self.place.double.inbox(self.place.tenant)
        names = ("to", "from", "content", "format", "sessionKey", "plugin", "origin", "services")
        assert {name: message[name] for name in names} == {
            "to": "2077",
            "from": "+4790700003",
            "content": DIFFICULT,
            "format": "",
            "sessionKey": "økt-1",
            "plugin": None,
            "origin": "CreateMessage",
            "services": self.place.services,
        }

    def get_plugins(self) -> None:
        plugins = self.ask("GetPlugins", {})
        assert {"Name": PLUGIN, "SupportedMessagingFormats": ["sms/text"], "SupportsConfig": True} in plugins
        assert len(plugins) > 1

    def refuse_a_nil_message(self) -> None:
        """Send what the double refuses in-band: no fault, and nothing is sent."""
        before = self.outbox()
        answer = self.call("SendMessages", {"Plugin": PLUGIN, "OutgoingMessages": [SPARSE, None]})
        assert answer.succeeded is False
        assert answer.response is None
        assert "nil" in (answer.exception or "")
        assert self.outbox() == before

    def refuse_to_create_nothing(self) -> None:
        """Create what the double refuses in-band: no fault, and nothing comes in."""
        answer = self.call("CreateMessage", {})
        assert answer.succeeded is False
        assert "IncomingMessage is missing" in (answer.exception or "")
        assert self.place.double.inbox(self.place.tenant) == []

    def ask(self, operation: str, parameters: Carrier) -> Any:
        """Call an operation that succeeds; return its response."""
        answer = self.call(operation, parameters)
        self.is_success(answer)
        return answer.response

    def is_success(self, answer: Answer) -> None:
        assert answer.succeeded is True
        assert answer.exception is None
        assert answer.time_zone == self.time_zone

    def outbox(self) -> list[Carrier]:
        return self.place.double.outbox(self.place.tenant)


def handed_over(messaging_id: int) -> Carrier:
    """Return the row of a message that was just sent."""
    return {"Status": 1, "StatusDescription": "Handed over to the gateway", "MessagingId": messaging_id}


def delivered(messaging_id: int) -> Carrier:
    """Return the row of a message once it was asked for."""
    return {"Status": 2, "StatusDescription": "Delivered", "MessagingId": messaging_id}


def unknown(messaging_id: int) -> Carrier:
    """Return the row in the place of a message that was never sent."""
    return {"Status": -1, "StatusDescription": f"Unknown MessagingId {messaging_id}", "MessagingId": messaging_id}


def content_of(message: Carrier) -> Carrier:
    """Return what the client sent, of a message in the outbox."""
    names = (
        "plugin",
        "from",
        "to",
        "content",
        "format",
        "parentMessagingId",
        "suggestedSessionKey",
        "config",
    )
    return {name: message[name] for name in names}
