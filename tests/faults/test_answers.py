"""Faults in operations and in the bytes of responses, and what the log and the journal say of them."""

from __future__ import annotations

import time

import pytest
from support.envelopes import EVERYTHING, SEND, SOAP11, SOAP12, outgoing

from messaging_double.models.faults import FAULTS, WIRE
from messaging_double.server.rules.faults import OVERSIZE

DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
ERROR = {"message": "No credit left.", "type": "SuperOffice.Exceptions.SoSentryException", "friendlyText": "Pay."}
MESSAGE = outgoing(To="1", Content="Hei")
INSTEAD = {"error": {"error": ERROR}, "fault": {"fault": {"text": "Too busy."}}, "http": {"http": 503}}
BY_INSTEAD = pytest.mark.parametrize("then", INSTEAD.values(), ids=INSTEAD)


def rule(double, then, tenant="default", **more):
    answer = double.steer("POST", "rules", {"name": "gateway down", "then": then, **more}, tenant=tenant)
    assert answer.status == 201, answer


def exchange(double, tenant="default"):
    return double.get(f"/_mock/v1/tenants/{tenant}/journal?limit=1").json["exchanges"][0]


def test_an_in_band_error_has_the_type_and_the_texts_of_the_rule(double):
    rule(double, {"error": ERROR})
    answer = double.send(MESSAGE)
    assert (answer.status, answer.succeeded, answer.statuses) == (200, False, None)
    found = [answer.exception[name] for name in ("Message", "ExceptionType", "FriendlyText", "StackTrace")]
    assert found == [*ERROR.values(), None]


@pytest.mark.parametrize("side", ["Receiver", "Sender"])
@pytest.mark.parametrize("soap", [SOAP11, SOAP12], ids=["SOAP 1.1", "SOAP 1.2"])
def test_a_soap_fault_is_one_of_the_request_s_version(double, side, soap):
    rule(double, {"fault": {"text": "Too busy.", "side": side}})
    answer = double.send(MESSAGE, soap=soap)
    code = (DISPATCHER, "InternalServiceFault")
    assert (answer.status, answer.fault.text) == (500, "Too busy.")
    assert (answer.fault.code, answer.fault.subcode) == ((code, None) if soap == SOAP11 else ((SOAP12, side), code))


def test_a_bare_answer_has_status_headers_body_and_type_of_the_rule(double):
    headers = {"X-Reason": "quota", "WWW-Authenticate": "Basic"}
    body = {"body": "<p>Blåbær</p>", "contentType": "text/html"}
    rule(double, {"http": 429, "retryAfter": 2, "headers": headers, **body})
    answer = double.send(MESSAGE)
    assert (answer.status, answer.reason, answer.body) == (429, "Too Many Requests", "<p>Blåbær</p>".encode())
    assert answer.headers == {
        "retry-after": "2",
        "x-reason": "quota",
        "www-authenticate": "Basic",
        "content-type": "text/html",
        "content-length": str(len(answer.body)),
    }


def test_a_401_names_an_authentication_scheme(double):
    rule(double, {"http": 401})
    assert double.send(MESSAGE).headers["www-authenticate"] == 'Bearer realm="messaging-double"'


def test_an_unregistered_status_has_no_reason_phrase(double):
    rule(double, {"http": 599})
    answer = double.send(MESSAGE)
    assert (answer.status, answer.reason, answer.body, answer.content_type) == (599, "", b"", None)


@BY_INSTEAD
@pytest.mark.parametrize("processed", [None, False, True])
def test_a_response_instead_stores_nothing_unless_the_call_is_processed(double, then, processed):
    rule(double, then if processed is None else {**then, "processed": processed})
    double.send(MESSAGE)
    assert len(double.outbox()) == (processed is True)


@BY_INSTEAD
def test_a_failure_of_the_operation_itself_is_the_response(start_double, then):
    double = start_double(unknown_plugin="error")
    rule(double, {**then, "processed": True})
    answer = double.send(MESSAGE, plugin="unknown")
    assert (answer.status, answer.succeeded) == (200, False)
    assert "'unknown' is unknown" in answer.exception["Message"]
    assert exchange(double)["fault"] is None


def test_a_rule_decides_before_tickets_are_checked_and_a_processed_call_needs_one(start_double):
    double = start_double(auth="onsite")
    rule(double, [{"http": 503}, {"http": 503, "processed": True}])
    assert double.send(MESSAGE).status == 503
    assert "Authentication failed!" in double.send(MESSAGE).exception["Message"]
    assert double.outbox() == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_any_operation_can_get_a_fault(double, name):
    rule(double, {"http": 503})
    assert double.call_xml(name, EVERYTHING[name]).status == 503
    assert double.is_empty()


def test_logging_in_can_get_a_fault(double):
    rule(double, {"fault": {"text": "Too busy."}}, when={"operation": "AuthenticateImplicit"})
    assert double.call("AuthenticateImplicit").fault.text == "Too busy."
    assert double.call("GetSystemInfo").status == 200


@pytest.mark.parametrize("body", [b"", b"<a", b"<a/>", SEND.replace(b"SendMessages", b"Nonsense")])
def test_a_refused_request_stays_refused_and_no_rule_is_tried(double, body):
    before = double.post(body)
    rule(double, {"http": 299})
    after = double.post(body)
    assert (after.status, after.body) == (before.status, before.body)
    assert double.get("/_mock/v1/tenants/default/rules").json["rules"][0]["matched"] == 0


def test_a_status_of_a_row_is_that_of_the_messages_that_the_rule_matches(double):
    rule(double, {"status": {"status": "failed", "description": "Not in use"}}, when={"to": {"pattern": "+47*"}})
    answer = double.send(*[outgoing(To=to) for to in ("1", "+4711", "3")])
    shown = [(each["status"], each["statusDescription"] == "Not in use") for each in double.outbox()]
    assert [each[:1] for each in answer.statuses] == [(1,), (3,), (1,)]
    assert shown == [(1, False), (3, True), (1, False)]
    assert answer.notes == "", "nothing is broken"
    found = exchange(double)
    assert (found["rule"], found["fault"]) == ("gateway down", None)


NAMES = {
    "in-band error": {"error": ERROR},
    "SOAP fault": {"fault": {"text": "No."}},
    "http 503": {"http": 503},
    "http 503, delay PT0.01S": {"http": 503, "delay": "10ms"},
    "malformed": {"wire": "malformed"},
    "drip 1000 bytes every PT0.01S": {"drip": {"bytes": 1000, "every": "10ms"}},
}


@pytest.mark.parametrize(("fault", "then"), NAMES.items(), ids=NAMES)
def test_the_log_and_the_journal_name_the_rule_and_the_fault(double, fault, then):
    rule(double, then)
    answer = double.send(MESSAGE)
    assert answer.call.notes[0] == f"answered by 'gateway down': {fault}"
    found = exchange(double)
    assert (found["rule"], found["fault"], found["status"]) == ("gateway down", fault, answer.status)
    url = f"/_mock/v1/tenants/default/journal/{found['id']}/response.xml"
    assert double.get(url).body == answer.body


def test_a_call_without_a_reaction_has_neither_rule_nor_fault(double):
    rule(double, {"http": 503}, when={"operation": "GetPlugins"})
    answer = double.send(MESSAGE)
    found = exchange(double)
    assert (answer.notes, found["rule"], found["fault"]) == ("", None, None)


@pytest.mark.parametrize("name", [name for name, fault in WIRE.items() if fault.needs_wire])
def test_without_the_embedded_server_faults_of_the_connection_are_refused(double, name):
    rule(double, {"wire": name})
    answer = double.send(MESSAGE)
    assert answer.status == 501
    assert answer.headers["x-messaging-double-hint"].startswith(f"{name} is possible with the embedded server only")
    assert double.outbox() == []


@pytest.mark.parametrize("name", [name for name, fault in WIRE.items() if not fault.needs_wire])
def test_without_the_embedded_server_bodies_are_broken_too(double, name):
    rule(double, {"wire": name})
    assert double.send(MESSAGE).status == (500 if name == "html-error-page" else 200)
    assert len(double.outbox()) == WIRE[name].processed


def test_without_the_embedded_server_a_delay_blocks_the_thread(double, monkeypatch):
    lengths = []
    monkeypatch.setattr(time, "sleep", lengths.append)
    rule(double, {"delay": "100ms"})
    assert double.send(MESSAGE).succeeded
    assert lengths == [0.1]


def test_without_the_embedded_server_an_oversized_response_has_its_length_and_is_stored_in_part(double):
    rule(double, {"wire": "oversized"})
    answer = double.send(MESSAGE)
    assert len(answer.body) == int(answer.headers["content-length"]) > OVERSIZE
    found = exchange(double)
    assert (found["response"]["cut"], found["response"]["bytes"] > len(answer.body)) == (True, True)
    assert len(double.get(f"/_mock/v1/tenants/default/journal/{found['id']}/response").body) == 65536


def test_a_wrong_namespace_is_that_of_another_version_in_every_version(double):
    rule(double, {"wire": "wrong-namespace"})
    for version in (84, 85, 86, 87, 88):
        (namespaces,) = {each.tag[1:].partition("}")[0] for each in double.plugins(services=version).soap_body}
        assert namespaces.startswith("http://www.superoffice.net/ws/crm/NetServer/Services")
        assert int(namespaces[-2:]) in {84, 85, 86, 87, 88} - {version}


def test_a_wrong_namespace_changes_no_texts(double):
    words = '"http://www.superoffice.net/ws/crm/NetServer/Services88"'
    rule(double, {"wire": "wrong-namespace", "error": {"message": words}})
    assert words in double.send(MESSAGE).exception["Message"]


def test_the_control_api_lists_all_faults_and_takes_each_as_it_is_listed(double):
    listed = double.get("/_mock/v1/faults").json["faults"]
    assert [each["name"] for each in listed] == [fault.name for fault in FAULTS]
    for number, each in enumerate(listed):
        rule(double, each["then"], tenant=f"Cust{number}")
        found = double.get(f"/_mock/v1/tenants/Cust{number}/rules").json["rules"]
        assert [each["then"] for each in found] == [each["then"]]
