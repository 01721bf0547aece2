"""What is refused on the way to the envelope, and what a browser sees."""

import io

import pytest
from lxml import etree
from support.double import TEXT_XML, control_url, url_of
from support.envelopes import ACTION, OPERATIONS, SEND, SOAP11, outgoing
from support.outcomes import INTERNAL_SERVICE_FAULT, assert_refused


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "JUNK"])
def test_other_methods_are_405_and_told_which_are_not(either_double, method) -> None:
    answer = either_double.request(method, url_of(), SEND, {"Content-Type": TEXT_XML, "SOAPAction": ACTION})
    assert_refused(either_double, answer, 405)
    assert answer.reason == "Method Not Allowed"
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_a_body_over_the_limit_is_413(start_double) -> None:
    double = start_double(max_body_bytes=len(SEND))
    assert double.post(SEND, ACTION).status == 200
    double.reset()
    answer = double.post(SEND + b" ", ACTION)
    assert_refused(double, answer, 413, "max-body-bytes")
    answer = double.post(SEND + b" ", ACTION, CONTENT_LENGTH="", **{"wsgi.input_terminated": True})
    assert_refused(double, answer, 413, "max-body-bytes")


def test_a_content_length_beyond_all_numbers_is_413(either_double) -> None:
    """Python's int() refuses more than 4,300 digits."""
    assert_refused(either_double, either_double.post(SEND, ACTION, CONTENT_LENGTH="9" * 5000), 413)


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "\xb2", "0x10", " ", "1e3"])
def test_a_content_length_that_is_no_number_is_400(either_double, length) -> None:
    assert_refused(either_double, either_double.post(SEND, ACTION, CONTENT_LENGTH=length), 400)


def test_a_body_that_ends_too_early_is_400(either_double) -> None:
    answer = either_double.post(SEND, ACTION, CONTENT_LENGTH=str(len(SEND) + 1))
    assert_refused(either_double, answer, 400, "Content-Length")


def test_a_client_that_goes_away_leaves_nothing(either_double) -> None:
    class Broken(io.RawIOBase):
        def read(self, _size=-1) -> bytes:
            raise ConnectionResetError

    answer = either_double.post(SEND, ACTION, **{"wsgi.input": Broken()})
    assert_refused(either_double, answer, 400)


def test_get_is_a_help_page(either_double) -> None:
    answer = either_double.get("/Cust1/Remote/Services86/Messaging.svc")
    assert (answer.status, answer.content_type) == (200, "text/html; charset=UTF-8")
    page = answer.body.decode()
    assert "http://double.test:8080/Cust1/Remote/Services86/Messaging.svc?wsdl" in page
    assert all(name in page for name in OPERATIONS)
    assert "Services86" in page


def test_the_help_page_can_be_switched_off(start_double) -> None:
    double = start_double(help_page=False)
    answer = double.get(url_of())
    assert_refused(double, answer, 405)
    assert "POST" in answer.headers["allow"]
    assert double.get(f"{url_of()}?wsdl").status == 200
    assert double.post(SEND, ACTION).succeeded


MEANT = {
    "/Remote/Services88/Messaging.asmx": "/Remote/Services88/Messaging.svc",
    "/Cust12345/Remote/Service88/Messaging.svc": "/Cust12345/Remote/Services88/Messaging.svc",
    "/Cust12345/Remote/Services86/Messaging": "/Cust12345/Remote/Services86/Messaging.svc",
    "/Cust12345/Services86/Messaging.svc": "/Cust12345/Remote/Services86/Messaging.svc",
    "/Cust12345/remot/services86/soprincipal.svc": "/Cust12345/Remote/Services86/SoPrincipal.svc",
    "/Sales/Remote/Messaging.svc": "/Sales/Remote/Services88/Messaging.svc",
    "/Remote/Services88": "/Remote/Services88/Messaging.svc",
    "/Remote/Services88/Messaging.svc/SendMessages": "/Remote/Services88/Messaging.svc",
    "/Remote/Services88/": "/Remote/Services88/Messaging.svc",
    "/Remote/Services83/Messaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services89/Messaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services8/Messaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services088/Messaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services888888888888888888/Messaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services%D9%A8%D9%A8/Messaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services88/Mesaging.svc": "/Remote/Services88/Messaging.svc",
    "/Remote/Services84/SoPrincipial.svc": "/Remote/Services84/SoPrincipal.svc",
    "/Cust1/Remote/Services88/Contact.svc": None,
    "/api/v2/Agents/Messaging/SendMessages": None,
    "/favicon.ico": None,
    f"/{'a/' * 10_000}Messaging.svc": None,
}


@pytest.mark.parametrize(("path", "meant"), MEANT.items(), ids=[each[:60] for each in MEANT])
def test_a_wrong_path_is_404_and_the_nearest_one_is_named(either_double, path, meant) -> None:
    for method in ("GET", "POST"):
        answer = either_double.request(method, path, SEND, {"Content-Type": TEXT_XML, "SOAPAction": ACTION})
        assert answer.status == 404
        if answer.content_type != "text/plain; charset=utf-8":
            assert answer.json.keys() == {"error", "hint"}
        refused = either_double.get(control_url(answer.call.tenant, "journal")).json["exchanges"][0]["refused"]
        for said in (answer.body.decode(), answer.notes, refused):
            assert "Messaging.svc" in said
            assert ("did you mean" in said) is (meant is not None)
            assert meant is None or f"did you mean {meant}? " in said
    assert either_double.is_empty()


def test_no_ticket_in_a_wrong_path_is_repeated(double) -> None:
    answer = double.get("/7T:MQA3ADEAMQA=/Remote/Services88/Messaging.asmx")
    assert "MQA3ADEA" not in answer.body.decode() + answer.notes


def test_a_fault_is_xml_of_nothing_but_the_fault(either_double) -> None:
    answer = either_double.get_status("x")
    envelope_element = etree.fromstring(answer.body)
    assert [each.tag for each in envelope_element] == [f"{{{SOAP11}}}Body"]
    assert not answer.body.startswith(b"<?xml")


def test_an_unexpected_failure_is_an_internal_fault_and_nothing_of_it_is_told(either_double, monkeypatch) -> None:
    either_double.send(outgoing(To="1"))
    monkeypatch.setattr("messaging_double.storage.outbox.Outbox.statuses", lambda *_: {}["secret of the house"])
    answer = either_double.get_status(1)
    assert (answer.status, answer.fault.code) == (500, INTERNAL_SERVICE_FAULT)
    assert b"secret" not in answer.body
