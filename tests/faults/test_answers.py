"""What a reaction makes of an operation and of its answer, and what is told of it."""

from __future__ import annotations

import time

import pytest
from support.control import assert_problem
from support.envelopes import SOAP12, outgoing
from support.sending import EVERYTHING, SEND

from messaging_double.models.faults import FAULTS, WIRE
from messaging_double.server.simulation.faults import OVERSIZE

DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
SOAP11_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
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
    found = {name: answer.exception[name] for name in ("Message", "ExceptionType", "FriendlyText", "StackTrace")}
    assert found == {
        "Message": ERROR["message"],
        "ExceptionType": ERROR["type"],
        "FriendlyText": ERROR["friendlyText"],
        "StackTrace": None,
    }


@pytest.mark.parametrize(("side", "soap11"), [("Receiver", "Server"), ("Sender", "Client")])
def test_a_soap_fault_is_one_of_the_request_s_version(double, side, soap11):
    rule(double, {"fault": {"text": "Too busy.", "side": side}})
    for soap in ("1.1", "1.2"):
        answer = double.send(MESSAGE, **({"soap": SOAP12} if soap == "1.2" else {}))
        code = (DISPATCHER, "InternalServiceFault")
        assert (answer.status, answer.fault.text) == (500, "Too busy.")
        assert (answer.fault.code, answer.fault.subcode) == (
            (code, None) if soap == "1.1" else ((SOAP12, side), code)
        ), soap11


def test_a_bare_answer_has_status_headers_body_and_type_of_the_rule(double):
    headers = {"X-Reason": "quota", "WWW-Authenticate": "Basic"}
    rule(
        double, {"http": 429, "retryAfter": 2, "headers": headers, "body": "<p>Blåbær</p>", "contentType": "text/html"}
    )
    answer = double.send(MESSAGE)
    assert (answer.status, answer.reason) == (429, "Too Many Requests")
    assert answer.body == "<p>Blåbær</p>".encode()
    assert answer.headers == {
        "retry-after": "2",
        "x-reason": "quota",
        "www-authenticate": "Basic",
        "content-type": "text/html",
        "content-length": str(len(answer.body)),
    }


def test_who_is_not_authorized_is_told_how_to_be(double):
    rule(double, {"http": 401})
    assert double.send(MESSAGE).headers["www-authenticate"] == 'Bearer realm="messaging-double"'


def test_a_status_that_nobody_has_named_needs_no_phrase(double):
    rule(double, {"http": 599})
    answer = double.send(MESSAGE)
    assert (answer.status, answer.reason, answer.body, answer.content_type) == (599, "", b"", None)


@BY_INSTEAD
@pytest.mark.parametrize("processed", [None, False, True])
def test_what_is_answered_instead_keeps_nothing_unless_it_is_to_be_processed(double, then, processed):
    rule(double, then if processed is None else {**then, "processed": processed})
    double.send(MESSAGE)
    assert len(double.outbox()) == (processed is True)


@BY_INSTEAD
def test_if_the_operation_fails_by_itself_that_is_the_answer(start_double, then):
    double = start_double(unknown_plugin="error")
    rule(double, {**then, "processed": True})
    answer = double.send(MESSAGE, plugin="nobody")
    assert (answer.status, answer.succeeded) == (200, False)
    assert "'nobody' is unknown" in answer.exception["Message"]
    assert exchange(double)["fault"] is None


def test_a_rule_decides_before_tickets_are_checked_and_a_processed_call_needs_one(start_double):
    double = start_double(auth="onsite")
    rule(double, [{"http": 503}, {"http": 503, "processed": True}])
    assert double.send(MESSAGE).status == 503
    assert "Authentication failed!" in double.send(MESSAGE).exception["Message"]
    assert double.outbox() == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_any_operation_may_meet_a_fault(double, name):
    rule(double, {"http": 503})
    assert double.call_xml(name, EVERYTHING[name]).status == 503
    assert double.is_empty()


def test_logging_in_may_meet_a_fault(double):
    rule(double, {"fault": {"text": "Too busy."}}, when={"operation": "AuthenticateImplicit"})
    assert double.call("AuthenticateImplicit").fault.text == "Too busy."
    assert double.call("GetSystemInfo").status == 200


@pytest.mark.parametrize("body", [b"", b"<a", b"<a/>", SEND.replace(b"SendMessages", b"Nonsense")])
def test_what_the_wire_refuses_anyway_stays_refused_and_asks_no_rule(double, body):
    before = double.post(body)
    rule(double, {"http": 299})
    after = double.post(body)
    assert (after.status, after.body) == (before.status, before.body)
    assert double.get("/_mock/v1/tenants/default/rules").json["rules"][0]["matched"] == 0


def test_a_status_of_a_row_is_that_of_the_messages_that_the_rule_is_about(double):
    rule(double, {"status": {"status": 99, "description": "Not in use"}}, when={"to": "2"})
    answer = double.send(*[outgoing(To=to) for to in "123"])
    assert [each.status == 99 for each in answer.statuses] == [False, True, False]
    assert answer.statuses[1].description == "Not in use"
    assert answer.notes == "", "nothing is broken"
    found = exchange(double)
    assert (found["rule"], found["fault"]) == ("gateway down", None)


TOLD = {
    "in-band error": {"error": ERROR},
    "SOAP fault": {"fault": {}},
    "http 503": {"http": 503},
    "http 503, delay PT0.01S": {"http": 503, "delay": "10ms"},
    "malformed": {"wire": "malformed"},
    "drip 1000 bytes every PT0.01S": {"drip": {"bytes": 1000, "every": "10ms"}},
}


@pytest.mark.parametrize(("fault", "then"), [(f, t or {"fault": {"text": "No."}}) for f, t in TOLD.items()], ids=TOLD)
def test_the_log_and_the_journal_tell_the_rule_and_the_fault(double, fault, then):
    rule(double, {"fault": {"text": "No."}} if then == {"fault": {}} else then)
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
def test_without_the_embedded_server_what_needs_the_wire_says_so_and_does_nothing(double, name):
    rule(double, {"wire": name})
    answer = double.send(MESSAGE)
    assert answer.status == 501
    assert answer.headers["x-messaging-double-hint"].startswith(f"{name} is possible with the embedded server only")
    assert double.outbox() == []


@pytest.mark.parametrize("name", [name for name, fault in WIRE.items() if not fault.needs_wire])
def test_without_the_embedded_server_bodies_are_broken_all_the_same(double, name):
    rule(double, {"wire": name})
    assert double.send(MESSAGE).status == (500 if name == "html-error-page" else 200)
    assert len(double.outbox()) == WIRE[name].processed


def test_without_the_embedded_server_a_delay_takes_its_time(double):
    rule(double, {"delay": "100ms"})
    begin = time.monotonic()
    assert double.send(MESSAGE).succeeded
    assert time.monotonic() - begin >= 0.1


def test_without_the_embedded_server_an_oversized_answer_has_its_length_and_is_kept_cut(double):
    rule(double, {"wire": "oversized"})
    answer = double.send(MESSAGE)
    assert len(answer.body) == int(answer.headers["content-length"]) > OVERSIZE
    kept = exchange(double)["response"]
    assert kept["cut"]
    assert kept["bytes"] > len(answer.body)
    number = exchange(double)["id"]
    assert len(double.get(f"/_mock/v1/tenants/default/journal/{number}/response").body) == 65536


def test_a_wrong_namespace_is_that_of_another_version_in_every_version(double):
    rule(double, {"wire": "wrong-namespace"})
    for version in (84, 85, 86, 87, 88):
        (namespaces,) = {each.tag[1:].partition("}")[0] for each in double.plugins(services=version).soap_body}
        assert namespaces.startswith("http://www.superoffice.net/ws/crm/NetServer/Services")
        assert int(namespaces[-2:]) in {84, 85, 86, 87, 88} - {version}


def test_what_a_message_says_is_not_touched_by_a_wrong_namespace(double):
    words = '"http://www.superoffice.net/ws/crm/NetServer/Services88"'
    rule(double, {"wire": "wrong-namespace", "error": {"message": words}})
    assert words in double.send(MESSAGE).exception["Message"]


def test_a_tenant_s_faults_are_its_own(double):
    rule(double, {"http": 503}, tenant="Cust1")
    assert double.send(MESSAGE, tenant="Cust1").status == 503
    assert double.send(MESSAGE, tenant="Cust2").status == 200


def test_the_control_api_lists_all_faults_and_takes_each_as_it_is_listed(double):
    listed = double.get("/_mock/v1/faults").json["faults"]
    assert [each["name"] for each in listed] == [fault.name for fault in FAULTS]
    for number, each in enumerate(listed):
        rule(double, each["then"], tenant=f"Cust{number}")
        found = double.get(f"/_mock/v1/tenants/Cust{number}/rules").json["rules"]
        assert [each["then"] for each in found] == [each["then"]]


def test_a_fault_that_nobody_knows_is_refused_with_those_that_there_are(double):
    answer = double.steer("POST", "rules", {"then": {"wire": "explode"}})
    assert_problem(answer, 400, "wire", "explode", *WIRE)
