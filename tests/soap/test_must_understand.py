"""Headers that have to be understood."""

import pytest
from support.envelopes import SOAP11, SOAP12, element
from support.outcomes import assert_fault

UNKNOWN = '<x:Security xmlns:x="urn:security" s:mustUnderstand="{}"{}/>'
NEXT11 = "http://schemas.xmlsoap.org/soap/actor/next"
ROLE = "http://www.w3.org/2003/05/soap-envelope/role/"
NOT_UNDERSTOOD = (
    "The header 'Security' from the namespace 'urn:security' was not understood by the recipient of this message, "
    "causing the message to not be processed.  This error typically indicates that the sender of this message has "
    "enabled a communication protocol that the receiver cannot process.  Please ensure that the configuration of the "
    "client's binding is consistent with the service's binding. "
)


@pytest.mark.parametrize("value", ["1", "true"])
@pytest.mark.parametrize("actor", [None, "", NEXT11], ids=["no actor", "empty actor", "next"])
def test_a_header_that_has_to_be_understood_and_is_not(either_double, value, actor) -> None:
    header = UNKNOWN.format(value, "" if actor is None else f' s:actor="{actor}"')
    answer = either_double.call("GetPlugins", headers=header)
    assert_fault(either_double, answer, (SOAP11, "MustUnderstand"), NOT_UNDERSTOOD)


@pytest.mark.parametrize("role", [None, f"{ROLE}next", f"{ROLE}ultimateReceiver"], ids=["none", "next", "ultimate"])
def test_a_header_of_soap_12_that_has_to_be_understood_and_is_not(double, role) -> None:
    header = UNKNOWN.format("1", "" if role is None else f' s:role="{role}"')
    answer = double.call("GetPlugins", soap=SOAP12, headers=header)
    assert (answer.status, answer.soap) == (500, SOAP12)
    assert answer.fault.code == (SOAP12, "MustUnderstand")
    assert answer.fault.subcode is None
    assert answer.fault.text == NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("soap", "header"),
    [
        (SOAP11, UNKNOWN.format("0", "")),
        (SOAP11, UNKNOWN.format("false", "")),
        (SOAP11, '<x:Security xmlns:x="urn:security"/>'),
        (SOAP11, '<x:Security xmlns:x="urn:security" mustUnderstand="1"/>'),
        (SOAP11, UNKNOWN.format("1", ' s:actor="urn:somebody"')),
        (SOAP12, UNKNOWN.format("1", ' s:role="urn:somebody"')),
        (SOAP12, UNKNOWN.format("1", f' s:role="{ROLE}none"')),
        (SOAP12, UNKNOWN.format("0", "")),
    ],
    ids=["0", "false", "absent", "unqualified", "other actor", "other role", "role none", "1.2 0"],
)
def test_a_header_that_need_not_be_understood_is_passed_over(double, soap, header) -> None:
    answer = double.call("GetPlugins", soap=soap, headers=header)
    assert (answer.status, answer.succeeded) == (200, True)


@pytest.mark.parametrize("value", ["1", "true", "0"])
def test_the_contracts_own_headers_are_understood(either_double, value) -> None:
    must = f' s:mustUnderstand="{value}"'
    headers = (
        element("ApplicationToken", "t", must)
        + element("Credentials", [element("Ticket", "7T:x")], must)
        + element("TimeZone", [element("SoTimeZoneId", 1)], must)
    )
    assert either_double.call("GetPlugins", headers=headers).succeeded


def test_a_header_is_not_understood_for_its_name_alone(either_double) -> None:
    header = '<x:Credentials xmlns:x="urn:other" s:mustUnderstand="1"/>'
    answer = either_double.call("GetPlugins", headers=header)
    assert_fault(either_double, answer, (SOAP11, "MustUnderstand"))
    assert "The header 'Credentials' from the namespace 'urn:other' was not understood" in answer.fault.text
